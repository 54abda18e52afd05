/** A server that says anything: every call settles, as its first frame says where it has one; nothing throws, nothing is left. */
import { describe, expect, it } from "vitest";
import { type Client, RpcError, Status, createClient, isRpcError } from "../../src/index.ts";
import { RpcChannel } from "../../src/client/channel.ts";
import { bytesField, textField, varintField } from "../../src/wire/fields.ts";
import { encodeSettings } from "../../src/wire/settings.ts";
import { Echo, EchoResponse } from "../echo-service.ts";
import { frame } from "../raw-peer.ts";
import { MemorySocket } from "./memory-socket.ts";
import { Random, chunksOf } from "./random.ts";

const FRAMES = process.env.SERVERTECH_SOAK === "1" ? 1e7 : 3e5;
const RUNS = 10;
const BURST = 100;
const BURSTS = 30;
const MAX_BYTES = 4_096;

const ONE = {
  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }) {
    yield [{ id: "memory", host: "", port: 0 }];
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  },
};

const EMPTY = Buffer.alloc(0);
const reply = (id: string, data = 0): Buffer =>
  Buffer.from(EchoResponse.encode({ id, data: Buffer.alloc(data), seq: 0n, metadata: {}, deadlineMs: 0n }));
const status = (code: number, text: string): Buffer =>
  bytesField(1, Buffer.concat([varintField(1, code), textField(2, text)]));

/** The body of a Response, and how a unary call ends by it: a status, or undefined where that is not foreseen. */
type Answer = readonly [body: Buffer, status: number | undefined];
const ANSWERS: readonly Answer[] = [
  [bytesField(2, reply("good")), Status.Ok],
  [bytesField(2, reply("good")), Status.Ok],
  [bytesField(2, reply("long", 1_000)), Status.Ok],
  [EMPTY, Status.Ok],
  [Buffer.concat([bytesField(2, reply("good")), bytesField(15, textField(1, "k"))]), Status.Ok],
  [status(5, "no such"), 5],
  [status(14, "away"), Status.Unavailable],
  [status(99, "odd"), 99],
  [Buffer.concat([status(0, "fine"), bytesField(2, reply("x"))]), Status.Ok],
  [Buffer.from("12ff", "hex"), Status.Internal],
  [bytesField(2, Buffer.from("0aff", "hex")), Status.Internal],
  [bytesField(1, Buffer.from("08", "hex")), Status.Internal],
];
const NOT_PROCESSED: Answer = [status(14, "not processed"), undefined];
const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };

/** What the server says, with what is foreseen of unary calls. */
class Nonsense {
  readonly #random: Random;
  /** Status of the first frame for an id. */
  readonly first = new Map<number, number | undefined>();
  /** The connection takes no further calls. */
  over = false;
  started = 0;
  /** Streams with a message that comes in pieces, if the client takes it for one. */
  readonly #pieces = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  opening(): Buffer {
    const random = this.#random;
    if (random.chance(0.3)) return EMPTY;
    const features = random.chance(0.7) ? 0x7f : random.below(0x80);
    const good = encodeSettings({ ...SETTINGS, connectionWindow: random.of([0, 65_536]), features });
    return this.#frame(random.of([0, 0, 0, 1]), 0x80, random.of([1, 1, 1, 0]), random.of([good, good, Buffer.of(255)]));
  }

  next(): Buffer {
    const random = this.#random;
    const dice = random.below(1_000);
    if (dice < 300) return this.#response(random.of(ANSWERS));
    if (dice < 600) return this.#data();
    if (dice < 700) return this.#frame(this.#id(), 0x84, random.below(256), random.bytes(random.of([4, 4, 0, 5])));
    if (dice < 750) return this.#frame(0, random.of([0x81, 0x82]), random.below(4), random.bytes(random.of([8, 8, 3])));
    if (dice < 800) return this.#frame(random.of([0, 1]), 0x80, random.of([0, 1]), random.bytes(random.below(20)));
    if (dice < 880) return this.#frame(this.#id(), 0x01, random.below(256), bytesField(2, reply("x")));
    if (dice < 950)
      return this.#frame(this.#id(), random.of([0, 0x83, 0x77, 0xff]), random.below(256), random.bytes(9));
    if (dice < 960) return this.#tooLong();
    if (dice < 998) return this.#frame(this.#id(), 2, 0, random.bytes(random.below(12)), true);
    // Either ends the round: rarely.
    if (random.chance(0.7)) return EMPTY;
    return random.chance(0.5) ? this.#goAway() : this.#response(NOT_PROCESSED);
  }

  #id(): number {
    const random = this.#random;
    if (random.chance(0.1)) return random.of([0, 2, 2 * this.started + 1, 0xffff_fffe, 0xffff_ffff]);
    // Mostly one of the last calls: the others are over.
    return 2 * Math.max(0, this.started - 1 - random.below(15)) + 1;
  }

  #frame(stream: number, type: number, flags: number, body: Buffer, random = false): Buffer {
    if (random) this.#says(stream, undefined);
    return frame({ stream, type, flags, body });
  }

  #says(stream: number, outcome: number | undefined): void {
    if (!this.over && stream < 2 * this.started && !this.first.has(stream)) this.first.set(stream, outcome);
  }

  #response([body, code]: Answer): Buffer {
    const stream = this.#id();
    const flags = this.#random.chance(0.9) ? 0 : this.#random.below(256);
    this.#says(stream, flags === 0 && !this.#pieces.has(stream) ? code : undefined);
    if (flags !== 0) this.#pieces.add(stream);
    if (body === NOT_PROCESSED[0]) this.over = true;
    return this.#frame(stream, 2, flags, body);
  }

  #data(): Buffer {
    const random = this.#random;
    const stream = this.#id();
    const body = random.of([reply("a"), reply("a"), reply("long", 2_000), EMPTY, Buffer.of(0x0a, 0x7f)]);
    const flags = random.chance(0.7) ? 0 : random.of([5, 5, 1, 4, 0x20, 0x10, random.below(256)]);
    this.#says(stream, flags === 0 && !this.#pieces.has(stream) ? Status.Internal : undefined);
    if (flags !== 0) this.#pieces.add(stream);
    return this.#frame(stream, 3, flags, body);
  }

  #tooLong(): Buffer {
    const stream = this.#id();
    this.#says(stream, Status.ResourceExhausted);
    return this.#frame(stream, this.#random.of([2, 3, 0x77]), this.#random.below(256), Buffer.alloc(MAX_BYTES + 1));
  }

  #goAway(): Buffer {
    const body = this.#random.bytes(this.#random.of([4, 9, 3]));
    // A small number, as servers send it; any other is above all calls.
    if (this.#random.chance(0.5) && body.length >= 4) body.writeUInt32BE(2 * this.#random.below(this.started + 1) + 1);
    this.over = true;
    return this.#frame(0, 0x85, 0, body);
  }
}

/** The calls of a round, and how they ended. */
class Calls {
  readonly #client: Client<typeof Echo.methods>;
  readonly #random: Random;
  readonly #caller = new AbortController();
  readonly pending = new Set<Promise<unknown>>();
  /** By stream id. */
  readonly unary = new Map<number, number | "reason">();
  count = 0;

  constructor(client: Client<typeof Echo.methods>, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  #watch(promise: Promise<unknown>): void {
    const watched: Promise<unknown> = promise.then(
      () => this.pending.delete(watched),
      () => this.pending.delete(watched),
    );
    this.pending.add(watched);
  }

  start(): void {
    const random = this.#random;
    const streamId = 2 * this.count + 1;
    this.count += 1;
    const options = { signal: this.#caller.signal };
    const dice = random.below(4);
    if (dice === 0) {
      this.#watch(
        this.#client.unary({ id: "x" }, options).then(
          () => this.unary.set(streamId, Status.Ok),
          (error: unknown) => this.unary.set(streamId, isRpcError(error) ? error.status : "reason"),
        ),
      );
      return;
    }
    const stream = this.#client[random.of(["serverStream", "bidi", "clientStream"] as const)];
    if (stream === this.#client.serverStream) {
      const call = this.#client.serverStream({ id: "x" }, options);
      this.#watch(call.status);
      if (random.chance(0.8)) this.#watch(read(call));
      else if (random.chance(0.5)) call.cancel("enough");
      return;
    }
    const call = stream === this.#client.bidi ? this.#client.bidi(options) : this.#client.clientStream(options);
    this.#watch(call.status);
    for (let i = random.below(4); i > 0; i--) this.#watch(call.send({ data: Buffer.alloc(random.of([1, 3_000])) }));
    if ("next" in call) this.#watch(read(call));
    if (random.chance(0.7)) this.#watch(Promise.resolve(call.end()));
    if (random.chance(0.1)) call.cancel();
  }

  abort(): void {
    this.#caller.abort(new RpcError(Status.Aborted, "the end of the round"));
  }
}

async function read(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const message of messages) expect(message).toHaveProperty("id");
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

async function round(random: Random): Promise<number> {
  let socket = new MemorySocket();
  const first = socket;
  const channel = new RpcChannel({ target: ONE, maxMessageBytes: MAX_BYTES }, (_endpoint, opened) => {
    const dialled = socket;
    socket = new MemorySocket();
    process.nextTick(opened);
    return dialled;
  });
  const client = createClient(Echo, channel);
  await client.ready();
  const calls = new Calls(client, random);
  const server = new Nonsense(random);
  let frames = 0;
  const feed = async (bytes: Buffer) => {
    for (const chunk of chunksOf(bytes, random)) first.feed(chunk);
    do await turn();
    while (!first.idle);
  };
  await feed(server.opening());
  for (let burst = 0; burst < BURSTS && !server.over && !first.destroyed; burst++) {
    for (let i = random.below(10); i >= 0; i--) calls.start();
    server.started = calls.count;
    await turn();
    const parts = Array.from({ length: BURST }, () => server.next());
    frames += BURST;
    await feed(Buffer.concat(parts));
    expect(first.malformed).toBe(false);
    first.takeFrames();
  }
  const end = random.below(4);
  if (end === 0) await feed(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
  else if (end === 1) first.destroy();
  else if (end === 2) first.push(null);
  await turn();
  calls.abort();
  await turn();
  await turn();
  expect(calls.pending.size).toBe(0);
  for (const [stream, outcome] of server.first)
    if (outcome !== undefined && calls.unary.has(stream))
      expect({ stream, outcome: calls.unary.get(stream) }).toEqual({ stream, outcome });
  expect(channel.stats().inFlight).toBe(0);
  // It waits for streams that the connection has not forgotten: there are none.
  const before = performance.now();
  await channel.close();
  if (end === 3) expect(performance.now() - before).toBeLessThan(900);
  expect(first.destroyed).toBe(true);
  return frames;
}

describe("random frames to a client", () => {
  const seeds = Array.from({ length: RUNS }, (_, i) => 100 + i);

  it.each(seeds)("leave no call unsettled, seed %i", { timeout: 600_000 }, async (seed) => {
    const random = new Random(seed);
    let frames = 0;
    while (frames < FRAMES / RUNS) frames += await round(random);
    expect(frames).toBeGreaterThanOrEqual(FRAMES / RUNS);
  });
});
