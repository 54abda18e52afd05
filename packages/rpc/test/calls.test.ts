import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import {
  type CallContext,
  type Channel,
  type Client,
  type Interceptor,
  type Server,
  createChannel,
  createClient,
  createServer,
  isRpcError,
  RpcError,
  Status,
} from "../src/index.ts";
import { Echo, type EchoResponse, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";

let server: Server;
let channel: Channel;
let client: Client<typeof Echo.methods>;
let gate: Gate;
let contexts: CallContext[] = [];
let reasons: unknown[] = [];
let yielded = 0;
let ended = 0;

async function start(interceptors: readonly Interceptor[] = []): Promise<void> {
  server = createServer();
  for (const interceptor of interceptors) server.use(interceptor);
  server.add(Echo, {
    ...echoHandlers,
    async unary(request, context) {
      contexts.push(context);
      if (request.id === "wait") await gate.opened;
      if (request.id === "hang") throw reasons[reasons.push(await aborted(context.signal)) - 1];
      return echoHandlers.unary(request, context);
    },
    async *serverStream(request, context) {
      contexts.push(context);
      try {
        for (let i = 0; i < request.count; i++) {
          yielded += 1;
          yield { seq: BigInt(i), data: request.data };
        }
        if (request.id === "hang") reasons.push(await aborted(context.signal));
        if (request.failCode !== 0) throw new RpcError(request.failCode, "asked to fail");
      } finally {
        ended += 1;
      }
    },
  });
  const { port } = await server.listen();
  channel = createChannel({ target: `tcp://127.0.0.1:${port}` });
  client = createClient(Echo, channel);
}

beforeEach(() => {
  gate = new Gate();
  contexts = [];
  reasons = [];
  yielded = ended = 0;
});

afterEach(async () => {
  gate.open();
  await channel.close({ timeoutMs: 0 });
  await server.close({ timeoutMs: 0 });
  const { inFlight, connections } = channel.stats();
  if (inFlight + connections > 0) throw new Error("the channel left something");
});

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

describe("unary", () => {
  it("has the service's types", async () => {
    await start();
    expectTypeOf(client.unary).returns.resolves.toEqualTypeOf<EchoResponse>();
    const next = () => client.serverStream({}).next();
    expectTypeOf(next).returns.resolves.toEqualTypeOf<IteratorResult<EchoResponse, undefined>>();
    expectTypeOf(client.unary).parameter(0).toHaveProperty("seq").toEqualTypeOf<bigint | undefined>();
  });

  it("carries large messages whole, both ways, beside small ones", async () => {
    await start();
    const sizes = [0, 1, 117, 118, 127, 128, 16_383, 16_384, 65_000, 65_536, 70_000, 1_000_000, 4_000_000];
    await Promise.all(
      sizes.map(async (size) => {
        const data = Buffer.alloc(size, `${size},`);
        const reply = await client.unary({ id: String(size), data });
        expect(Buffer.from(reply.data).equals(data)).toBe(true);
      }),
    );
  });

  it("is not mixed up with 3,000 others at once", async () => {
    await start();
    const ids = Array.from({ length: 3_000 }, (_, i) => `${i}:${"x".repeat(i % 700)}`);
    const replies = await Promise.all(ids.map((id) => client.unary({ id })));
    expect(replies.map(({ id }) => id)).toEqual(ids);
    expect(server.stats()).toMatchObject({ calls: 3_000, inFlight: 0, errors: 0 });
  });

  it("brings metadata, in lower case and several values of a key", async () => {
    await start();
    await client.unary({}, { metadata: { Token: "a", list: ["1", "2"] } });
    const { metadata, peer, method } = contexts[0] as CallContext;
    expect([...metadata.entries()]).toEqual([
      ["token", "a"],
      ["list", "1"],
      ["list", "2"],
    ]);
    expect([metadata.get("TOKEN"), metadata.getAll("list"), metadata.has("none")]).toEqual(["a", ["1", "2"], false]);
    expect(peer.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(method).toEqual({ service: Echo.name, name: "Unary", fullName: "bench.echo.v1.Echo/Unary" });
  });

  it("refuses metadata that may not travel, and wrong options, by name", async () => {
    await start();
    expect(await caught(client.unary({}, { metadata: { k: "a\nb" } }))).toMatchObject({
      status: Status.InvalidArgument,
    });
    expect(await caught(client.unary({}, { metadata: { k: 5 as never } }))).toMatchObject({
      status: Status.InvalidArgument,
    });
    const wrong = { timeoutMs: -1, timeout: 5 } as { timeoutMs: number };
    expect(await caught(client.unary({}, wrong))).toMatchObject({ code: "OPTION_INVALID" });
  });

  it("rejects with status, message and details of the server's error", async () => {
    await start();
    const error = await caught(client.unary({ failCode: 9 }));
    expect(error).toBeInstanceOf(RpcError);
    expect(isRpcError(error)).toBe(true);
    expect(error).toMatchObject({
      status: 9,
      code: "RPC_FAILED_PRECONDITION",
      message: "asked to fail",
      retryable: false,
    });
  });

  it("keeps the number of a status that gRPC does not know", async () => {
    await start();
    expect(await caught(client.unary({ failCode: 77 }))).toMatchObject({ status: 77, code: "RPC_UNKNOWN" });
  });

  it("fails with DEADLINE_EXCEEDED, not early, and the handler hears of it", async () => {
    await start();
    await client.ready();
    const began = performance.now();
    expect(await caught(client.unary({ id: "hang" }, { timeoutMs: 60 }))).toMatchObject({
      status: Status.DeadlineExceeded,
      maybeExecuted: true,
    });
    expect(performance.now() - began).toBeGreaterThanOrEqual(60);
    await expect.poll(() => reasons).toMatchObject([{ status: Status.DeadlineExceeded }]);
    expect(contexts[0]?.deadline).toBeGreaterThan(0);
    expect(contexts[0]?.remainingMs).toBe(0);
  });

  it("has no deadline with timeoutMs 0", async () => {
    await start();
    await client.unary({}, { timeoutMs: 0 });
    expect(contexts[0]?.deadline).toBeUndefined();
    expect(contexts[0]?.remainingMs).toBe(Infinity);
  });

  it("rejects with the signal's reason at once, and the handler hears of it", async () => {
    await start();
    const caller = new AbortController();
    const call = client.unary({ id: "hang" }, { signal: caller.signal });
    await expect.poll(() => server.stats().inFlight).toBe(1);
    const reason = new Error("changed my mind");
    caller.abort(reason);
    expect(await caught(call)).toBe(reason);
    await expect.poll(() => reasons).toMatchObject([{ status: Status.Cancelled, message: "changed my mind" }]);
    expect(server.stats()).toMatchObject({ cancelled: 1 });
  });

  it("with an aborted signal is not made", async () => {
    await start();
    const reason = new Error("never");
    expect(await caught(client.unary({}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(client.stats().calls).toBe(0);
  });

  it("leaves nothing on a signal that 10,000 calls share", async () => {
    await start();
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => warnings.push(warning);
    process.on("warning", onWarning);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 1_000 }, () => client.unary({}, { signal })));
    process.off("warning", onWarning);
    expect(listeners).toBe(0);
    expect(warnings).toEqual([]);
  });

  it("try gives the error instead of throwing it", async () => {
    await start();
    const [error, reply] = await client.unary.try({ failCode: 5 });
    expect(error).toMatchObject({ status: Status.NotFound });
    expect(reply).toBeUndefined();
    const [none, good] = await client.unary.try({ id: "x" });
    expect([none, good?.id]).toEqual([undefined, "x"]);
    const reason = new Error("no");
    const [cancelled] = await client.unary.try({}, { signal: AbortSignal.abort(reason) });
    expect(cancelled).toMatchObject({ status: Status.Cancelled, cause: reason });
  });

  it("of a message that is too long fails with RESOURCE_EXHAUSTED, and one that cannot be encoded names the method", async () => {
    await start();
    expect(await caught(client.unary({ data: Buffer.alloc(5 << 20) }))).toMatchObject({
      status: Status.ResourceExhausted,
    });
    expect(await caught(client.unary({ id: 7 as never }))).toMatchObject({ status: Status.InvalidArgument });
    expect((await client.unary({ id: "x" })).id).toBe("x");
  });
});

describe("server stream", () => {
  it("gives all messages, then its status", async () => {
    await start();
    const stream = client.serverStream({ count: 4 });
    const got: bigint[] = [];
    for await (const { seq } of stream) got.push(seq);
    expect(got).toEqual([0n, 1n, 2n, 3n]);
    expect(await stream.status).toMatchObject({ status: 0, code: "OK", message: "", details: [] });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("gives the messages before an error, the error once, then done", async () => {
    await start();
    const stream = client.serverStream({ count: 2, failCode: 7 });
    expect(await stream.status).toMatchObject({ status: 7, code: "RPC_PERMISSION_DENIED" });
    expect((await stream.next()).value?.seq).toBe(0n);
    expect((await stream.next()).value?.seq).toBe(1n);
    expect(await caught(stream.next())).toMatchObject({ status: 7 });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("serves several reads at once in order", async () => {
    await start();
    const stream = client.serverStream({ count: 2 });
    const reads = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(reads.map(({ value }) => value?.seq)).toEqual([0n, 1n, undefined]);
  });

  it("is cancelled on the server when the loop is left", async () => {
    await start();
    for await (const _ of client.serverStream({ count: 1, id: "hang" })) break;
    await expect.poll(() => reasons).toMatchObject([{ status: Status.Cancelled }]);
    await expect.poll(() => ended).toBe(1);
    await expect.poll(() => server.stats()).toMatchObject({ inFlight: 0, cancelled: 1 });
  });

  it("ends the handler at its next yield, without it looking at the signal", async () => {
    await start();
    const stream = client.serverStream({ count: 1_000_000 });
    await stream.next();
    stream.cancel("enough");
    expect(await stream.status).toMatchObject({ status: Status.Cancelled, message: "enough" });
    await expect.poll(() => ended).toBe(1);
    expect(yielded).toBeLessThan(1_000_000);
  });

  it("rejects with the signal's reason", async () => {
    await start();
    const caller = new AbortController();
    const stream = client.serverStream({ count: 1, id: "hang" }, { signal: caller.signal });
    await stream.next();
    const waiting = stream.next();
    const reason = new Error("enough");
    caller.abort(reason);
    expect(await caught(waiting)).toBe(reason);
    expect(await stream.status).toMatchObject({ status: Status.Cancelled, message: "enough" });
    await expect.poll(() => reasons).toHaveLength(1);
  });

  it("is held back while its reader does not read, and others go on", async () => {
    await start();
    const data = Buffer.alloc(10_000);
    const stream = client.serverStream({ count: 2_000, data });
    await stream.next();
    await expect
      .poll(async () => {
        const before = yielded;
        for (let i = 0; i < 20; i++) await client.unary({});
        return yielded - before;
      })
      .toBe(0);
    // The window is 256 KiB, half of it is asked for again.
    expect(yielded).toBeLessThan(60);
    let count = 1;
    for await (const message of stream) count += message.data.length === data.length ? 1 : 0;
    expect(count).toBe(2_000);
  });

  it("gives the room of unread messages back to the connection", async () => {
    server = createServer().add(Echo, echoHandlers2());
    const { port } = await server.listen();
    channel = createChannel({
      target: `tcp://127.0.0.1:${port}`,
      connectionWindowBytes: 65_536,
      initialWindowBytes: 65_536,
    });
    client = createClient(Echo, channel);
    for (let i = 0; i < 20; i++) {
      const stream = client.serverStream({ count: 10 });
      await stream.next();
      stream.cancel();
    }
    let count = 0;
    for await (const _ of client.serverStream({ count: 50 })) count += 1;
    expect(count).toBe(50);
  });
});

function echoHandlers2(): typeof echoHandlers {
  return {
    ...echoHandlers,
    async *serverStream({ count }) {
      for (let i = 0; i < count; i++) yield { data: Buffer.alloc(20_000) };
    },
  };
}

describe("interceptors", () => {
  it("run around both kinds, the first outermost", async () => {
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        order.push(`${name} ${call.kind} ${call.method.name}`);
        const reply = await next(call);
        order.push(`${name} done`);
        return reply;
      };
    await start([named("a"), named("b")]);
    expect((await client.unary({ id: "x" })).id).toBe("x");
    expect(order).toEqual(["a unary Unary", "b unary Unary", "b done", "a done"]);
    order.length = 0;
    let count = 0;
    for await (const _ of client.serverStream({ count: 3 })) count += 1;
    expect(count).toBe(3);
    expect(order[0]).toBe("a serverStream ServerStream");
  });

  it("may answer instead of the handler, or refuse", async () => {
    await start([
      async (call, next) => {
        if (call.metadata.has("deny")) throw new RpcError(Status.PermissionDenied, "no");
        return call.metadata.has("canned") ? { message: { id: "canned" } } : next(call);
      },
    ]);
    expect((await client.unary({}, { metadata: { canned: "1" } })).id).toBe("canned");
    expect(await caught(client.unary({}, { metadata: { deny: "1" } }))).toMatchObject({ status: 7 });
    const stream = client.serverStream({ count: 1 }, { metadata: { deny: "1" } });
    expect(await caught(stream.next())).toMatchObject({ status: 7 });
  });
});
