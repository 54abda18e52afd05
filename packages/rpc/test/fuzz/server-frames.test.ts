/** Random frames to a server, each answered as the reference server says; nothing crashes, hangs or is left over. */
import { describe, expect, it } from "vitest";
import { type Server, createServer } from "../../src/index.ts";
import { RpcServer } from "../../src/server/server.ts";
import { ResponseEnvelope } from "../../src/wire/response.ts";
import { EchoRequest, EchoResponse } from "../echo-service.ts";
import type { Frame } from "../raw-peer.ts";
import { FrameGrammar, SERVICE } from "./frame-grammar.ts";
import { MemorySocket } from "./memory-socket.ts";
import { Random, chunksOf } from "./random.ts";
import { type Expected, LIMITS, ReferenceServer } from "./reference-server.ts";

const FRAMES = process.env.SERVERTECH_SOAK === "1" ? 1e7 : 1e6;
const RUNS = 20;
const BURST = 150;
const BURSTS = 15;

const messages = { request: EchoRequest, response: EchoResponse };
const Fuzz = {
  name: SERVICE,
  methods: {
    unary: { name: "Unary", kind: "unary", ...messages },
    hold: { name: "Hold", kind: "unary", ...messages },
    down: { name: "Down", kind: "serverStream", ...messages },
    up: { name: "Up", kind: "clientStream", ...messages },
    both: { name: "Both", kind: "bidi", ...messages },
    lazy: { name: "Lazy", kind: "clientStream", ...messages },
  },
} as const;

/** Handlers wait here for their end, whatever they end by. */
class Held {
  #open: () => void = () => {};
  opened!: Promise<void>;

  constructor() {
    this.#renew();
  }

  #renew(): void {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
    this.#renew();
  }
}

function fuzzServer(extensions: boolean, held: Held): Server {
  async function count(requests: AsyncIterable<unknown>, released = () => false) {
    let seq = 0n;
    try {
      for await (const _ of requests) seq += 1n;
    } finally {
      if (!released()) await held.opened;
    }
    return { seq };
  }
  return createServer({
    extensions,
    maxMessageBytes: LIMITS.body,
    maxStreamsPerConnection: LIMITS.streams,
    maxMetadataBytes: 512,
    streamBufferBytes: LIMITS.window,
    initialWindowBytes: LIMITS.window,
  }).add(Fuzz, {
    unary: () => ({}),
    async hold() {
      await held.opened;
      return {};
    },
    async *down() {
      await held.opened;
      yield { id: "1" };
      yield { id: "2" };
    },
    up: (requests) => count(requests),
    async *both(requests) {
      try {
        for await (const _ of requests) yield {};
      } finally {
        await held.opened;
      }
    },
    async lazy(requests) {
      await held.opened;
      // What came before the release is read at once, and may be all.
      let released = true;
      setImmediate(() => {
        released = false;
      });
      return count(requests, () => released);
    },
  });
}

const envelope = new ResponseEnvelope();
const nothing: Expected = { ends: [], data: 0, loose: false, counted: undefined };

/** What came, in the words of the reference. */
function received(frames: readonly Frame[], model: ReferenceServer): Map<number, Expected> {
  const got = new Map<number, Expected>();
  for (const { stream, type, flags, body } of frames) {
    if (type === 0x84) expect(body).toHaveLength(4);
    else if (type === 0x80) model.settings -= 1;
    else if (type === 0x82) model.pongs -= 1;
    else if (type === 0x85) model.goAways -= 1;
    else {
      let one = got.get(stream);
      if (one === undefined) got.set(stream, (one = { ends: [], data: 0, loose: false, counted: undefined }));
      if (type === 3 && (flags & 1) === 0) one.data += 1;
      else if (type === 3) one.ends.push("end");
      else if (type === 2 && envelope.read(body, 0, body.length)) {
        one.ends.push(envelope.status?.code ?? 0);
        const payload = body.subarray(envelope.payloadStart, envelope.payloadEnd);
        if (payload.length > 0) one.counted = Number(EchoResponse.decode(payload).seq);
      } else expect.fail(`a frame of type ${type} that no server sends`);
    }
  }
  return got;
}

const LOOSE: readonly unknown[] = [3, 8, 13];

function compare(model: ReferenceServer, frames: readonly Frame[]): void {
  const got = received(frames, model);
  for (const [stream, actual] of got) {
    const expected = model.out.get(stream) ?? nothing;
    const loose = expected.loose && actual.ends.every((end) => LOOSE.includes(end));
    const same =
      actual.data === expected.data &&
      (actual.counted ?? 0) === (expected.counted ?? 0) &&
      actual.ends.length === expected.ends.length &&
      actual.ends.every((end, i) => end === expected.ends[i]);
    if (!same && !loose) expect({ stream, ...actual }).toEqual({ stream, ...expected });
  }
  for (const [stream, expected] of model.out) {
    if (!got.has(stream) && expected.ends.length > 0 && !expected.loose)
      expect({ stream, ...nothing }).toEqual({ stream, ...expected });
  }
  expect(model).toMatchObject({ settings: 0, pongs: 0, goAways: 0 });
  for (const [stream, { loose }] of model.out)
    if (!loose || !model.calls.has(stream)) model.out.delete(stream);
    else Object.assign(model.out.get(stream) as Expected, { ...nothing, ends: [], loose });
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

async function connection(server: RpcServer, held: Held, random: Random, extensions: boolean): Promise<number> {
  const model = new ReferenceServer(extensions);
  const grammar = new FrameGrammar(random, model);
  const socket = new MemorySocket();
  server.accept(socket);
  const feed = async (bytes: Buffer) => {
    for (const chunk of chunksOf(bytes, random)) socket.feed(chunk);
    do await turn();
    while (!socket.idle);
  };
  let frames = 0;
  for (let burst = 0; burst < BURSTS && model.alive; burst++) {
    const parts: Buffer[] = burst === 0 ? [...grammar.opening()] : [];
    for (let i = 0; i < BURST; i++) parts.push(...grammar.next());
    frames += parts.length;
    // What is no ttrpc comes last: the rest would not be read.
    if (random.chance(0.01)) {
      parts.push(
        Buffer.from(random.of(["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03"]), "latin1"),
      );
      const last = parts.at(-1) as Buffer;
      model.frame({ type: 0, flags: 0, stream: last.readUInt32BE(4), length: 2 ** 24, body: undefined });
    }
    await feed(Buffer.concat(parts));
    held.release();
    if (model.alive) model.release();
    await turn();
    await turn();
    expect(socket.malformed).toBe(false);
    compare(model, socket.takeFrames());
  }
  if (model.alive && random.chance(0.3))
    socket.feed(random.of([Buffer.from("00", "hex"), Buffer.from("0000001000000005", "hex")]));
  if (random.chance(0.5)) socket.push(null);
  else socket.destroy();
  await turn();
  held.release();
  await turn();
  socket.destroy();
  await turn();
  held.release();
  await turn();
  expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  return frames;
}

describe("random frames to a server", () => {
  const base = 1;
  const seeds = Array.from({ length: RUNS }, (_, i) => base + i);

  it.each(seeds)("are answered as the reference says, seed %i", { timeout: 600_000 }, async (seed) => {
    const random = new Random(seed);
    const extensions = seed % 5 !== 0;
    const held = new Held();
    const server = fuzzServer(extensions, held);
    if (!(server instanceof RpcServer)) throw new TypeError("not ours");
    let frames = 0;
    while (frames < FRAMES / RUNS) frames += await connection(server, held, random, extensions);
    await server.close();
    expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  });
});
