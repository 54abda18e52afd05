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
import { aborted } from "./gate.ts";

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

describe("an intercepted stream", () => {
  const pass: Interceptor = (call, next) => next(call);

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
    await expect(outer.unary({ id: "hang" }, { timeoutMs: 60 })).rejects.toMatchObject({ status: 4 });
    await expect.poll(() => reasons.length).toBe(2);
  });
});
