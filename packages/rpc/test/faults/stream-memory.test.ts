/** A stranger opens as many streams as a server takes and sends as much as it can: what the server keeps is bounded. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { ServerStats } from "../../src/index.ts";
import { bytesField, textField, varintField } from "../../src/wire/fields.ts";
import { FEATURES, encodeSettings } from "../../src/wire/settings.ts";
import { Echo } from "../echo-service.ts";
import { RawPeer, frame } from "../raw-peer.ts";

const MiB = 1 << 20;
const STREAMS = 200;
const opening = Buffer.concat([textField(1, Echo.name), textField(2, "ClientStream")]);
const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };

let child: ChildProcess;
afterEach(() => child.kill("SIGKILL"));

async function memory(): Promise<{ rss: number; stats: ServerStats }> {
  child.send("memory");
  const [told] = (await once(child, "message")) as [{ rss: number; stats: ServerStats }];
  return told;
}

async function start(): Promise<RawPeer> {
  child = fork(new URL("memory-child.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [...process.execArgv, "--expose-gc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return RawPeer.connect(port);
}

/** Sends all of it, no faster than the server reads. */
async function pour(peer: RawPeer, frames: Iterable<Buffer>): Promise<void> {
  let part: Buffer[] = [];
  let bytes = 0;
  for (const one of frames) {
    part.push(one);
    bytes += one.length;
    if (bytes < 256 << 10) continue;
    if (!peer.socket.write(Buffer.concat(part))) await Promise.race([once(peer.socket, "drain"), peer.gone()]);
    part = [];
    bytes = 0;
    if (peer.closed) return;
  }
  peer.socket.write(Buffer.concat(part));
}

function* streams(extra: Uint8Array, body: Buffer, each: number): Iterable<Buffer> {
  const ids = Array.from({ length: STREAMS }, (_, i) => 2 * i + 1);
  for (const stream of ids) yield frame({ stream, type: 1, flags: 6, body: Buffer.concat([opening, extra]) });
  for (let i = 0; i < each; i++) for (const stream of ids) yield frame({ stream, type: 3, flags: 0, body });
}

/** How much the server grew once it has read all. */
async function growth(peer: RawPeer, frames: Iterable<Buffer>): Promise<{ bytes: number; stats: ServerStats }> {
  const before = await memory();
  await pour(peer, frames);
  // The answer to a last frame says that all before it was read.
  if (!peer.closed) {
    peer.send(9_999, 1, 0, "0aff");
    while (!peer.closed && !peer.frames.some(({ stream }) => stream === 9_999))
      await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { rss, stats } = await memory();
  return { bytes: rss - before.rss, stats };
}

describe("a stranger's streams", { timeout: 60_000 }, () => {
  it("without windows take no more than streamBufferBytes each, of 128 MB offered", async () => {
    using peer = await start();
    const body = bytesField(2, Buffer.alloc(32_000));
    const { bytes, stats } = await growth(peer, streams(Buffer.alloc(0), body, 20));
    // 200 streams of 64 KiB and one message beyond make 19 MB; all are refused in the end.
    expect(bytes).toBeLessThan(90 * MiB);
    expect(stats.rejected.unread).toBe(STREAMS);
  });

  it("with windows take no more than the connection's window", async () => {
    using peer = await start();
    peer.send(1, 0x80, 0, encodeSettings({ ...SETTINGS, features: FEATURES }));
    const body = bytesField(2, Buffer.alloc(32_000));
    const { bytes, stats } = await growth(peer, streams(varintField(17, 1), body, 20));
    expect(bytes).toBeLessThan(90 * MiB);
    expect(stats.rejected.overflow).toBe(1);
  });

  it.each([
    { extended: false, what: "empty", size: 0 },
    { extended: false, what: "tiny", size: 2 },
    { extended: true, what: "tiny", size: 2 },
  ])("of $what messages take little more than their bytes (extensions: $extended)", async ({ extended, size }) => {
    using peer = await start();
    if (extended) peer.send(1, 0x80, 0, encodeSettings({ ...SETTINGS, features: FEATURES }));
    const body = bytesField(2, Buffer.alloc(size)).subarray(0, size);
    // 200 streams of 4,000 messages: 8 to 10 MB on the wire, and 160 MB with an object each.
    const flow = extended ? varintField(17, 1) : Buffer.alloc(0);
    const { bytes } = await growth(peer, streams(flow, body, 4_000));
    expect(bytes).toBeLessThan(80 * MiB);
  });
});
