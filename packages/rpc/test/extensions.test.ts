/** What both ends have agreed on: SETTINGS, windows, long messages in pieces, compression; against raw peers and our own. */
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type Handlers, type Server, type ServerOptions, Status, createClient, createServer } from "../src/index.ts";
import { bytesField, textField, varintField } from "../src/wire/fields.ts";
import { ResponseEnvelope } from "../src/wire/response.ts";
import { FEATURES, Feature, decodeSettings, encodeSettings } from "../src/wire/settings.ts";
import { Echo, EchoRequest, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";
import { type Frame, RawPeer, RawServer } from "./raw-peer.ts";

let server: Server;
let peer: RawPeer;
let gate = new Gate();

const SETTINGS = {
  features: FEATURES,
  initialWindow: 65_536,
  maxFrame: 65_536,
  connectionWindow: 0,
  maxStreams: 0,
  encodings: ["gzip", "deflate", "br"] as const,
};

async function start(options: ServerOptions = {}, handlers: Partial<Handlers<typeof Echo.methods>> = {}) {
  gate = new Gate();
  server = createServer(options).add(Echo, {
    ...echoHandlers,
    async clientStream(requests) {
      await gate.opened;
      return echoHandlers.clientStream(requests, undefined as never);
    },
    ...handlers,
  });
  const { port } = await server.listen();
  peer = await RawPeer.connect(port);
}

/** Speaks extensions from here on. */
async function agree(settings: Partial<typeof SETTINGS> = {}) {
  peer.send(1, 0x80, 0, encodeSettings({ ...SETTINGS, ...settings }));
  const answer = await peer.next();
  expect(answer).toMatchObject({ stream: 0, type: 0x80, flags: 1 });
  return answer === undefined ? undefined : decodeSettings(answer.body, 0, answer.body.length);
}

afterEach(async () => {
  gate.open();
  peer?.[Symbol.dispose]();
  await server?.close({ timeoutMs: 0 });
});

const message = (id: string, data = Buffer.alloc(0)) =>
  Buffer.from(EchoRequest.encode({ id, data, seq: 0n, count: 0, delayMs: 0, failCode: 0 }));

function requestOf(method: string, payload: Uint8Array | undefined, ...extras: Uint8Array[]): Buffer {
  const parts = [textField(1, Echo.name), textField(2, method)];
  if (payload !== undefined) parts.push(bytesField(3, payload));
  return Buffer.concat([...parts, ...extras]);
}

const flow = varintField(17, 1);

function responseOf(frame: Frame | undefined) {
  if (frame === undefined) throw new Error("the connection is closed");
  expect(frame.type).toBe(2);
  const envelope = new ResponseEnvelope();
  expect(envelope.read(frame.body, 0, frame.body.length)).toBe(true);
  return {
    stream: frame.stream,
    code: envelope.status?.code ?? 0,
    message: envelope.status?.message ?? "",
    payload: frame.body.subarray(envelope.payloadStart, envelope.payloadEnd),
  };
}

async function answers(stream = 9_001): Promise<void> {
  peer.send(stream, 1, 0, requestOf("Unary", message("good")));
  for (;;) {
    const frame = await peer.next();
    if (frame?.type !== 2 || frame.stream !== stream) {
      if (frame === undefined) throw new Error("the connection is closed");
      continue;
    }
    expect(responseOf(frame)).toMatchObject({ code: 0 });
    return;
  }
}

describe("streams of a plain client", () => {
  it("end with 3 for Data after half-close, on even and unknown ids; late Data is dropped", async () => {
    await start();
    peer.send(1, 1, 6, requestOf("ClientStream", undefined));
    peer.send(1, 3, 5);
    peer.send(1, 3, 0, message("late"));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 3 });
    peer.send(2, 3, 0, message("even"));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 2, code: 3 });
    peer.send(7, 3, 0, message("unknown"));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 7, code: 3 });
    gate.open();
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 0 });
    peer.send(1, 3, 0, message("after the end"));
    await answers();
  });

  it("take Data that closes and has a body as the last message", async () => {
    await start();
    gate.open();
    peer.send(1, 1, 6, requestOf("ClientStream", undefined));
    peer.send(1, 3, 0, message("a"));
    peer.send(1, 3, 1, message("b"));
    const { payload } = responseOf(await peer.next());
    expect(payload.toString("hex")).toBe(Buffer.concat([textField(1, "b"), varintField(3, 2)]).toString("hex"));
  });

  it("take a unary frame for a stream method as one message, and the reverse", async () => {
    await start();
    gate.open();
    peer.send(1, 1, 0, requestOf("ClientStream", message("only")));
    const { payload } = responseOf(await peer.next());
    expect(payload.toString("hex")).toBe(Buffer.concat([textField(1, "only"), varintField(3, 1)]).toString("hex"));
    peer.send(3, 1, 6, requestOf("Unary", message("x")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 0 });
  });

  it("are bounded: beyond 256 KiB unread the one stream ends with 8, others go on", async () => {
    await start({ streamBufferBytes: 65_536 });
    peer.send(1, 1, 6, requestOf("ClientStream", undefined));
    peer.send(3, 1, 6, requestOf("ClientStream", undefined));
    peer.send(3, 3, 5);
    for (let i = 0; i < 5; i++) peer.send(1, 3, 0, message("x", Buffer.alloc(30_000)));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 8 });
    expect(server.stats().rejected.unread).toBe(1);
    gate.open();
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 0 });
    await answers();
  });

  it("are bounded in count: empty messages, too", async () => {
    await start();
    peer.send(1, 1, 6, requestOf("ClientStream", undefined));
    for (let i = 0; i < 70_000; i++) peer.send(1, 3, 0);
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 8 });
    await answers();
  });

  it("take the flags of extensions for none", async () => {
    await start();
    gate.open();
    peer.send(1, 1, 0x30, requestOf("Unary", message("x")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 0 });
    peer.send(3, 1, 6, requestOf("ClientStream", undefined));
    peer.send(3, 3, 0x30, message("a"));
    peer.send(3, 3, 5);
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 0 });
  });

  it("fail with the status for bad payloads when a message cannot be decoded", async () => {
    await start({ badPayloadStatus: 3 });
    gate.open();
    peer.send(1, 1, 6, requestOf("ClientStream", undefined));
    peer.send(1, 3, 0, "0aff");
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 3 });
    await answers();
    expect(server.stats().rejected.badPayload).toBe(1);
  });
});

describe("windows", () => {
  it("are told in the answer, and given back at half", async () => {
    await start({ initialWindowBytes: 100_000, connectionWindowBytes: 400_000 });
    gate.open();
    expect(await agree()).toMatchObject({ initialWindow: 100_000, connectionWindow: 400_000, maxFrame: 65_536 });
    peer.send(1, 1, 6, requestOf("ClientStream", undefined, flow));
    const body = message("x", Buffer.alloc(20_000));
    for (let i = 0; i < 3; i++) peer.send(1, 3, 0, body);
    const frame = await peer.next();
    expect(frame).toMatchObject({ stream: 1, type: 0x84 });
    expect(frame?.body.readUInt32BE(0)).toBe(3 * body.length);
    for (let i = 0; i < 8; i++) peer.send(1, 3, 0, body);
    const frames = [await peer.next(), await peer.next(), await peer.next()];
    const connection = frames.find((each) => each?.stream === 0);
    expect(connection?.body.readUInt32BE(0)).toBeGreaterThanOrEqual(200_000);
    peer.send(1, 3, 5);
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 0 });
  });

  it("that overflow end the connection, after GOAWAY", async () => {
    await start({ initialWindowBytes: 65_536 });
    await agree();
    peer.send(1, 1, 6, requestOf("ClientStream", undefined, flow));
    for (let i = 0; i < 3; i++) peer.send(1, 3, 0, message("x", Buffer.alloc(30_000)));
    expect(await peer.next()).toMatchObject({ type: 0x85 });
    await peer.gone();
    gate.open();
    await expect.poll(() => server.stats()).toMatchObject({ inFlight: 0, rejected: { overflow: 1 } });
  });

  it("of a stream that ends go back to the connection", async () => {
    await start(
      { initialWindowBytes: 65_536, connectionWindowBytes: 131_072 },
      {
        async clientStream() {
          return { id: "at once" };
        },
      },
    );
    await agree();
    // Four streams fill the connection's window, and none of them is read.
    for (let stream = 1; stream < 40; stream += 2) {
      peer.send(stream, 1, 6, requestOf("ClientStream", undefined, flow));
      peer.send(stream, 3, 0, message("x", Buffer.alloc(40_000)));
    }
    await answers();
    const given = peer.frames.filter(({ type, stream }) => type === 0x84 && stream === 0);
    expect(given.reduce((sum, { body }) => sum + body.readUInt32BE(0), 0)).toBeGreaterThan(600_000);
    expect(server.stats().rejected.overflow).toBe(0);
  });

  it("of the client hold the server back, to the byte", async () => {
    await start();
    await agree({ initialWindow: 65_536, maxFrame: 16_384 });
    peer.send(1, 1, 6, requestOf("Bidi", undefined, flow));
    const body = message("x", Buffer.alloc(50_000));
    for (let i = 0; i < 3; i++) {
      peer.send(1, 3, 0x20, body.subarray(0, 30_000));
      peer.send(1, 3, 0, body.subarray(30_000));
    }
    const got = { bytes: 0 };
    const take = async () => {
      const frame = await peer.next();
      if (frame?.type !== 3) return;
      expect(frame.body.length).toBeLessThanOrEqual(16_384);
      got.bytes += frame.body.length;
    };
    while (got.bytes < 65_536 - 16_384) await take();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const sent = peer.frames.filter(({ type }) => type === 3).reduce((sum, frame) => sum + frame.body.length, 0);
    expect(sent).toBeLessThanOrEqual(65_536);
    const more = Buffer.alloc(4);
    more.writeUInt32BE(1 << 20);
    peer.send(1, 0x84, 0, more);
    while (got.bytes < 3 * body.length) await take();
    expect(got.bytes).toBe(3 * body.length);
  });
});

describe("CANCEL", () => {
  it("without a status says CANCELLED", async () => {
    const reasons: unknown[] = [];
    const hang = async (_: unknown, { signal }: { signal: AbortSignal }) => {
      reasons.push(await aborted(signal));
      return {};
    };
    await start({}, { unary: hang });
    await agree();
    peer.send(1, 1, 0, requestOf("Unary", message("x")));
    await expect.poll(() => server.stats().inFlight).toBe(1);
    peer.send(1, 0x83, 0, Buffer.concat([Buffer.alloc(4), Buffer.from("enough")]));
    await expect.poll(() => reasons).toMatchObject([{ status: Status.Cancelled, message: "enough" }]);
    expect(server.stats().cancelled).toBe(1);
  });
});

describe("long messages", () => {
  it("come in pieces, other streams' frames between them", async () => {
    await start();
    await agree();
    const data = Buffer.alloc(100_000, 7);
    const whole = requestOf("Unary", message("long", data));
    peer.send(1, 1, 0x20, whole.subarray(0, 60_000));
    peer.send(3, 1, 0, requestOf("Unary", message("short")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 0 });
    peer.send(1, 1, 0, whole.subarray(60_000));
    const pieces: Frame[] = [];
    do pieces.push((await peer.next()) as Frame);
    while (((pieces.at(-1)?.flags ?? 0) & 0x20) !== 0);
    expect(pieces.length).toBe(2);
    const reply = responseOf({ ...(pieces[0] as Frame), body: Buffer.concat(pieces.map(({ body }) => body)) });
    expect(reply.payload.includes(data)).toBe(true);
  });

  it("over the limit get 8 once, and the connection lives", async () => {
    await start({ maxMessageBytes: 100_000 });
    await agree();
    for (let i = 0; i < 5; i++) peer.send(1, 1, 0x20, Buffer.alloc(60_000));
    peer.send(1, 1, 0, Buffer.alloc(10));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 8 });
    peer.send(3, 1, 6, requestOf("Bidi", undefined, flow));
    for (let i = 0; i < 2; i++) peer.send(3, 3, 0x20, Buffer.alloc(60_000));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 8 });
    peer.send(3, 3, 0, Buffer.alloc(60_000));
    await answers();
    expect(peer.frames.filter(({ type }) => type === 2)).toHaveLength(3);
  });

  it("whose first piece is refused are answered once, and keep nothing away from others", async () => {
    await start({ maxStreamsPerConnection: 2 });
    await agree();
    const pieces = (stream: number) => {
      for (let i = 0; i < 3; i++) peer.send(stream, 1, 0x20, Buffer.alloc(10));
    };
    const refused = async () => {
      const { stream, code } = responseOf(await peer.next());
      return [stream, code];
    };
    // An even id, then a smaller one than before.
    pieces(2);
    expect(await refused()).toEqual([2, 3]);
    peer.send(2, 1, 0, Buffer.alloc(10));
    await answers(5);
    pieces(3);
    expect(await refused()).toEqual([3, 3]);
    await answers(7);
    peer.send(3, 1, 0, Buffer.alloc(10));
    // The id of a request that has been dropped whole is as wrong as before.
    peer.send(3, 1, 0, Buffer.alloc(10));
    expect(await refused()).toEqual([3, 3]);
    // Whose last piece never comes: the oldest are forgotten.
    for (let stream = 2; stream <= 2_002; stream += 2) {
      pieces(stream);
      expect(await refused()).toEqual([stream, 3]);
    }
    peer.send(2, 1, 0x20, Buffer.alloc(10));
    expect(await refused()).toEqual([2, 3]);
    const whole = requestOf("Unary", message("long", Buffer.alloc(1_000)));
    peer.send(9, 1, 0x20, whole.subarray(0, 500));
    peer.send(9, 1, 0, whole.subarray(500));
    expect(await refused()).toEqual([9, 0]);
  });

  it("end with CANCEL, and are bounded together", async () => {
    await start({ maxMessageBytes: 4 << 20 });
    await agree();
    const piece = Buffer.alloc(65_536);
    peer.send(1, 1, 0x20, piece);
    peer.send(1, 0x83, 0, "00000001");
    // 20 MiB of unfinished requests are kept, whatever each of them may have.
    let stream = 3;
    for (let sent = 0; sent < 24 << 20; sent += 2 << 20, stream += 2)
      for (let i = 0; i < 32; i++) peer.send(stream, 1, 0x20, piece);
    expect(responseOf(await peer.next())).toMatchObject({ code: 8 });
    await answers();
  });

  it("over 4 MiB travel between our own ends, whole and in every kind of call", { timeout: 20_000 }, async () => {
    const limit = { maxMessageBytes: 16 << 20 };
    await start(limit, echoHandlers);
    const { port } = await server.listen();
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, ...limit });
    const data = Buffer.alloc(10 << 20, 3);
    const call = client.bidi();
    // The first call, before the server has said what it speaks.
    await call.send({ data });
    call.end();
    const replies: number[] = [];
    for await (const reply of call) replies.push(Buffer.compare(reply.data, data));
    expect(replies).toEqual([0]);
    const [big, small] = await Promise.all([client.unary({ data }), client.unary({ id: "small" })]);
    expect(Buffer.compare(big.data, data)).toBe(0);
    expect(small.id).toBe("small");
  });

  it("over 4 MiB fail with 8 to a plain server, and nothing of them is written", async () => {
    await using raw = await RawServer.listen(() => {});
    await using client = createClient(Echo, { target: raw.target, maxMessageBytes: 16 << 20 });
    const error = await client.unary({ data: Buffer.alloc(5 << 20) }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: Status.ResourceExhausted });
    const call = client.clientStream();
    const sent = call.send({ data: Buffer.alloc(5 << 20) }).catch((reason: unknown) => reason);
    expect(await sent).toMatchObject({ status: Status.ResourceExhausted });
    call.cancel();
    await using plain = createClient(Echo, { target: raw.target, maxMessageBytes: 16 << 20, extensions: false });
    const other = await plain.unary({ data: Buffer.alloc(5 << 20) }).catch((reason: unknown) => reason);
    expect(other).toMatchObject({ status: Status.ResourceExhausted });
    for (const { frames } of raw.peers) for (const frame of frames) expect(frame.body.length).toBeLessThan(100);
  });

  it("have limits by service and method, on both sides", async () => {
    server = createServer().add(Echo, echoHandlers, {
      maxMessageBytes: 200_000,
      methods: { unary: { maxMessageBytes: 100_000 } },
    });
    const { port } = await server.listen();
    const target = `tcp://127.0.0.1:${port}`;
    await using client = createClient(Echo, { target });
    const data = Buffer.alloc(150_000);
    expect(await client.unary({ data }).catch((reason: unknown) => reason)).toMatchObject({ status: 8 });
    const call = client.bidi();
    await call.send({ data });
    expect((await call.next()).value?.data.length).toBe(150_000);
    await call.send({ data: Buffer.alloc(250_000) });
    expect(await call.status).toMatchObject({ status: 8 });
    await using narrow = createClient(Echo, {
      target,
      methods: { [`${Echo.name}/Unary`]: { maxMessageBytes: 2_000 } },
    });
    expect(await narrow.unary({ data }).catch((reason: unknown) => reason)).toMatchObject({ status: 8 });
    expect((await narrow.unary({ id: "x" })).id).toBe("x");
    expect(() => server.add({ ...Echo, name: "a.B" }, echoHandlers, { methods: { nope: {} } as never })).toThrow(
      /nope/,
    );
  });
});

describe("compression", () => {
  it.each(["gzip", "deflate", "br"] as const)("by %s, both ways and in every kind of call", async (encoding) => {
    await start({ compression: { encoding: "gzip" } }, echoHandlers);
    const { port } = await server.listen();
    const options = { target: `tcp://127.0.0.1:${port}`, compression: { encoding, minBytes: 100 } };
    await using client = createClient(Echo, options);
    const data = Buffer.alloc(1_000_000, 5);
    // The first call goes out before the server has said what it can read.
    for (let i = 0; i < 2; i++) expect(Buffer.compare((await client.unary({ data })).data, data)).toBe(0);
    const call = client.bidi();
    for (const id of ["short", "long"]) await call.send({ id, data: id === "long" ? data : Buffer.alloc(1) });
    call.end();
    const got: number[] = [];
    for await (const reply of call) got.push(reply.data.length);
    expect(got).toEqual([1, 1_000_000]);
    const upload = client.clientStream();
    await upload.send({ id: "x", data });
    gate.open();
    expect(await upload.end()).toMatchObject({ id: "x" });
  });

  it("is only used where it was agreed on, and makes long messages short on the wire", async () => {
    await using raw = await RawServer.listen((each) => {
      void (async () => {
        const first = await each.next();
        expect(first).toMatchObject({ type: 0x80, stream: 1 });
        each.send(0, 0x80, 1, encodeSettings({ ...SETTINGS, encodings: ["gzip"] }));
        for (;;) {
          const frame = await each.next();
          if (frame === undefined) return;
          if (frame.type === 1) each.send(frame.stream, 2, 0, "");
        }
      })();
    });
    for (const [encoding, short] of [
      ["gzip", true],
      ["br", false],
    ] as const) {
      await using client = createClient(Echo, { target: raw.target, compression: { encoding } });
      await client.unary({});
      await client.unary({ data: Buffer.alloc(50_000) });
      const requests = raw.peers.at(-1)?.frames.filter(({ type }) => type === 1) ?? [];
      expect((requests.at(-1)?.body.length ?? 0) < 1_000).toBe(short);
      expect((requests.at(-1)?.flags ?? 0) & 0x10).toBe(short ? 0x10 : 0);
    }
  });

  it("that bombs stops at the limit: 8 on that stream", async () => {
    await start({ maxMessageBytes: 1 << 20 }, echoHandlers);
    await agree();
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    peer.send(1, 1, 0x10, requestOf("Unary", bomb, textField(16, "gzip")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 1, code: 8 });
    peer.send(3, 1, 6, requestOf("Bidi", undefined, textField(16, "deflate"), flow));
    peer.send(3, 3, 0x10, deflateSync(Buffer.alloc(64 << 20)));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 3, code: 8 });
    peer.send(5, 1, 0x10, requestOf("Unary", Buffer.from("no gzip"), textField(16, "gzip")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 5, code: 13 });
    peer.send(7, 1, 0, requestOf("Unary", message("x"), textField(16, "snappy")));
    expect(responseOf(await peer.next())).toMatchObject({ stream: 7, code: 12 });
    await answers();
  });
});

describe.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("a client with extensions %s and a server with %s", (ours, theirs) => {
  it("make calls of all kinds", async () => {
    await start({ extensions: theirs }, echoHandlers);
    const { port } = await server.listen();
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, extensions: ours });
    const data = Buffer.alloc(200_000, 1);
    for (let round = 0; round < 2; round++) {
      expect((await client.unary({ data })).data.length).toBe(200_000);
      const got: unknown[] = [];
      for await (const { seq } of client.serverStream({ count: 3 })) got.push(seq);
      expect(got).toEqual([0n, 1n, 2n]);
      const upload = client.clientStream();
      for (let i = 0; i < 5; i++) await upload.send({ data });
      expect((await upload.end()).seq).toBe(5n);
      const talk = client.bidi();
      for (let i = 0; i < 5; i++) {
        await talk.send({ data });
        expect((await talk.next()).value?.data.length).toBe(200_000);
      }
      talk.end();
      expect(await talk.next()).toEqual({ done: true, value: undefined });
    }
    const caller = new AbortController();
    const cut = client.bidi({ signal: caller.signal });
    await cut.send({});
    caller.abort(new Error("gone"));
    await expect(cut.status).resolves.toMatchObject({ status: Status.Cancelled });
    await expect.poll(() => server.stats().inFlight).toBe(0);
  });
});

describe("a client that waits for the server's word", () => {
  it("sends no more than 64 KiB of a stream until then", async () => {
    await using raw = await RawServer.listen(() => {});
    await using client = createClient(Echo, { target: raw.target });
    const call = client.clientStream();
    for (let i = 0; i < 10; i++) void call.send({ data: Buffer.alloc(20_000) });
    await expect.poll(() => raw.peers[0]?.frames.length ?? 0).toBeGreaterThan(3);
    const data = () => raw.peers[0]?.frames.filter(({ type }) => type === 3) ?? [];
    expect(data().reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(65_536);
    // Then it is taken for a plain one.
    await expect.poll(() => data().length).toBe(10);
    call.cancel();
    await expect.poll(() => data().at(-1)).toMatchObject({ flags: 5 });
  });

  it("gives the connection's window back for messages that are too long to keep", async () => {
    await using raw = await RawServer.listen((each) => {
      void (async () => {
        await each.next();
        each.send(0, 0x80, 1, encodeSettings(SETTINGS));
        for (let request = await each.next(); request !== undefined; request = await each.next())
          if (request.type === 1) each.send(request.stream, 3, 0, Buffer.alloc(40_000));
      })();
    });
    const options = { maxMessageBytes: 1_024, initialWindowBytes: 65_536, connectionWindowBytes: 65_536 };
    await using client = createClient(Echo, { target: raw.target, ...options });
    for (let i = 0; i < 4; i++)
      await expect(client.serverStream({}).next()).rejects.toMatchObject({ status: Status.ResourceExhausted });
    const windows = () => raw.peers[0]?.frames.filter(({ type }) => type === 0x84) ?? [];
    await expect.poll(() => windows().reduce((sum, { body }) => sum + body.readUInt32BE(0), 0)).toBe(160_000);
    expect(windows().every(({ stream }) => stream === 0)).toBe(true);
  });

  it("has no more calls in work than the server takes: others wait, and none is refused", async () => {
    let most = 0;
    let running = 0;
    await start(
      { maxStreamsPerConnection: 5 },
      {
        async unary({ id }) {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          return { id };
        },
      },
    );
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${peer.socket.remotePort}` });
    await client.unary({});
    const gaveUp = new AbortController();
    const calls = Array.from({ length: 100 }, (_, i) => client.unary({ id: `${i}` }));
    const left = client.unary({}, { signal: gaveUp.signal });
    const late = client.unary({}, { timeoutMs: 60_000 });
    gaveUp.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    for (const [i, call] of calls.entries()) expect((await call).id).toBe(`${i}`);
    await late;
    expect(most).toBe(5);
    expect(client.stats()).toMatchObject({ inFlight: 0, calls: 103, errors: 1, retries: 0 });
  });

  it("counts what comes for calls that are over", async () => {
    await using raw = await RawServer.listen((each) => {
      void (async () => {
        for (;;) {
          const frame = await each.next();
          if (frame === undefined) return;
          if (frame.type !== 1) continue;
          each.send(77, 2, 0, "");
          each.send(79, 3, 0, "0a0178");
          each.send(frame.stream, 2, 0, "");
        }
      })();
    });
    await using client = createClient(Echo, { target: raw.target });
    await client.unary({});
    expect(client.stats()).toMatchObject({ stray: 2, errors: 0 });
  });

  it("keeps its calls when the answer is bogus", async () => {
    await using raw = await RawServer.listen((each) => {
      void (async () => {
        await each.next();
        each.send(0, 0x80, 1, "ff");
        const request = await each.next();
        if (request !== undefined) each.send(request.stream, 2, 0, "");
      })();
    });
    await using client = createClient(Echo, { target: raw.target });
    expect((await client.unary({})).id).toBe("");
  });

  it("speaks the features that both have", async () => {
    const features = FEATURES & ~Feature.more & ~Feature.cancel;
    await start();
    const answer = await agree({ features });
    expect(answer?.features).toBe(FEATURES);
    // Without MORE a message may overshoot a window.
    peer.send(1, 1, 6, requestOf("Bidi", undefined, flow));
    peer.send(1, 3, 0, message("x", Buffer.alloc(500_000)));
    const reply = await peer.next();
    expect(reply).toMatchObject({ stream: 1, type: 0x84 });
    const data = await peer.next();
    expect(data).toMatchObject({ type: 3, flags: 0 });
    expect(data?.body.length).toBeGreaterThan(500_000);
  });
});
