/** What random runs have found once, as small as it gets. */
import { expect, it } from "vitest";
import { Status, createClient, createServer } from "../../src/index.ts";
import { bytesField, textField, varintField } from "../../src/wire/fields.ts";
import { ResponseEnvelope } from "../../src/wire/response.ts";
import { MessageCodec } from "../../src/wire/message-codec.ts";
import { MessageSender, type SendStream } from "../../src/wire/message-sender.ts";
import { Output } from "../../src/wire/output.ts";
import { FEATURES, encodeSettings } from "../../src/wire/settings.ts";
import { Echo, EchoRequest, echoHandlers } from "../echo-service.ts";
import { MemorySocket } from "../fuzz/memory-socket.ts";
import { RawPeer, RawServer } from "../raw-peer.ts";

const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };
const message = EchoRequest.encode({ id: "x", data: new Uint8Array(0), seq: 0n, count: 0, delayMs: 0, failCode: 0 });
const request = Buffer.concat([textField(1, Echo.name), textField(2, "Unary"), bytesField(3, message)]);
const RAW = new MessageCodec({ encode: (bytes) => bytes as Uint8Array, decode: (bytes) => bytes });
const fail = (error: Error): never => {
  throw error;
};

it("a request in pieces that a frame over the limit has ended starts no call with its last piece", async () => {
  await using server = createServer({ maxMessageBytes: 1_024 }).add(Echo, echoHandlers);
  const { port } = await server.listen();
  using peer = await RawPeer.connect(port);
  peer.send(1, 0x80, 0, encodeSettings({ ...SETTINGS, features: FEATURES }));
  expect(await peer.next()).toMatchObject({ type: 0x80 });
  peer.send(1, 1, 0x20, request.subarray(0, 10));
  peer.send(1, 1, 0x20, Buffer.alloc(2_000));
  peer.send(1, 1, 0, request.subarray(10));
  peer.send(3, 1, 0, Buffer.concat([request, varintField(4, 60e9)]));
  const codes: [number, number][] = [];
  for (let stream = 0; stream !== 3; ) {
    const reply = await peer.next();
    const envelope = new ResponseEnvelope();
    if (reply === undefined || !envelope.read(reply.body, 0, reply.body.length)) throw new Error("no response");
    stream = reply.stream;
    codes.push([stream, envelope.status?.code ?? 0]);
  }
  expect(codes).toEqual([
    [1, 8],
    [1, 3],
    [3, 0],
  ]);
  expect(server.stats().calls).toBe(1);
});

it("a stream's last message that cannot be decoded ends the call once", async () => {
  await using server = await RawServer.listen((peer) => {
    void (async () => {
      for (let got = await peer.next(); got?.type !== 1; ) got = await peer.next();
      peer.send(1, 3, 1, "0aff");
    })();
  });
  await using client = createClient(Echo, { target: server.target });
  await expect(client.serverStream({}).next()).rejects.toMatchObject({ status: Status.Internal });
  expect(client.stats()).toMatchObject({ inFlight: 0, calls: 1, errors: 1 });
});

it("a stream that sends its next message as soon as it may disturbs no other's: no empty frame comes between", async () => {
  const socket = new MemorySocket();
  const output = new Output(socket, () => {
    sender.pump();
    for (const stream of streams) stream.wake();
  });
  const sender = new MessageSender(output, 1 << 24, true);
  sender.peerIs({ maxFrame: 16_384, initialWindow: 65_536, connectionWindow: Infinity });
  class Sending implements SendStream {
    readonly id: number;
    sendWindow = 65_536;
    sending = false;
    left = 5;

    constructor(id: number) {
      this.id = id;
    }

    wake(): void {
      if (this.left === 0 || !sender.maySend(this)) return;
      this.left -= 1;
      sender.sendData(this, RAW, Buffer.alloc(100_000, this.id), 1 << 20, undefined, fail);
    }
  }
  const streams = [1, 3, 5].map((id) => new Sending(id));
  for (const stream of streams) stream.wake();
  for (const stream of streams) stream.sendWindow += 1 << 24;
  sender.pump();
  await expect.poll(() => socket.frames.reduce((sum, { body }) => sum + body.length, 0)).toBe(15 * 100_000);
  expect(sender.empty).toBe(true);
  expect(socket.frames.filter(({ body }) => body.length === 0)).toEqual([]);
  const ends = socket.frames.filter(({ flags }) => (flags & 0x20) === 0);
  expect(ends).toHaveLength(15);
});

it("a long message to a peer that takes all at once leaves the event loop its turn", async () => {
  const bytes = 4 << 20;
  const socket = new MemorySocket();
  const sender: MessageSender = new MessageSender(new Output(socket, () => sender.pump()), 1 << 30, true);
  sender.peerIs({ maxFrame: 16_384, initialWindow: 65_536, connectionWindow: Infinity });
  const sent = () => socket.frames.reduce((sum, { body }) => sum + body.length, 0);
  const stream: SendStream = { id: 1, sendWindow: bytes, sending: false, wake: () => {} };
  sender.sendData(stream, RAW, Buffer.alloc(bytes), bytes, undefined, fail);
  const turns = [sent()];
  while (sent() < bytes) {
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(sent());
  }
  const steps = turns.map((total, i) => total - (turns[i - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(512 << 10);
});
