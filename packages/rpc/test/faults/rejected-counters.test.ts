/** Every counter of `stats().rejected` is raised by what it is for, and by nothing else of it. */
import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { tlsFile } from "../../../../tools/tls-files.ts";
import { type RejectedCounts, type Server, type ServerOptions, createServer } from "../../src/index.ts";
import { bytesField, textField, varintField } from "../../src/wire/fields.ts";
import { FEATURES, encodeSettings } from "../../src/wire/settings.ts";
import { Echo, EchoRequest } from "../echo-service.ts";
import { aborted } from "../gate.ts";
import { RawPeer } from "../raw-peer.ts";
import { faultyHandlers } from "./random-calls.ts";

const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };
const EXTENDED = encodeSettings({ ...SETTINGS, features: FEATURES });

function message(id: string, dataBytes = 0): Uint8Array {
  return EchoRequest.encode({ id, data: Buffer.alloc(dataBytes), seq: 0n, count: 0, delayMs: 0, failCode: 0 });
}

function request(id: string, method = "Unary", ...rest: Uint8Array[]): Buffer {
  return Buffer.concat([textField(1, Echo.name), textField(2, method), bytesField(3, message(id)), ...rest]);
}

const opening = Buffer.concat([textField(1, Echo.name), textField(2, "ClientStream")]);

interface Case {
  readonly options?: ServerOptions;
  readonly input: (peer: RawPeer, server: Server, port: number) => void | Promise<void>;
}

const cases: Record<keyof RejectedCounts, Case> = {
  tooLong: { options: { maxMessageBytes: 1_024 }, input: (peer) => peer.send(1, 1, 0, Buffer.alloc(1_025)) },
  garbage: { input: (peer) => void peer.socket.write("GET / HTTP/1.1\r\n\r\n") },
  badStream: { input: (peer) => peer.send(2, 1, 0, request("x")) },
  badRequest: { input: (peer) => peer.send(1, 1, 0, "0aff") },
  badPayload: {
    input: (peer) =>
      peer.send(
        1,
        1,
        0,
        Buffer.concat([textField(1, Echo.name), textField(2, "Unary"), bytesField(3, Buffer.of(255))]),
      ),
  },
  unimplemented: { input: (peer) => peer.send(1, 1, 0, request("x", "Nope")) },
  late: { input: (peer) => peer.send(1, 1, 0, request("x", "Unary", Buffer.from("20ffffffffffffffffff01", "hex"))) },
  metadata: {
    options: { maxMetadataPairs: 0 },
    input: (peer) => peer.send(1, 1, 0, request("x", "Unary", bytesField(5, textField(1, "k")))),
  },
  streams: {
    options: { maxStreamsPerConnection: 1 },
    input(peer) {
      peer.send(1, 1, 0, request("hang"));
      peer.send(3, 1, 0, request("x"));
    },
  },
  connections: {
    options: { maxConnections: 1 },
    async input(_, __, port) {
      using second = await RawPeer.connect(port);
      await second.gone();
    },
  },
  frameTimeouts: { options: { frameTimeoutMs: 20 }, input: (peer) => void peer.socket.write(Buffer.alloc(5)) },
  stalled: {
    options: { keepalive: { intervalMs: 1_000, timeoutMs: 100 } },
    // It speaks PING, and does not answer one while it waits for a reply.
    input(peer) {
      peer.send(1, 0x80, 0, EXTENDED);
      peer.send(1, 1, 0, request("hang"));
    },
  },
  notProcessed: {
    async input(peer, server) {
      peer.send(1, 0x80, 0, EXTENDED);
      await peer.next();
      server.goAway();
      peer.send(1, 1, 0, request("x"));
    },
  },
  unread: {
    options: { streamBufferBytes: 65_536 },
    input(peer) {
      peer.send(1, 1, 6, opening);
      for (let i = 0; i < 4; i++) peer.send(1, 3, 0, message("x", 40_000));
    },
  },
  overflow: {
    options: { initialWindowBytes: 65_536 },
    input(peer) {
      peer.send(1, 0x80, 0, EXTENDED);
      peer.send(1, 1, 6, Buffer.concat([opening, varintField(17, 1)]));
      for (let i = 0; i < 4; i++) peer.send(1, 3, 0, message("x", 40_000));
    },
  },
  handshakes: {
    options: { tls: { cert: readFileSync(tlsFile("server.crt")), key: readFileSync(tlsFile("server.key")) } },
    input: (peer) => void peer.socket.write("this is no ClientHello"),
  },
};

let server: Server | undefined;
afterEach(() => server?.close({ timeoutMs: 0 }));

it.each(Object.entries(cases))("%s", async (name, { options, input }) => {
  server = createServer(options).add(Echo, {
    ...faultyHandlers,
    async clientStream(_, { signal }) {
      throw await aborted(signal);
    },
  });
  const { port } = await server.listen();
  using peer = await RawPeer.connect(port);
  await input(peer, server, port);
  await expect.poll(() => server?.stats().rejected[name as keyof RejectedCounts], { timeout: 5_000 }).toBe(1);
  const others = { ...server.stats().rejected, [name]: 0 };
  expect(Object.values(others)).toEqual(Object.values(others).map(() => 0));
  expect(new Set(Object.keys(others))).toEqual(new Set(Object.keys(cases)));
});
