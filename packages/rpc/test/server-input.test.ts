/** What a server survives, from raw sockets. After each input that leaves the connection alive a good call is answered on it. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { sleep } from "@servertech/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tlsFile } from "../../../tools/tls-files.ts";
import { type Server, RpcError, type ServerOptions, createServer } from "../src/index.ts";
import { bytesField, textField, varintField } from "../src/wire/fields.ts";
import { ResponseEnvelope } from "../src/wire/response.ts";
import { encodeSettings } from "../src/wire/settings.ts";
import { Echo, EchoRequest, echoHandlers } from "./echo-service.ts";
import { Random } from "./fuzz/random.ts";
import { Gate, aborted } from "./gate.ts";
import { type Frame, RawPeer, frame } from "./raw-peer.ts";

let server: Server;
let peer: RawPeer;
let port = 0;
/** Why handlers of "hang" were told to stop. */
let reasons: unknown[] = [];
let gate: Gate;

async function start(options: ServerOptions = {}): Promise<void> {
  server = createServer(options).add(Echo, {
    ...echoHandlers,
    async unary(request, context) {
      if (request.id === "wait") await gate.opened;
      if (request.id === "hang") throw reasons[reasons.push(await aborted(context.signal)) - 1];
      if (request.id === "throw") throw new Error("a secret");
      if (request.id === "throw text") throw "a secret";
      if (request.id === "ok") throw new RpcError(0, "fine");
      if (request.id === "no number") throw new RpcError(Number.NaN, "odd");
      if (request.id === "bad detail") throw new RpcError(5, "odd", { details: [{ typeUrl: "t", value: 5 as never }] });
      if (request.id === "nothing") return undefined as never;
      if (request.id === "wrong") return { id: 7 as never };
      if (request.id === "long") return { data: Buffer.alloc(5 << 20) };
      if (request.id === "big") return { data: Buffer.alloc(3 << 20) };
      if (request.id === "long error") throw new RpcError(5, "x".repeat(6 << 20));
      return echoHandlers.unary(request, context);
    },
    async *serverStream(request, context) {
      if (request.id === "wrong") yield { id: 7 as never };
      if (request.id === "wait") await gate.opened;
      if (request.id === "long trailers") context.trailers.set("k", "x".repeat(6 << 20));
      yield* echoHandlers.serverStream(request, context);
    },
  });
  ({ port } = await server.listen());
  peer = await RawPeer.connect(port);
}

beforeEach(() => {
  reasons = [];
  gate = new Gate();
});

afterEach(async () => {
  peer[Symbol.dispose]();
  await server.close({ timeoutMs: 0 });
  if (server.stats().connections > 0) throw new Error("the server left a connection open");
});

function requestOf(id: string, rest: Uint8Array = Buffer.alloc(0), method = "Unary"): Buffer {
  const payload = EchoRequest.encode({ id, data: new Uint8Array(0), seq: 0n, count: 0, delayMs: 0, failCode: 0 });
  return Buffer.concat([textField(1, Echo.name), textField(2, method), bytesField(3, payload), rest]);
}

const SETTINGS = encodeSettings({
  features: 0xff,
  initialWindow: 65_536,
  connectionWindow: 0,
  maxStreams: 0,
  maxFrame: 65_536,
  encodings: [],
});

const pair = (key: string, value: string) => bytesField(5, Buffer.concat([textField(1, key), textField(2, value)]));

function statusOf(reply: Frame | undefined): { stream: number; code: number; message: string } {
  if (reply === undefined) throw new Error("the connection is closed");
  expect(reply.type).toBe(2);
  const envelope = new ResponseEnvelope();
  expect(envelope.read(reply.body, 0, reply.body.length)).toBe(true);
  return { stream: reply.stream, code: envelope.status?.code ?? 0, message: envelope.status?.message ?? "" };
}

async function nextStatus() {
  return statusOf(await peer.next());
}

/** The connection still answers. */
async function answers(stream = 9_001): Promise<void> {
  peer.send(stream, 1, 0, requestOf("good"));
  expect(await nextStatus()).toMatchObject({ stream, code: 0 });
}

describe("frames", () => {
  it("answers 8 to a frame over the limit and skips its body", async () => {
    await start({ maxMessageBytes: 1_024 });
    peer.send(1, 1, 0, Buffer.alloc(100_000));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 8 });
    await answers();
    expect(server.stats().rejected.tooLong).toBe(1);
  });

  it.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: example\r\n\r\n")],
    ["a TLS ClientHello", Buffer.from("16030100a5010000a10303000000000000000000", "hex")],
    ["a length of 16 MiB", frame({ stream: 1, type: 1, flags: 0, body: Buffer.alloc(0) }).fill(1, 0, 1)],
  ])("closes a connection that sends %s", async (_, bytes) => {
    await start();
    peer.socket.write(bytes);
    expect(await nextStatus()).toMatchObject({ code: 8 });
    await peer.gone();
    expect(server.stats().rejected.garbage).toBe(1);
  });

  it("aborts the handlers of a client that ends within a frame", async () => {
    await start();
    peer.send(1, 1, 0, requestOf("hang"));
    await expect.poll(() => server.stats().inFlight).toBe(1);
    peer.socket.end(Buffer.from("0000", "hex"));
    await expect.poll(() => reasons).toMatchObject([{ status: 1 }]);
    await peer.gone();
    expect(peer.frames).toEqual([]);
    expect(server.stats()).toMatchObject({ cancelled: 1, inFlight: 0 });
  });

  it("closes a connection whose frame stays incomplete", async () => {
    await start({ frameTimeoutMs: 50 });
    peer.socket.write(frame({ stream: 1, type: 1, flags: 0, body: requestOf("good") }).subarray(0, 20));
    await peer.gone();
    expect(server.stats().rejected.frameTimeouts).toBe(1);
  });

  it("ignores unknown types, flags and fields, before SETTINGS and after", async () => {
    await start();
    for (const settings of [false, true]) {
      if (settings) peer.send(1, 0x80, 0, "");
      peer.send(1, 0x77, 0xff, "abcdef");
      peer.send(0, 0x83, 0, "");
      peer.send(settings ? 3 : 1, 1, 0xf0, Buffer.concat([requestOf("good"), textField(77, "x"), varintField(78, 5)]));
      expect(await nextStatus()).toMatchObject({ stream: settings ? 3 : 1, code: 0 });
    }
  });

  it("goes on without extensions when SETTINGS are bogus", async () => {
    await start();
    peer.send(
      1,
      0x80,
      0,
      Buffer.concat([varintField(1, 1), varintField(2, 0xff), varintField(3, 1), varintField(4, 1)]),
    );
    await answers();
    expect(peer.frames).toHaveLength(1);
  });

  it("answers SETTINGS, and a PING afterwards", async () => {
    await start();
    peer.send(1, 0x80, 0, SETTINGS);
    expect(await peer.next()).toMatchObject({ stream: 0, type: 0x80, flags: 1 });
    peer.send(0, 0x81, 0, "0102030405060708");
    expect(await peer.next()).toMatchObject({ stream: 0, type: 0x82, body: Buffer.from("0102030405060708", "hex") });
    await answers();
  });
});

describe("streams", () => {
  it.each([0, 2])("answers 3 to stream id %i", async (stream) => {
    await start();
    for (const type of [1, 3]) {
      peer.send(stream, type, 0, requestOf("good"));
      expect(await nextStatus()).toMatchObject({ stream, code: 3 });
    }
    await answers();
  });

  it("answers 3 to a reused and a smaller id and leaves the first stream alone", async () => {
    await start();
    peer.send(3, 1, 0, requestOf("wait"));
    peer.send(3, 1, 0, requestOf("good"));
    expect(await nextStatus()).toMatchObject({ stream: 3, code: 3 });
    peer.send(1, 1, 0, requestOf("good"));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 3 });
    gate.open();
    expect(await nextStatus()).toMatchObject({ stream: 3, code: 0 });
    await answers();
  });

  it("answers 3 to Data on a unary stream, and its reply is sent all the same", async () => {
    await start();
    peer.send(1, 1, 0, requestOf("wait"));
    peer.send(1, 3, 0, "0a0178");
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 3 });
    gate.open();
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 0 });
    await answers();
  });

  it("answers 3 to Data on a stream that was never opened, and nothing to late Data", async () => {
    await start();
    peer.send(7, 3, 0, "0a0178");
    expect(await nextStatus()).toMatchObject({ stream: 7, code: 3 });
    await answers(11);
    peer.send(11, 3, 0, "0a0178");
    await answers(13);
  });

  it("answers 3 to Data after the client's end of the stream", async () => {
    await start();
    peer.send(1, 1, 1, requestOf("wait", undefined, "ServerStream"));
    peer.send(1, 3, 0, "0a0178");
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 3 });
    gate.open();
    expect(await peer.next()).toMatchObject({ stream: 1, type: 3, flags: 5 });
    await answers();
  });

  it("lets a client end its side of a stream that it opened without saying so", async () => {
    await start();
    peer.send(1, 1, 2, requestOf("wait", undefined, "ServerStream"));
    peer.send(1, 3, 5, "");
    gate.open();
    expect(await peer.next()).toMatchObject({ stream: 1, type: 3, flags: 5 });
    await answers();
  });

  it("goes by the method's description, not by the flags", async () => {
    await start();
    peer.send(1, 1, 1, requestOf("good"));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 0 });
    peer.send(3, 1, 0, requestOf("s", undefined, "ServerStream"));
    expect(await peer.next()).toMatchObject({ stream: 3, type: 3, flags: 5 });
  });

  it("answers 8 to more calls than allowed at once", async () => {
    await start({ maxStreamsPerConnection: 2 });
    peer.send(1, 1, 0, requestOf("wait"));
    peer.send(3, 1, 0, requestOf("wait"));
    peer.send(5, 1, 0, requestOf("good"));
    expect(await nextStatus()).toMatchObject({ stream: 5, code: 8 });
    gate.open();
    expect([(await nextStatus()).stream, (await nextStatus()).stream]).toEqual([1, 3]);
    await answers();
  });

  it("closes connections beyond maxConnections at once", async () => {
    await start({ maxConnections: 1 });
    await answers();
    using second = await RawPeer.connect(port);
    await second.gone();
    expect(server.stats()).toMatchObject({ connections: 1, rejected: { connections: 1 } });
  });
});

describe("requests", () => {
  it("answers 3 to an envelope that cannot be decoded", async () => {
    await start();
    peer.send(1, 1, 0, "0aff");
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 3 });
    await answers();
  });

  it.each([13, 3] as const)("answers %i to a message that cannot be decoded", async (badPayloadStatus) => {
    await start({ badPayloadStatus });
    peer.send(
      1,
      1,
      0,
      Buffer.concat([textField(1, Echo.name), textField(2, "Unary"), bytesField(3, Buffer.of(0x0a, 0x7f))]),
    );
    expect(await nextStatus()).toMatchObject({ stream: 1, code: badPayloadStatus });
    await answers();
    expect(server.stats().rejected.badPayload).toBe(1);
  });

  it.each([
    ["an empty request", Buffer.alloc(0)],
    ["an unknown service", Buffer.concat([textField(1, "no.Svc"), textField(2, "Unary")])],
    ["an unknown method", Buffer.concat([textField(1, Echo.name), textField(2, "toString")])],
    ["a method with another service's name", Buffer.concat([textField(1, "__proto__"), textField(2, "Unary")])],
  ])("answers 12 to %s", async (_, body) => {
    await start();
    await answers(1);
    peer.send(3, 1, 0, body);
    expect(await nextStatus()).toMatchObject({ stream: 3, code: 12 });
    await answers();
  });

  it("takes the last of repeated fields", async () => {
    await start();
    await answers(1);
    peer.send(3, 1, 0, Buffer.concat([requestOf("good"), textField(2, "Nope")]));
    expect(await nextStatus()).toMatchObject({ code: 12, message: "method Nope" });
  });

  it.each([
    ["more bytes than allowed", pair("k", "v".repeat(9_000)), 8],
    ["more pairs than allowed", Buffer.concat(Array.from({ length: 65 }, () => pair("k", "v"))), 8],
    ["a line feed", pair("k", "a\nb"), 3],
    ["a carriage return", pair("k\r", "a"), 3],
    ["a NUL", pair("k", "a\0"), 3],
    ["the key __proto__", pair("__proto__", "x"), 0],
  ])("answers metadata with %s", async (_, metadata, code) => {
    await start();
    peer.send(1, 1, 0, requestOf("good", metadata));
    expect(await nextStatus()).toMatchObject({ stream: 1, code });
    await answers();
  });

  it("answers 4 at once to a negative timeout, and takes a huge one", async () => {
    await start();
    peer.send(1, 1, 0, requestOf("good", Buffer.from("20ffffffffffffffffff01", "hex")));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 4 });
    peer.send(3, 1, 0, requestOf("good", Buffer.from("20ffffffffffffffff7f", "hex")));
    expect(await nextStatus()).toMatchObject({ stream: 3, code: 0 });
    peer.send(5, 1, 0, requestOf("good", Buffer.from("2000", "hex")));
    expect(await nextStatus()).toMatchObject({ stream: 5, code: 0 });
  });

  it("answers 4 when the deadline passes, aborts the handler and drops its late result", async () => {
    await start();
    peer.send(1, 1, 0, requestOf("hang", varintField(4, 30e6)));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 4 });
    await expect.poll(() => reasons).toMatchObject([{ status: 4 }]);
    await answers();
    expect(peer.frames).toHaveLength(2);
  });
});

describe("handlers", () => {
  it.each([
    ["throws an Error", "throw", 2],
    ["throws something else", "throw text", 2],
    ["throws an RpcError of status OK", "ok", 2],
    ["throws an RpcError without a status", "no number", 2],
    ["throws an RpcError with a detail that is none", "bad detail", 5],
    ["gives nothing", "nothing", 13],
    ["gives a wrong type", "wrong", 13],
    ["gives a message over the limit", "long", 8],
  ])("that %s is answered", async (_, id, code) => {
    await start();
    peer.send(1, 1, 0, requestOf(id));
    const reply = await nextStatus();
    expect(reply).toMatchObject({ stream: 1, code });
    expect(reply.message).not.toContain("secret");
    await answers();
  });

  it("of a stream that yields a wrong type is answered 13", async () => {
    await start();
    peer.send(1, 1, 1, requestOf("wrong", undefined, "ServerStream"));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 13 });
    await answers();
    await expect.poll(() => server.stats().inFlight).toBe(0);
  });

  it("of a codec that gives no bytes is answered 13", async () => {
    await start();
    const response = { encode: () => "text" as never, decode: () => ({}) };
    const unary = { name: "Unary", kind: "unary", request: EchoRequest, response } as const;
    server.add({ name: "text", methods: { unary } }, { unary: () => ({}) });
    peer.send(1, 1, 0, Buffer.concat([textField(1, "text"), textField(2, "Unary")]));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 13 });
    await answers();
  });

  it("that fails with more text than a frame takes is answered with the beginning of it", async () => {
    await start({ maxMessageBytes: 64 << 20 });
    peer.send(1, 1, 0, requestOf("long error"));
    const reply = await peer.next();
    expect(statusOf(reply)).toMatchObject({ stream: 1, code: 5, message: expect.stringMatching(/^x+$/) });
    expect(reply?.body.length).toBeLessThanOrEqual(4 << 20);
    await answers();
  });

  it("that ends a stream with more trailers than a frame takes is answered 8", async () => {
    await start({ maxMessageBytes: 64 << 20 });
    peer.send(1, 0x80, 0, SETTINGS);
    expect(await peer.next()).toMatchObject({ type: 0x80 });
    peer.send(1, 1, 1, requestOf("long trailers", undefined, "ServerStream"));
    expect(await nextStatus()).toMatchObject({ stream: 1, code: 8, message: expect.stringContaining("trailers") });
    await answers();
    expect(server.stats()).toMatchObject({ errors: 1, inFlight: 0 });
  });

  it("shows the message of an Error when asked to", async () => {
    await start({ exposeErrors: true });
    peer.send(1, 1, 0, requestOf("throw"));
    expect(await nextStatus()).toMatchObject({ code: 2, message: "a secret" });
  });
});

describe("a client that does not read", () => {
  it("is not read from any more, and is destroyed after stallTimeoutMs", async () => {
    await start({ outputHighWaterBytes: 128 << 10, stallTimeoutMs: 200 });
    peer.socket.pause();
    const data = Buffer.alloc(500_000);
    for (let i = 0; i < 400; i++)
      peer.send(
        1 + 2 * i,
        1,
        0,
        Buffer.concat([textField(1, Echo.name), textField(2, "Unary"), bytesField(3, bytesField(2, data))]),
      );
    await expect.poll(() => server.stats().rejected.stalled, { timeout: 10_000 }).toBe(1);
    expect(server.stats().calls).toBeLessThan(400);
    await expect.poll(() => server.stats().connections).toBe(0);
  });
});

/** Requests for 3 MiB each. */
const big = Array.from({ length: 12 }, (_, i) =>
  frame({ stream: 1 + 2 * i, type: 1, flags: 0, body: requestOf("big") }),
);

describe("a client that does not read for a while", () => {
  it("is given the time for its frame anew, and no more, when it is read from again", async () => {
    await start({ outputHighWaterBytes: 128 << 10, frameTimeoutMs: 50 });
    peer.socket.pause();
    const begun = frame({ stream: 99, type: 1, flags: 0, body: requestOf("good") }).subarray(0, 12);
    peer.socket.write(Buffer.concat([...big, begun]));
    await expect.poll(() => server.stats().calls).toBe(big.length);
    await sleep(150);
    expect(server.stats().rejected.frameTimeouts).toBe(0);
    peer.socket.resume();
    await peer.gone();
    expect(server.stats().rejected.frameTimeouts).toBe(1);
    expect(peer.frames).toHaveLength(big.length);
  });
});

describe("a client that reads slowly but steadily", () => {
  it.each(["TCP", "TLS"])("is not cut off, over %s", { timeout: 30_000 }, async (kind) => {
    const [cert, key] = await Promise.all(
      (["server.crt", "server.key"] as const).map((name) => readFile(tlsFile(name), "utf8")),
    );
    await start({ stallTimeoutMs: 500, ...(kind === "TLS" ? { tls: { cert, key } } : {}) });
    const socket = kind === "TLS" ? connectTls({ port, rejectUnauthorized: false }) : connectTcp(port);
    await once(socket, kind === "TLS" ? "secureConnect" : "connect");
    // Node merges the replies that wait into one write of more than 30 MB.
    socket.write(Buffer.concat(big));
    let read = 0;
    let step = 0;
    for await (const chunk of socket) {
      read += (chunk as Buffer).length;
      if (read >= 12 * (3 << 20)) break;
      if (read < step) continue;
      step += 2 << 20;
      await sleep(100);
    }
    expect(read).toBeGreaterThanOrEqual(12 * (3 << 20));
    expect(server.stats().rejected.stalled).toBe(0);
  });
});

describe("a stream to a client without windows that does not read", () => {
  it("waits, and goes on when it is read", async () => {
    let yielded = 0;
    await start({ outputHighWaterBytes: 128 << 10 });
    const endless = { name: "endless", methods: Echo.methods };
    server.add(endless, {
      ...echoHandlers,
      async *serverStream() {
        for (; yielded < 2_000; yielded++) yield { data: Buffer.alloc(10_000) };
      },
    });
    peer.socket.pause();
    peer.send(1, 1, 1, Buffer.concat([textField(1, "endless"), textField(2, "ServerStream")]));
    // The kernel's buffers take some megabytes; then it stands still.
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = yielded > 0 && yielded === before;
          before = yielded;
          return stands;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(yielded).toBeLessThan(2_000);
    peer.socket.resume();
    for (let i = 0; i < 2_000; i++) await peer.next();
    expect(await peer.next()).toMatchObject({ stream: 1, type: 3, flags: 5 });
  });
});

describe("mutated frames", () => {
  it("neither crash the server nor hang a connection", async () => {
    await start({ frameTimeoutMs: 200 });
    const whole = Buffer.concat([
      frame({
        stream: 1,
        type: 0x80,
        flags: 0,
        body: encodeSettings({
          features: 15,
          initialWindow: 65_536,
          connectionWindow: 0,
          maxStreams: 0,
          maxFrame: 65_536,
          encodings: [],
        }),
      }),
      frame({
        stream: 1,
        type: 1,
        flags: 0,
        body: requestOf("good", Buffer.concat([varintField(4, 1e9), pair("k", "v")])),
      }),
      frame({ stream: 3, type: 1, flags: 1, body: requestOf("s", undefined, "ServerStream") }),
      frame({ stream: 3, type: 0x83, flags: 0, body: Buffer.from("00000001", "hex") }),
      frame({ stream: 0, type: 0x84, flags: 0, body: Buffer.from("00000001", "hex") }),
    ]);
    const random = new Random(42);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole);
      for (let i = random.below(4); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
      using victim = await RawPeer.connect(port);
      victim.socket.end(bytes);
      await victim.gone();
    }
    await expect.poll(() => server.stats()).toMatchObject({ connections: 1, inFlight: 0 });
    await answers();
  });
});
