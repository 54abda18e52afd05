/** The recorded sessions with a few bytes changed, in both directions: nothing crashes, hangs or is left over. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type Client, createClient, createServer } from "../../src/index.ts";
import { RpcChannel } from "../../src/client/channel.ts";
import { RpcServer } from "../../src/server/server.ts";
import { encodeSettings } from "../../src/wire/settings.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { frame } from "../raw-peer.ts";
import { MemorySocket } from "./memory-socket.ts";
import { Random, chunksOf } from "./random.ts";

const SESSIONS = process.env.SERVERTECH_SOAK === "1" ? 1_000_000 : 8_000;
const BATCH = 50;

interface Session {
  readonly name: string;
  readonly frames: readonly { from: "client" | "server"; stream: number; type: number; flags: number; body: string }[];
}

const file = await readFile(new URL("../data/sessions.json", import.meta.url), "utf8");
const { sessions } = JSON.parse(file) as { sessions: Session[] };

const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };
const settings = (stream: number, flags: number): Buffer =>
  frame({ stream, type: 0x80, flags, body: encodeSettings({ ...SETTINGS, features: 0x7f }) });

function bytesOf({ frames }: Session, side: "client" | "server", extended: boolean): Buffer {
  const said = frames
    .filter(({ from }) => from === side)
    .map(({ body, ...header }) => frame({ ...header, body: Buffer.from(body, "hex") }));
  const first = side === "client" ? settings(1, 0) : settings(0, 1);
  return Buffer.concat(extended ? [first, ...said] : said);
}

/** Bytes changed, left out, put in, said twice, or cut off. */
function mutated(whole: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(whole);
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(bytes.length);
    const dice = random.below(20);
    if (dice < 10) bytes[at] = random.below(256);
    else if (dice < 14) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    else if (dice < 16) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4))]);
    else if (dice < 18)
      bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(4)), bytes.subarray(at)]);
    else if (dice < 19) bytes = Buffer.concat([bytes, bytes.subarray(at)]);
    else bytes = bytes.subarray(0, at);
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

async function play(socket: MemorySocket, bytes: Buffer, random: Random): Promise<void> {
  for (const chunk of chunksOf(bytes, random)) {
    socket.feed(chunk);
    if (random.chance(0.1)) await turn();
  }
  do await turn();
  while (!socket.idle);
  expect(socket.malformed).toBe(false);
  if (random.chance(0.5)) socket.push(null);
  else socket.destroy();
}

function begin(client: Client<typeof Echo.methods>, name: string): Promise<unknown>[] {
  if (name.startsWith("server-stream")) return [client.serverStream({ count: 2 }).status];
  if (name.startsWith("client-stream")) {
    const call = client.clientStream();
    return [call.send({ id: "c" }), call.end(), call.status];
  }
  if (name.startsWith("bidi")) {
    const call = client.bidi();
    return [call.send({ id: "b" }), call.next(), call.status];
  }
  return [1, 2, 3].slice(0, name === "three-unary" ? 3 : 1).map((seq) => client.unary({ seq: BigInt(seq) }));
}

const ONE = {
  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }) {
    yield [{ id: "memory", host: "", port: 0 }];
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  },
};

describe("recorded sessions with changed bytes", () => {
  it.each([1, 2, 3, 4])("leave nothing in a server, seed %i", { timeout: 600_000 }, async (seed) => {
    const random = new Random(seed);
    const server = createServer({ maxMessageBytes: 4_096 }).add(Echo, {
      ...echoHandlers,
      serverStream: (request, context) =>
        echoHandlers.serverStream({ ...request, count: Math.min(Math.abs(request.count), 100) }, context),
    });
    if (!(server instanceof RpcServer)) throw new TypeError("not ours");
    for (let done = 0; done < SESSIONS / 8; done += BATCH) {
      const sockets = Array.from({ length: BATCH }, () => new MemorySocket());
      await Promise.all(
        sockets.map((socket) => {
          server.accept(socket);
          const bytes = mutated(bytesOf(random.of(sessions), "client", random.chance(0.5)), random);
          return play(socket, bytes, new Random(seed + done));
        }),
      );
      await turn();
      await turn();
      expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
    }
    await server.close();
  });

  it.each([1, 2, 3, 4])("leave nothing in a client, seed %i", { timeout: 600_000 }, async (seed) => {
    const random = new Random(seed);
    const one = async (i: number) => {
      const socket = new MemorySocket();
      const channel = new RpcChannel({ target: ONE, maxMessageBytes: 4_096 }, (_endpoint, opened) => {
        process.nextTick(opened);
        return socket.destroyed ? new MemorySocket() : socket;
      });
      const client = createClient(Echo, channel);
      await client.ready();
      const session = random.of(sessions);
      const calls = Promise.allSettled(begin(client, session.name));
      const bytes = mutated(bytesOf(session, "server", random.chance(0.5)), random);
      await play(socket, bytes, new Random(seed + i));
      // A call that the server has not begun with waits for another one, which is not there.
      await turn();
      await channel.close({ timeoutMs: 0 });
      await calls;
      expect(channel.stats()).toMatchObject({ inFlight: 0, connections: 0 });
    };
    for (let done = 0; done < SESSIONS / 8; done += BATCH)
      await Promise.all(Array.from({ length: BATCH }, (_, i) => one(done + i)));
  });
});
