/** What a client survives of what a server sends, and of what codecs give it. */
import { describe, expect, it } from "vitest";
import { RpcChannel } from "../src/client/channel.ts";
import { Status, createClient } from "../src/index.ts";
import { encodeSettings } from "../src/wire/settings.ts";
import { Echo, EchoRequest } from "./echo-service.ts";
import { MemorySocket } from "./fuzz/memory-socket.ts";
import { RawServer, frame } from "./raw-peer.ts";

const ONE = {
  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }) {
    yield [{ id: "one", host: "", port: 0 }];
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  },
};

/** The other end takes nothing. */
class StuckSocket extends MemorySocket {
  override _write(): void {}
}

describe("PINGs of a server that does not read", () => {
  it("are answered no longer once a MiB of output waits", async () => {
    const socket = new StuckSocket();
    const channel = new RpcChannel({ target: ONE }, (_endpoint, opened) => {
      process.nextTick(opened);
      return socket;
    });
    const client = createClient(Echo, channel);
    await client.ready();
    const settings = encodeSettings({
      features: 0xff,
      initialWindow: 65_536,
      connectionWindow: 0,
      maxStreams: 0,
      maxFrame: 65_536,
      encodings: [],
    });
    socket.feed(frame({ stream: 0, type: 0x80, flags: 1, body: settings }));
    const pings = Buffer.concat(Array(1_000).fill(frame({ stream: 0, type: 0x81, flags: 0, body: Buffer.alloc(8) })));
    for (let sent = 0; sent < 4 << 20; sent += pings.length) {
      socket.feed(pings);
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    expect(socket.writableLength).toBeGreaterThan(1 << 19);
    expect(socket.writableLength).toBeLessThan((1 << 20) + 100_000);
    socket.destroy();
    await channel.close({ timeoutMs: 0 });
  });
});

describe("a frame that is too long", () => {
  it("fails its call with the limit of frames, where that of messages is higher", async () => {
    await using server = await RawServer.listen((peer) => {
      void (async () => {
        for (let got = await peer.next(); got?.type !== 1; ) got = await peer.next();
        peer.send(1, 2, 0, Buffer.alloc(5 << 20));
      })();
    });
    await using client = createClient(Echo, { target: server.target, maxMessageBytes: 64 << 20 });
    await expect(client.unary({})).rejects.toMatchObject({
      status: Status.ResourceExhausted,
      message: expect.stringContaining(`a frame of ${5 << 20} bytes, more than ${4 << 20}`),
    });
  });
});

describe("a codec", () => {
  it.each([
    ["string", "text"],
    ["array", [1, 2]],
  ])("that gives no bytes but one %s fails the call with INVALID_ARGUMENT", async (type, given) => {
    await using server = await RawServer.listen(() => {});
    const request = { encode: () => given as never, decode: () => ({}) };
    const unary = { name: "Unary", kind: "unary", request, response: EchoRequest } as const;
    await using client = createClient(
      { name: "text", methods: { unary } },
      { target: server.target, timeoutMs: 2_000 },
    );
    await expect(client.unary({})).rejects.toMatchObject({
      status: Status.InvalidArgument,
      message: expect.stringContaining(`it gave: ${type}`),
    });
  });
});
