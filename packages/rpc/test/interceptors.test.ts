/** Interceptors of clients, for all four kinds; and what a call takes over from its parent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CallContext,
  type ChannelOptions,
  type Client,
  type Handlers,
  type InterceptedCall,
  type Interceptor,
  RpcError,
  type Server,
  Status,
  contextPropagation,
  createClient,
  createServer,
} from "../src/index.ts";
import { MetadataList } from "../src/metadata.ts";
import { Echo, type EchoRequest, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";

let server: Server;
let clients: Client<typeof Echo.methods>[];
let contexts: CallContext[];
let target: string;

async function start(handlers: Partial<Handlers<typeof Echo.methods>> = {}): Promise<void> {
  server = createServer()
    .use(async (call, next) => {
      contexts.push(call.context);
      return next(call);
    })
    .add(Echo, { ...echoHandlers, ...handlers });
  const { port } = await server.listen();
  target = `tcp://127.0.0.1:${port}`;
}

function client(interceptors: readonly Interceptor[], options: Partial<ChannelOptions> = {}) {
  const made = createClient(Echo, { target, interceptors, ...options });
  clients.push(made);
  return made;
}

beforeEach(() => {
  clients = [];
  contexts = [];
});

afterEach(async () => {
  for (const made of clients) await made.close({ timeoutMs: 0 });
  await server.close({ timeoutMs: 0 });
});

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const message of messages) got.push(message);
  return got;
}

const kinds = {
  unary: async (calls: Client<typeof Echo.methods>) => [await calls.unary({ id: "a" })],
  serverStream: (calls: Client<typeof Echo.methods>) => all(calls.serverStream({ id: "a", count: 2 })),
  clientStream: async (calls: Client<typeof Echo.methods>) => {
    const call = calls.clientStream();
    await call.send({ id: "x" });
    await call.send({ id: "a" });
    return [await call.end()];
  },
  bidi: async (calls: Client<typeof Echo.methods>) => {
    const call = calls.bidi();
    await call.send({ id: "a" });
    call.end();
    return all(call);
  },
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("around a call of kind %s", (kind) => {
  it("run in order, see it, and add metadata", async () => {
    await start();
    const order: string[] = [];
    const seen: InterceptedCall[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        order.push(`${name} before`);
        seen.push(call);
        call.metadata.set("token", name);
        const reply = await next(call);
        order.push(`${name} after`);
        return reply;
      };
    const got = await kinds[kind](client([named("outer"), named("inner")]));
    expect(got.map(({ id }) => id)).toEqual(kind === "serverStream" ? ["a", "a"] : ["a"]);
    expect(order).toEqual(["outer before", "inner before", "inner after", "outer after"]);
    expect(seen[0]).toMatchObject({ kind, method: { service: Echo.name } });
    expect(contexts[0]?.metadata.getAll("token")).toEqual(["inner"]);
  });

  it("may answer themselves, and fail the call", async () => {
    await start();
    const refuse = client([() => Promise.reject(new RpcError(Status.PermissionDenied, "not you"))]);
    await expect(kinds[kind](refuse)).rejects.toMatchObject({ status: 7, message: "not you" });
    const answer = client([
      async () => ({
        message: { id: "mine" },
        messages: (async function* () {
          yield { id: "mine" };
        })(),
      }),
    ]);
    const got = kind === "clientStream" ? [await answer.clientStream().end()] : await kinds[kind](answer);
    expect(got).toEqual([{ id: "mine" }]);
    expect(server.stats().calls).toBe(0);
  });

  it("get the server's error, and may call again", async () => {
    let failures = 1;
    const sometimes = (): void => {
      if (failures-- > 0) throw new RpcError(Status.Aborted, "again");
    };
    await start({
      unary(request, context) {
        sometimes();
        return echoHandlers.unary(request, context);
      },
      async *serverStream(request, context) {
        sometimes();
        yield* echoHandlers.serverStream(request, context);
      },
    });
    const again: Interceptor = async (call, next) => {
      if (call.kind === "unary") return next(call).catch(() => next(call));
      return next(call);
    };
    if (kind === "unary") expect(await kinds.unary(client([again]))).toHaveLength(1);
    else if (kind === "serverStream")
      await expect(kinds.serverStream(client([again]))).rejects.toMatchObject({ status: 10 });
    else expect(await kinds[kind](client([again]))).toHaveLength(1);
  });

  it("may change what is sent and what comes", async () => {
    await start();
    const change: Interceptor = async (call, next) => {
      const { requests } = call;
      const reply =
        requests === undefined
          ? await next({ ...call, request: { ...(call.request as EchoRequest), id: "changed" } })
          : await next({ ...call, requests: mapped(requests, () => ({ id: "changed" })) });
      return reply.messages === undefined
        ? { ...reply, message: { ...(reply.message as object), also: 1 } }
        : { ...reply, messages: mapped(reply.messages, (message) => ({ ...(message as object), also: 1 })) };
    };
    const got = await kinds[kind](client([change]));
    for (const message of got) expect(message).toMatchObject({ id: "changed", also: 1 });
    expect(got.length).toBeGreaterThan(0);
  });
});

async function* mapped(messages: AsyncIterable<unknown>, change: (message: unknown) => unknown) {
  for await (const message of messages) yield change(message);
}

function pass(call: InterceptedCall, next: Parameters<Interceptor>[1]): ReturnType<Interceptor> {
  return next(call);
}

function mapping(call: InterceptedCall, next: Parameters<Interceptor>[1]): ReturnType<Interceptor> {
  const { requests } = call;
  return next(requests === undefined ? call : { ...call, requests: mapped(requests, (message) => message) });
}

async function* everySecond(messages: AsyncIterable<unknown>) {
  let count = 0;
  for await (const message of messages) if (++count % 2 === 0) yield message;
}

async function* onlyFirst(messages: AsyncIterable<unknown>) {
  for await (const message of messages) {
    yield message;
    return;
  }
}

async function* nothing(): AsyncGenerator {}

interface Sends {
  settled: number;
  done: Promise<void>;
}

/** Sends so many messages, each once the one before it is taken. */
function countSends(
  call: ReturnType<Client<typeof Echo.methods>["clientStream"]>,
  data: Uint8Array,
  count: number,
): Sends {
  const send = async () => {
    for (; sends.settled < count; sends.settled++) await call.send({ data });
  };
  const sends: Sends = { settled: 0, done: Promise.resolve() };
  sends.done = send();
  sends.done.catch(() => {});
  return sends;
}

/** Waits until the count has not changed for a while. */
async function settled(count: () => number): Promise<void> {
  let [before, same] = [-1, 0];
  await expect
    .poll(() => {
      const now = count();
      same = now === before ? same + 1 : 0;
      before = now;
      return same;
    })
    .toBeGreaterThanOrEqual(4);
}

describe("an intercepted stream", () => {
  it("has a status and trailers, and can be cancelled", async () => {
    const ended: unknown[] = [];
    await start({
      async *serverStream(request, context) {
        context.trailers.set("n", "1");
        yield { id: "first" };
        if (request.id === "hang") ended.push(await aborted(context.signal));
      },
    });
    const calls = client([pass]);
    await calls.unary({});
    const whole = calls.serverStream({});
    expect(await all(whole)).toHaveLength(1);
    expect(await whole.status).toMatchObject({ status: 0 });
    expect((await whole.trailers).get("n")).toBe("1");
    const cut = calls.serverStream({ id: "hang" });
    for await (const { id } of cut) {
      expect(id).toBe("first");
      break;
    }
    await expect.poll(() => ended).toMatchObject([{ status: 1 }]);
    expect(await cut.status).toMatchObject({ status: Status.Cancelled });
  });

  it("ends with its signal and with its deadline", async () => {
    await start({
      async *bidi(_, context) {
        await aborted(context.signal);
        yield {};
      },
    });
    const calls = client([pass]);
    const caller = new AbortController();
    const waiting = calls.bidi({ signal: caller.signal }).next();
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await expect(calls.bidi({ timeoutMs: 50 }).next()).rejects.toMatchObject({ status: 4 });
    await expect(calls.unary({}, { timeoutMs: -1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(() => calls.bidi({ timeoutMs: -1 })).toThrow(/timeoutMs/);
    expect(() => client([5 as never])).toThrow(/interceptors\[0\]/);
  });
});

describe("the reader of an intercepted stream", () => {
  it("gets the error of the interceptors once, then done", async () => {
    await start();
    const refuse = client([() => Promise.reject(new RpcError(Status.Unauthenticated, "no"))]);
    const stream = refuse.serverStream({});
    const first = stream.next();
    const second = stream.next();
    await expect(first).rejects.toMatchObject({ status: Status.Unauthenticated });
    expect(await second).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("gets an error that follows messages once, then done", async () => {
    await start();
    const stream = client([pass]).serverStream({ count: 1, failCode: Status.NotFound });
    expect(await stream.next()).toMatchObject({ done: false });
    await expect(stream.next()).rejects.toMatchObject({ status: Status.NotFound });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});

describe.each([
  ["without interceptors", []],
  ["with one that passes the call on", [pass]],
  ["with one that maps the messages", [mapping]],
] as const)("send %s", (_, interceptors) => {
  it("rejects for a message that cannot be encoded, and the call goes on", async () => {
    await start();
    const upload = client(interceptors).clientStream();
    await upload.send({ id: "a" });
    await expect(upload.send({ id: 5 as never })).rejects.toMatchObject({ status: Status.InvalidArgument });
    await upload.send({ id: "b" });
    expect(await upload.end()).toMatchObject({ id: "b", seq: 2n });
  });

  it("waits for the server's window", async () => {
    const gate = new Gate();
    await start({
      async clientStream(requests, context) {
        await gate.opened;
        return echoHandlers.clientStream(requests, context);
      },
    });
    const plain = client([]).clientStream();
    const upload = client(interceptors).clientStream();
    const data = Buffer.alloc(60_000);
    const [alone, within] = [countSends(plain, data, 40), countSends(upload, data, 40)];
    await expect.poll(() => alone.settled).toBeGreaterThan(0);
    await settled(() => alone.settled + within.settled);
    expect(within.settled).toBe(alone.settled);
    expect(within.settled).toBeLessThan(16);
    gate.open();
    for (const [call, sends] of [
      [plain, alone],
      [upload, within],
    ] as const) {
      await sends.done;
      expect(await call.end()).toMatchObject({ seq: 40n });
    }
  });

  it("refuses more than 10,000 messages that wait", async () => {
    await start({
      async *bidi(_requests, { signal }) {
        await aborted(signal);
        yield {};
      },
    });
    const calls = client(interceptors);
    await calls.ready();
    const talk = calls.bidi();
    const data = Buffer.alloc(60_000);
    const refusals: unknown[] = [];
    for (let i = 0; i < 10_100; i++) talk.send({ data }).catch((error: unknown) => refusals.push(error));
    await expect.poll(() => refusals.length).toBeGreaterThanOrEqual(50);
    expect(refusals.length).toBeLessThanOrEqual(100);
    expect(refusals[0]).toMatchObject({
      status: Status.ResourceExhausted,
      message: `10000 messages of ${Echo.name}/Bidi wait to be sent`,
    });
    talk.cancel("enough");
    await expect.poll(() => refusals.length).toBeGreaterThan(10_000);
    expect(refusals.at(-1)).toMatchObject({ status: Status.Cancelled, message: "enough" });
  });

  it("rejects with how the call failed, and after the end of the call", async () => {
    await start({
      async *bidi(requests, { signal }) {
        for await (const { id } of requests) {
          if (id === "hang") await aborted(signal);
          yield { id };
        }
      },
    });
    const calls = client(interceptors);
    await calls.ready();
    const talk = calls.bidi({ timeoutMs: 100 });
    await talk.send({ id: "hang" });
    expect(await talk.status).toMatchObject({ status: Status.DeadlineExceeded });
    const late = { status: Status.DeadlineExceeded, maybeExecuted: true };
    await expect(talk.send({ id: "b" })).rejects.toMatchObject(late);
    await expect(talk.next()).rejects.toMatchObject(late);
    const over = calls.bidi();
    over.end();
    expect(await all(over)).toEqual([]);
    await expect(over.send({})).rejects.toMatchObject({ status: Status.FailedPrecondition });
  });
});

describe("send, with an interceptor that", () => {
  it("drops messages, resolves for them", async () => {
    await start();
    const even: Interceptor = (call, next) => {
      const { requests } = call;
      return requests === undefined ? next(call) : next({ ...call, requests: everySecond(requests) });
    };
    const upload = client([even]).clientStream();
    for (const id of ["a", "b", "c", "d"]) await upload.send({ id });
    expect(await upload.end()).toMatchObject({ id: "d", seq: 2n });
  });

  it("fails while it maps, rejects with that, and so does the call", async () => {
    await start();
    const broken: Interceptor = (call, next) => {
      const { requests } = call;
      if (requests === undefined) return next(call);
      const fail = (): never => {
        throw new RpcError(Status.FailedPrecondition, "not this one");
      };
      return next({ ...call, requests: mapped(requests, fail) });
    };
    const upload = client([broken]).clientStream();
    await expect(upload.send({ id: "a" })).rejects.toThrow("not this one");
    await expect(upload.end()).rejects.toThrow("not this one");
  });

  it("reads one message, rejects from the second on", async () => {
    await start();
    const first: Interceptor = (call, next) => {
      const { requests } = call;
      return requests === undefined ? next(call) : next({ ...call, requests: onlyFirst(requests) });
    };
    const upload = client([first]).clientStream();
    await upload.send({ id: "a" });
    await expect(upload.send({ id: "b" })).rejects.toMatchObject({ status: Status.FailedPrecondition });
    expect(await upload.end()).toMatchObject({ id: "a", seq: 1n });
  });

  it("adds a message that cannot be encoded, leaves it to the call to fail", async () => {
    await start();
    const adds: Interceptor = (call, next) => {
      const { requests } = call;
      if (requests === undefined) return next(call);
      const more = async function* () {
        yield* requests;
        yield { id: 5 };
      };
      return next({ ...call, requests: more() });
    };
    const upload = client([adds]).clientStream();
    await upload.send({ id: "a" });
    await expect(upload.end()).rejects.toMatchObject({ status: Status.InvalidArgument });
  });

  it("answers itself, does not wait for a server", async () => {
    await start();
    const echo: Interceptor = async ({ requests = nothing() }) => ({
      messages: mapped(requests, (message) => message),
    });
    const talk = client([echo]).bidi();
    const before = talk.next();
    await talk.send({ id: "a" });
    expect(await before).toMatchObject({ value: { id: "a" } });
    for (let i = 0; i < 16; i++) await talk.send({ id: `${i}` });
    talk.end();
    expect((await all(talk)).map(({ id }) => id)).toEqual(Array.from({ length: 16 }, (_, i) => `${i}`));
    expect(server.stats().calls).toBe(0);
  });
});

describe("DEADLINE_EXCEEDED", () => {
  const around = [
    ["no interceptor", {}],
    ["an interceptor", { interceptors: [pass] }],
    ["an interceptor around attempts", { attemptInterceptors: [pass] }],
    ["both", { interceptors: [pass], attemptInterceptors: [pass] }],
  ] as const;

  it.each(around)("with %s says whether the request was written", async (_, options) => {
    await start({
      async unary(_request, { signal }) {
        await aborted(signal);
        return {};
      },
      async clientStream(_requests, { signal }) {
        await aborted(signal);
        return {};
      },
    });
    const calls = client([], options);
    await calls.ready();
    const written = { status: Status.DeadlineExceeded, maybeExecuted: true, retryable: false };
    await expect(calls.unary({}, { timeoutMs: 40 })).rejects.toMatchObject(written);
    await expect(calls.clientStream({ timeoutMs: 40 }).end()).rejects.toMatchObject(written);
    const nowhere = { target: "tcp://127.0.0.1:1", waitForReady: true, ...options };
    await expect(client([], nowhere).unary({}, { timeoutMs: 200 })).rejects.toMatchObject({
      status: Status.DeadlineExceeded,
      maybeExecuted: false,
      retryable: true,
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  const never = new Promise<never>(() => {});

  const endings = async (...calls: Promise<unknown>[]) =>
    (await Promise.allSettled(calls)).map((call) => call.status === "rejected" && call.reason);

  it("says that it may be carried out where an interceptor hangs after the call, and not where one hangs before", async () => {
    await start();
    const after: Interceptor = async (call, next) => {
      await next(call);
      return never;
    };
    const late = { status: Status.DeadlineExceeded };
    const calls = client([after]);
    await calls.ready();
    for (const error of await endings(
      calls.unary({}, { timeoutMs: 100 }),
      calls.clientStream({ timeoutMs: 100 }).end(),
    ))
      expect(error).toMatchObject({ ...late, maybeExecuted: true, retryable: false });
    const before = client([() => never]);
    for (const error of await endings(before.unary({}, { timeoutMs: 30 }), before.bidi({ timeoutMs: 30 }).next()))
      expect(error).toMatchObject({ ...late, maybeExecuted: false, retryable: true });
  });

  it("comes in time though an interceptor gives the call within more time, and stays true when it calls again", async () => {
    await start({
      async unary(_, { signal }) {
        await aborted(signal);
        return {};
      },
    });
    const late = { status: Status.DeadlineExceeded, maybeExecuted: true };
    const longer: Interceptor = (call, next) => next({ ...call, remainingMs: 60_000 });
    const again: Interceptor = (call, next) => next(call).catch(() => next(call));
    for (const interceptor of [longer, again]) {
      const calls = client([interceptor]);
      await calls.ready();
      await expect(calls.unary({}, { timeoutMs: 60 })).rejects.toMatchObject(late);
    }
    await expect.poll(() => server.stats().inFlight).toBe(0);
  });
});

describe("parent", () => {
  it("that is over already ends a call with interceptors with its reason", async () => {
    await start();
    const reason = new RpcError(Status.Cancelled, "the outer call is over");
    const over = { signal: AbortSignal.abort(reason), metadata: new MetadataList(), remainingMs: Infinity };
    const parent = over as unknown as CallContext;
    const through: Interceptor = (call, next) => next(call);
    for (const made of [client([through]), client([], { attemptInterceptors: [through] })]) {
      await expect(made.unary({}, { parent })).rejects.toBe(reason);
      await expect(made.serverStream({}, { parent }).next()).rejects.toBe(reason);
      expect(await made.bidi({ parent }).status).toMatchObject({ status: 1 });
    }
    expect(server.stats().calls).toBe(0);
  });

  const header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  it.each([
    ["named", false],
    ["implied by contextPropagation", true],
  ])("passes on deadline, trace and cancellation, %s", async (_, implied) => {
    const inner: CallContext[] = [];
    const reasons: unknown[] = [];
    await using backend = createServer().add(Echo, {
      ...echoHandlers,
      async unary(request, context) {
        inner.push(context);
        if (request.id === "hang") reasons.push(await aborted(context.signal));
        return {};
      },
    });
    const { port } = await backend.listen();
    await using deep = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
    await deep.ready();
    await deep.unary({});
    inner.length = 0;
    await using front = createServer();
    if (implied) front.use(contextPropagation());
    front.add(Echo, {
      ...echoHandlers,
      async unary({ id }, context) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await deep.unary({ id }, implied ? {} : { parent: context });
        return {};
      },
      async *serverStream({ id }, context) {
        await deep.unary({ id }, implied ? {} : { parent: context });
        yield {};
      },
    });
    const address = await front.listen();
    server = front;
    await using outer = createClient(Echo, { target: `tcp://127.0.0.1:${address.port}` });
    await outer.unary({ id: "x" }, { timeoutMs: 5_000, metadata: { traceparent: header, other: "kept here" } });
    await all(outer.serverStream({ id: "x" }, { timeoutMs: 5_000, metadata: { traceparent: header } }));
    for (const context of inner) {
      expect(context.metadata.get("traceparent")).toBe(header);
      expect(context.metadata.has("other")).toBe(false);
      expect(context.remainingMs).toBeLessThanOrEqual(5_000);
    }
    expect(inner).toHaveLength(2);
    const caller = new AbortController();
    const hanging = outer.unary({ id: "hang" }, { signal: caller.signal });
    await expect.poll(() => inner.length).toBe(3);
    caller.abort();
    await expect(hanging).rejects.toBe(caller.signal.reason);
    await expect.poll(() => reasons.length).toBe(1);
    await expect(outer.unary({ id: "hang" }, { timeoutMs: 300 })).rejects.toMatchObject({ status: 4 });
    await expect.poll(() => reasons.length).toBe(2);
  });
});
