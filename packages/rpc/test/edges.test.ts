/** Where streams, messages in pieces and the ends of calls meet. */
import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Handlers,
  type Resolver,
  RpcError,
  type Server,
  type ServerOptions,
  Status,
  createClient,
  createServer,
} from "../src/index.ts";
import { textField } from "../src/wire/fields.ts";
import { FrameType } from "../src/wire/frame.ts";
import { MessageAssembler } from "../src/wire/message-assembler.ts";
import { FEATURES, encodeSettings } from "../src/wire/settings.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";
import { RawServer } from "./raw-peer.ts";

const servers: Server[] = [];

async function start(handlers: Partial<Handlers<typeof Echo.methods>> = {}, options: ServerOptions = {}) {
  const server = createServer(options).add(Echo, { ...echoHandlers, ...handlers });
  servers.push(server);
  const { port } = await server.listen();
  return { server, port, target: `tcp://127.0.0.1:${port}` };
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ timeoutMs: 0 });
});

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

describe("pieces", () => {
  it("that are empty or tiny cost no more than their bytes", () => {
    const assembler = new MessageAssembler(1 << 20);
    const before = process.memoryUsage();
    const one = Buffer.alloc(1);
    for (let i = 0; i < 1_000_000; i++) assembler.add(1, FrameType.request, one, 0, 0, 1 << 20);
    for (let i = 0; i < 500_000; i++) assembler.add(1, FrameType.request, one, 0, 1, 1 << 20);
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(30 << 20);
    expect(assembler.finish(1, one, 0, 1, 1 << 20)?.length).toBe(500_001);
    expect(assembler.size).toBe(0);
  });

  it("of a message are sent before the error that follows it", async () => {
    const { target } = await start({
      async *serverStream() {
        yield { data: Buffer.alloc(2_000_000, 1) };
        throw new RpcError(Status.NotFound, "no more");
      },
    });
    await using client = createClient(Echo, { target });
    await client.unary({});
    const stream = client.serverStream({});
    expect((await stream.next()).value?.data.length).toBe(2_000_000);
    expect(await caught(stream.next())).toMatchObject({ status: 5, message: "no more" });
  });

  it("end with the response that comes instead of the rest", async () => {
    const { target } = await start({
      async *serverStream(_, { signal }) {
        yield { data: Buffer.alloc(2_000_000, 1) };
        await aborted(signal);
      },
    });
    await using client = createClient(Echo, { target });
    await client.unary({});
    // Nobody reads: the message stays unfinished until the deadline of the server.
    const stream = client.serverStream({}, { timeoutMs: 200 });
    expect(await stream.status).toMatchObject({ status: Status.DeadlineExceeded });
  });
});

describe("the window of a connection", () => {
  it("is whole again after streams that ended with messages read, unread and half-way", async () => {
    const { target } = await start(
      {
        async clientStream(_, { signal }) {
          await aborted(signal);
          return {};
        },
      },
      { initialWindowBytes: 65_536, connectionWindowBytes: 131_072, maxMessageBytes: 1 << 20 },
    );
    await using client = createClient(Echo, { target });
    await client.unary({});
    for (let i = 0; i < 20; i++) {
      const call = client.clientStream();
      await call.send({ data: Buffer.alloc(100) });
      const long = call.send({ data: Buffer.alloc(500_000) }).catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 5));
      call.cancel();
      expect(await long).toMatchObject({ status: Status.Cancelled });
    }
    const talk = client.bidi();
    for (let i = 0; i < 10; i++) {
      await talk.send({ data: Buffer.alloc(60_000) });
      expect((await talk.next()).value?.data.length).toBe(60_000);
    }
    talk.end();
  });
});

describe("a message that cannot be decoded", () => {
  it("is an error to its reader, also when the stream has ended well before it is read", async () => {
    await using raw = await RawServer.listen((peer) => {
      void (async () => {
        for (;;) {
          const frame = await peer.next();
          if (frame === undefined) return;
          if (frame.type !== 1) continue;
          peer.send(frame.stream, 3, 0, textField(1, "good"));
          peer.send(frame.stream, 3, 0, "0aff");
          peer.send(frame.stream, 3, 0, textField(1, "never"));
          peer.send(frame.stream, 3, 5);
        }
      })();
    });
    await using client = createClient(Echo, { target: raw.target });
    const stream = client.serverStream({});
    expect(await stream.status).toMatchObject({ status: 0 });
    expect((await stream.next()).value?.id).toBe("good");
    expect(await caught(stream.next())).toMatchObject({ status: Status.Internal });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});

describe("a call that is given to another server", () => {
  it("says again that no messages come", async () => {
    await using busy = await RawServer.listen((peer) => {
      void (async () => {
        for (;;) {
          const frame = await peer.next();
          if (frame === undefined) return;
          if (frame.type === 1)
            peer.send(frame.stream, 2, 0, Buffer.from("0a11080e120d6e6f742070726f636573736564", "hex"));
        }
      })();
    });
    const { port } = await start();
    const [, address] = busy.target.split("//");
    await using client = createClient(Echo, {
      target: `static:${address},127.0.0.1:${port}`,
      balancer: "round-robin",
    });
    await client.ready();
    await expect.poll(() => client.stats().connections).toBe(2);
    for (let i = 0; i < 2; i++)
      expect(await client.clientStream({ timeoutMs: 3_000 }).end()).toMatchObject({ seq: 0n });
  });
});

describe("interceptors that never go on", () => {
  it("hold no call beyond its deadline and its signal", async () => {
    const { target } = await start();
    const never = () => new Promise<never>(() => {});
    for (const around of [{ interceptors: [never] }, { attemptInterceptors: [never] }]) {
      await using client = createClient(Echo, { target, ...around });
      expect(await caught(client.unary({}, { timeoutMs: 50 }))).toMatchObject({ status: 4 });
      const caller = new AbortController();
      const call = client.unary({}, { signal: caller.signal });
      const stream = client.bidi({ timeoutMs: 50 });
      expect(await stream.status).toMatchObject({ status: 4 });
      caller.abort(new Error("enough"));
      expect(await caught(call)).toMatchObject({ message: "enough" });
    }
  });

  it("leave a stream's status to the stream, and its messages to its end", async () => {
    const { target } = await start();
    await using client = createClient(Echo, { target, interceptors: [(call, next) => next(call)] });
    const talk = client.bidi();
    await talk.send({ id: "x" });
    talk.end();
    expect(await caught(talk.send({}))).toMatchObject({ status: Status.FailedPrecondition });
    expect(await talk.status).toMatchObject({ status: 0 });
    const got: string[] = [];
    for await (const { id } of talk) got.push(id);
    expect(got).toEqual(["x"]);
    await using failing = createClient(Echo, {
      target,
      interceptors: [
        (call, next) =>
          next({
            ...call,
            requests: (async function* () {
              yield { id: "one" };
              throw new Error("no more requests");
            })(),
          }),
      ],
    });
    const broken = failing.bidi();
    const reading = (async () => {
      for await (const { id } of broken) expect(id).toBe("one");
    })();
    expect(await caught(reading)).toMatchObject({ message: "no more requests" });
  });
});

describe("closing", () => {
  it("gives a client that reads slowly all that was answered", async () => {
    const gate = new Gate();
    const { server, port } = await start({
      async *serverStream() {
        for (let i = 0; i < 40; i++) yield { data: Buffer.alloc(100_000) };
        gate.open();
      },
    });
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 25);
    });
    const request = Buffer.concat([textField(1, Echo.name), textField(2, "ServerStream")]);
    const header = Buffer.alloc(10);
    header.writeUInt32BE(request.length, 0);
    header.writeUInt32BE(1, 4);
    header[8] = 1;
    header[9] = 1;
    socket.write(Buffer.concat([header, request]));
    await gate.opened;
    const closing = server.close({ timeoutMs: 20_000 });
    await once(socket, "end");
    expect(bytes).toBeGreaterThan(4_000_000);
    socket.destroy();
    await closing;
  }, 20_000);

  it("does not cut a request off that has begun to come in pieces", async () => {
    const { server, port } = await start();
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const got: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => got.push(chunk));
    const send = (stream: number, type: number, flags: number, body: Buffer) => {
      const header = Buffer.alloc(10);
      header.writeUInt32BE(body.length, 0);
      header.writeUInt32BE(stream, 4);
      header[8] = type;
      header[9] = flags;
      socket.write(Buffer.concat([header, body]));
    };
    const settings = { features: FEATURES, initialWindow: 65_536, maxFrame: 65_536 };
    send(1, 0x80, 0, encodeSettings({ ...settings, connectionWindow: 0, maxStreams: 0, encodings: [] }));
    const request = Buffer.concat([textField(1, Echo.name), textField(2, "Unary")]);
    send(1, 1, 0x20, request.subarray(0, 5));
    await expect.poll(() => Buffer.concat(got).length).toBeGreaterThan(10);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closing = server.close({ timeoutMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    send(1, 1, 0, request.subarray(5));
    await once(socket, "end");
    socket.destroy();
    await closing;
    expect(server.stats()).toMatchObject({ calls: 1, errors: 0 });
  });
});

describe("a resolver's list", () => {
  it("with an address that is none leaves the others reachable", async () => {
    const { port } = await start();
    const resolver: Resolver = {
      async *watch(_, { signal }) {
        yield [
          { id: "bad", host: "127.0.0.1", port: 70_000 },
          { id: "good", host: "127.0.0.1", port },
        ];
        await aborted(signal);
      },
    };
    await using client = createClient(Echo, { target: resolver });
    expect((await client.unary({ id: "x" })).id).toBe("x");
    expect(client.stats()).toMatchObject({ instances: 2, connections: 1, ejected: 1 });
  });
});
