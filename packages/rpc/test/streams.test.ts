/** Calls whose caller streams: client streams and bidi, between our own ends. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Client,
  type ClientStream,
  type Handlers,
  RpcError,
  type Server,
  Status,
  createClient,
  createLocalPair,
  createServer,
  isRpcError,
} from "../src/index.ts";
import { Echo, EchoRequest, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";

type EchoClient = Client<typeof Echo.methods>;

let server: Server;
let client: EchoClient;
let gate: Gate;
/** What handlers saw, in order. */
let seen: unknown[];

async function start(handlers: Partial<Handlers<typeof Echo.methods>> = {}, options: object = {}): Promise<void> {
  server = createServer(options).add(Echo, { ...echoHandlers, ...handlers });
  const { port } = await server.listen();
  client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
  await client.ready();
}

beforeEach(() => {
  gate = new Gate();
  seen = [];
});

afterEach(async () => {
  gate.open();
  await client.close({ timeoutMs: 0 });
  await server.close({ timeoutMs: 0 });
  if (server.stats().connections > 0) throw new Error("the server left a connection open");
});

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const message of messages) got.push(message);
  return got;
}

const sizes = [0, 1, 100, 20_000, 70_000, 300_000, 1_000_000];

describe("client stream", () => {
  it("sends messages in order and gives the reply", async () => {
    await start();
    const call = client.clientStream();
    for (let i = 0; i < 1_000; i++) await call.send({ id: `${i}` });
    expect(await call.end()).toMatchObject({ id: "999", seq: 1_000n });
    expect(await call.status).toMatchObject({ status: 0, code: "OK" });
    expect(await call.end()).toMatchObject({ seq: 1_000n });
    expect(client.stats()).toMatchObject({ inFlight: 0, errors: 0 });
  });

  it("carries messages of every size, whether the server has answered SETTINGS or not", async () => {
    await start({
      async clientStream(requests) {
        let sum = 0n;
        for await (const { data } of requests) {
          seen.push(data.length);
          sum += BigInt(data.length);
        }
        return { seq: sum };
      },
    });
    for (const warm of [false, true]) {
      seen = [];
      const { port } = await server.listen();
      const fresh = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
      if (warm) await fresh.unary({});
      const call = fresh.clientStream();
      for (const size of sizes) await call.send({ data: Buffer.alloc(size, 7) });
      expect((await call.end()).seq).toBe(BigInt(sizes.reduce((a, b) => a + b)));
      expect(seen).toEqual(sizes);
      await fresh.close();
    }
  });

  it("is bounded by the window while the handler does not read", async () => {
    await start({
      async clientStream(requests) {
        await gate.opened;
        return { seq: BigInt((await all(requests)).length) };
      },
    });
    await client.unary({});
    const call = client.clientStream();
    let sent = 0;
    const sending = (async () => {
      for (let i = 0; i < 100; i++) {
        await call.send({ data: Buffer.alloc(10_000) });
        sent += 1;
      }
    })();
    await expect.poll(() => sent).toBeGreaterThan(20);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // 256 KiB of window, and one message that waits for it.
    expect(sent).toBeLessThan(30);
    gate.open();
    await sending;
    expect((await call.end()).seq).toBe(100n);
  });

  it("gives the reply of a handler that does not read to the end", async () => {
    await start({
      async clientStream(requests) {
        for await (const { id } of requests) if (id === "last") break;
        return { id: "enough" };
      },
    });
    const call = client.clientStream();
    await call.send({ id: "last" });
    expect(await call.status).toMatchObject({ status: 0 });
    expect(await caught(call.send({ id: "more" }))).toMatchObject({ status: Status.FailedPrecondition });
    expect(await call.end()).toMatchObject({ id: "enough" });
    for (let i = 0; i < 50; i++) expect((await client.unary({ id: "x" })).id).toBe("x");
  });

  it("rejects end and send with the handler's error", async () => {
    await start({
      clientStream() {
        throw new RpcError(Status.NotFound, "no such thing");
      },
    });
    const call = client.clientStream();
    expect(await call.status).toMatchObject({ status: 5, code: "RPC_NOT_FOUND", message: "no such thing" });
    expect(await caught(call.end())).toMatchObject({ status: 5 });
    expect(await caught(call.send({}))).toMatchObject({ status: 5 });
  });

  it("refuses a message that cannot be encoded or is too long, and goes on", async () => {
    await start();
    const call = client.clientStream();
    await call.send({ id: "a" });
    expect(await caught(call.send({ id: 7 as never }))).toMatchObject({ status: Status.InvalidArgument });
    expect(await caught(call.send({ data: Buffer.alloc(5 << 20) }))).toMatchObject({
      status: Status.ResourceExhausted,
    });
    await call.send({ id: "b" });
    expect(await call.end()).toMatchObject({ id: "b", seq: 2n });
    expect(await caught(call.send({}))).toMatchObject({ status: Status.FailedPrecondition });
  });

  it("aborts the handler and its requests when the caller cancels, and when the signal aborts", async () => {
    await start({
      async clientStream(requests, context) {
        try {
          await all(requests);
        } catch (error) {
          seen.push(isRpcError(error) ? error.status : error, await aborted(context.signal));
          throw error;
        }
        return {};
      },
    });
    const call = client.clientStream();
    await call.send({});
    call.cancel("no more");
    expect(await call.status).toMatchObject({ status: Status.Cancelled, message: "no more" });
    expect(await caught(call.end())).toMatchObject({ status: Status.Cancelled });
    await expect.poll(() => seen).toMatchObject([1, { status: 1, message: "no more" }]);
    const caller = new AbortController();
    const other = client.clientStream({ signal: caller.signal });
    await other.send({});
    caller.abort(new Error("gone"));
    expect(await caught(other.end())).toMatchObject({ message: "gone" });
    await expect.poll(() => seen.length).toBe(4);
    expect(server.stats()).toMatchObject({ inFlight: 0, cancelled: 2 });
  });

  it("ends at its deadline while the window is closed", async () => {
    await start({
      async clientStream() {
        await gate.opened;
        return {};
      },
    });
    const call = client.clientStream({ timeoutMs: 100 });
    const sending: Promise<void>[] = [];
    for (let i = 0; i < 40; i++) sending.push(call.send({ data: Buffer.alloc(20_000) }));
    expect(await caught(call.end())).toMatchObject({ status: Status.DeadlineExceeded });
    const last = sending.at(-1);
    expect(last === undefined ? undefined : await caught(last)).toMatchObject({ status: Status.DeadlineExceeded });
  });

  it("bounds what waits when the caller does not", async () => {
    await start({
      async clientStream() {
        await gate.opened;
        return {};
      },
    });
    const call = client.clientStream();
    const refused: unknown[] = [];
    for (let i = 0; i < 20_000; i++)
      call.send({ data: Buffer.alloc(100) }).catch((error: unknown) => refused.push(error));
    await expect.poll(() => refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ status: Status.ResourceExhausted });
    call.cancel();
  });
});

describe("bidi", () => {
  it("carries messages both ways at once, of every size", async () => {
    await start();
    const call = client.bidi();
    const writing = (async () => {
      for (let round = 0; round < 5; round++)
        for (const size of sizes) await call.send({ id: `${size}`, data: Buffer.alloc(size, round) });
      call.end();
    })();
    const got = await all(call);
    await writing;
    expect(got.map(({ id }) => Number(id))).toEqual(Array.from({ length: 5 }, () => sizes).flat());
    for (const { id, data } of got) expect(data.length).toBe(Number(id));
    expect(await call.status).toMatchObject({ status: 0 });
  });

  it("lets the server end first", async () => {
    await start({
      async *bidi() {
        yield { id: "only" };
      },
    });
    const call = client.bidi();
    expect((await all(call)).map(({ id }) => id)).toEqual(["only"]);
    expect(await caught(call.send({}))).toMatchObject({ status: Status.FailedPrecondition });
    call.end();
  });

  it("ends the handler's requests when the reader leaves its loop", async () => {
    await start({
      async *bidi(requests) {
        try {
          for await (const { id } of requests) yield { id };
        } finally {
          seen.push("left");
        }
      },
    });
    const call = client.bidi();
    await call.send({ id: "1" });
    for await (const { id } of call) {
      expect(id).toBe("1");
      break;
    }
    expect(await call.status).toMatchObject({ status: Status.Cancelled });
    await expect.poll(() => seen).toEqual(["left"]);
  });

  it("gives what came before an error, then the error once, then done", async () => {
    await start();
    const call = client.bidi();
    await call.send({ id: "a" });
    await call.send({ failCode: 9 });
    await call.status;
    expect(await call.next()).toMatchObject({ value: { id: "a" } });
    expect(await caught(call.next())).toMatchObject({ status: 9 });
    expect(await call.next()).toEqual({ done: true, value: undefined });
  });

  it("has many streams at once on one connection, each in order", async () => {
    await start();
    const echoed = await Promise.all(
      Array.from({ length: 100 }, async (_, stream) => {
        const call = client.bidi();
        for (let i = 0; i < 20; i++) await call.send({ id: `${stream}`, seq: BigInt(i), data: Buffer.alloc(3_000) });
        call.end();
        return all(call);
      }),
    );
    for (const [stream, messages] of echoed.entries()) {
      expect(messages.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(new Set(messages.map(({ id }) => id))).toEqual(new Set([`${stream}`]));
    }
    expect(server.stats()).toMatchObject({ connections: 1, inFlight: 0, errors: 0 });
  });
});

describe("trailers", () => {
  it("come with replies, errors and ends of streams of all kinds", async () => {
    await start({
      unary(_, { trailers }) {
        trailers.set("n", ["1", "2"]);
        return {};
      },
      async *serverStream(request, context) {
        context.trailers.set("n", "3");
        yield* echoHandlers.serverStream(request, context);
      },
      async clientStream(requests, context) {
        context.trailers.append("n", "4");
        return echoHandlers.clientStream(requests, context);
      },
      // oxlint-disable-next-line require-yield -- it fails before it has one
      async *bidi() {
        throw new RpcError(Status.Aborted, "no", { metadata: { n: "5" } });
      },
    });
    // Before the answer to SETTINGS the server may not know that we speak them; after a call it does.
    await client.unary({});
    const [, , trailers] = await client.unary.try({});
    expect(trailers.getAll("n")).toEqual(["1", "2"]);
    const stream = client.serverStream({ count: 1 });
    await all(stream);
    expect((await stream.trailers).get("n")).toBe("3");
    const upload = client.clientStream();
    await upload.end();
    expect((await upload.status).trailers.get("n")).toBe("4");
    const error = await caught(client.bidi().next());
    expect(isRpcError(error) && error.trailers.get("n")).toBe("5");
  });
});

describe("local pair", () => {
  it("carries all four kinds without a socket", async () => {
    await start();
    const local = createServer().add(Echo, echoHandlers);
    await using channel = createLocalPair(local);
    const calls = createClient(Echo, channel);
    expect((await calls.unary({ id: "x", data: Buffer.alloc(300_000) })).id).toBe("x");
    expect(await all(calls.serverStream({ count: 3 }))).toHaveLength(3);
    const upload: ClientStream<Partial<EchoRequest>, unknown> = calls.clientStream();
    for (const size of sizes) await upload.send({ data: Buffer.alloc(size) });
    expect(await upload.end()).toMatchObject({ seq: BigInt(sizes.length) });
    const talk = calls.bidi();
    await talk.send({ id: "y" });
    talk.end();
    expect((await all(talk)).map(({ id }) => id)).toEqual(["y"]);
    expect(() => createLocalPair({} as never)).toThrow(/createServer/);
    await channel.close();
    await local.close();
    expect(local.stats().connections).toBe(0);
  });
});
