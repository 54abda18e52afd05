/** Random frames of every type, flag and order of ids, with what the reference server has to know of them. */
import { bytesField, textField, varintField } from "../../src/wire/fields.ts";
import { encodeSettings } from "../../src/wire/settings.ts";
import { EchoRequest } from "../echo-service.ts";
import { frame } from "../raw-peer.ts";
import type { Random } from "./random.ts";
import { type Body, LIMITS, type MethodName, type ReferenceServer, type Sent } from "./reference-server.ts";

export const SERVICE = "fuzz.v1.Fuzz";
const EMPTY = Buffer.alloc(0);
const [RC, RO, ND, MORE] = [1, 2, 4, 0x20];

const message = (dataBytes: number): Buffer =>
  Buffer.from(
    EchoRequest.encode({ id: "x", data: Buffer.alloc(dataBytes), seq: 0n, count: 0, delayMs: 0, failCode: 0 }),
  );

const BAD = Buffer.of(0x0a, 0x7f);
const pair = (key: string, value: string): Buffer =>
  bytesField(5, Buffer.concat([textField(1, key), textField(2, value)]));

function request(method: string, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([textField(1, SERVICE), textField(2, method), ...parts]);
}

const payload = (bytes: Uint8Array): Buffer => bytesField(3, bytes);
const METHODS: readonly MethodName[] = ["Unary", "Unary", "Hold", "Down", "Up", "Both", "Lazy"];
const STREAMS: readonly MethodName[] = ["Up", "Both", "Lazy"];
const LATE = Buffer.from("20ffffffffffffffffff01", "hex");
const FLOW = varintField(17, 1);

function requestsOf(method: MethodName): Body[] {
  const good = message(3);
  const opening = STREAMS.includes(method);
  const plain: Body[] = opening
    ? [
        { bytes: request(method), method, empty: true },
        { bytes: request(method, FLOW), method, empty: true, flow: true },
        { bytes: request(method, payload(good)), method },
      ]
    : [
        { bytes: request(method, payload(good)), method },
        { bytes: request(method), method, empty: true },
      ];
  return [
    ...plain,
    ...plain,
    ...plain,
    { bytes: request(method, pair("k", "v"), payload(good), varintField(4, 60e9), textField(77, "?")), method },
    { bytes: request(method, payload(BAD)), method, bad: true },
    { bytes: request(method, payload(good), LATE), method, late: true },
    { bytes: request(method, payload(good), textField(16, "zip")), method, encoded: true },
    { bytes: request(method, payload(good), pair("k", "a\nb")), status: 3 },
    { bytes: request(method, pair("k", "v".repeat(600))), status: 8 },
    { bytes: request(method, payload(message(1_500))), method },
  ];
}

const REQUESTS: readonly (readonly Body[])[] = METHODS.map(requestsOf);
const REFUSED: readonly Body[] = [
  { bytes: EMPTY, status: 12 },
  { bytes: request("Nope"), status: 12 },
  { bytes: Buffer.concat([textField(1, "no.Svc"), textField(2, "Up")]), status: 12 },
  { bytes: Buffer.from("0aff", "hex"), status: 3 },
  { bytes: Buffer.from("07", "hex"), status: 3 },
];
const MESSAGES: readonly Body[] = [
  { bytes: message(0) },
  { bytes: message(20) },
  { bytes: message(20) },
  { bytes: message(200) },
  { bytes: EMPTY },
];
const BAD_MESSAGE: Body = { bytes: BAD, bad: true };
const LARGE: Body = { bytes: message(3_000) };

const SETTINGS = { initialWindow: 65_536, maxFrame: 65_536, connectionWindow: 0, maxStreams: 0, encodings: [] };
const BOGUS = [EMPTY, Buffer.from("ff", "hex"), encodeSettings({ ...SETTINGS, features: 0x7f, maxFrame: 1 })];

interface Unfinished {
  readonly type: number;
  readonly flags: number;
  readonly body: Body;
  at: number;
}

export class FrameGrammar {
  readonly #random: Random;
  readonly #model: ReferenceServer;
  readonly #unfinished = new Map<number, Unfinished>();
  #nextId = 1;
  #out: Buffer[] = [];

  constructor(random: Random, model: ReferenceServer) {
    this.#random = random;
    this.#model = model;
  }

  /** What a client says first. */
  *opening(): Iterable<Buffer> {
    const dice = this.#random.below(10);
    if (dice < 2) return;
    const settings = dice === 2 ? undefined : this.#random.of([0x7f, 0x7f, 0x7f, 0xff, this.#random.below(0x80)]);
    yield* this.#settings(settings);
  }

  #settings(features: number | undefined): Iterable<Buffer> {
    const bytes = features === undefined ? this.#random.of(BOGUS) : encodeSettings({ ...SETTINGS, features });
    return this.#send(0x80, 0, this.#random.of([0, 1, 1]), { bytes }, features);
  }

  /** One frame, or a few that belong together. */
  next(): Iterable<Buffer> {
    const random = this.#random;
    const dice = random.below(1_000);
    if (this.#unfinished.size > 0 && dice % 4 === 0) return this.#piece();
    if (dice < 430) return this.#request();
    if (dice < 800) return this.#data();
    if (dice < 870)
      return this.#send(0x83, random.below(256), this.#someId(), {
        bytes: random.of([EMPTY, Buffer.alloc(4), Buffer.alloc(9)]),
      });
    if (dice < 900) return this.#send(0x84, 0, this.#someId(), { bytes: random.bytes(random.of([4, 4, 4, 3, 0])) });
    if (dice < 930)
      return this.#send(0x81, random.below(2), random.of([0, 0, 1]), { bytes: random.bytes(random.of([8, 8, 7, 0])) });
    if (dice < 945)
      return this.#send(random.of([0x82, 0x85, 0x02, 0x77, 0x00, 0xff]), random.below(256), this.#someId(), {
        bytes: random.bytes(random.below(30)),
      });
    if (dice < 955) return this.#settings(random.chance(0.5) ? 0x7f : undefined);
    if (dice < 962) return this.#tooLong();
    if (dice < 966) return this.#flood();
    return this.#repeated();
  }

  /** A Request on an id that is used up; or a good one on a new id. */
  #repeated(): Iterable<Buffer> {
    const stream = this.#someId();
    // To an unfinished request it would be a part.
    if (this.#unfinished.has(stream) || this.#model.pieces.has(stream)) return this.#piece(stream);
    return this.#send(1, this.#random.below(16), stream, REPEATED);
  }

  *#send(type: number, flags: number, stream: number, body: Body, features?: number): Iterable<Buffer> {
    this.#frame(type, flags, stream, body.bytes, body, features);
    yield* this.#out.splice(0);
  }

  #frame(type: number, flags: number, stream: number, bytes: Buffer, body?: Body, features?: number): void {
    const sent: Sent = { type, flags, stream, length: bytes.length, body };
    this.#model.frame(features === undefined ? sent : { ...sent, features });
    this.#out.push(frame({ stream, type, flags, body: bytes }));
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId += this.#random.of([2, 2, 2, 2, 4, 10]);
    return id;
  }

  /** Of a call in work, or of none: used up, never used, even, 0. */
  #someId(): number {
    const random = this.#random;
    const dice = random.below(20);
    if (dice < 2 && this.#unfinished.size > 0) return random.of([...this.#unfinished.keys()]);
    if (dice < 13) return this.#openId() ?? this.#newId();
    if (dice < 16) return Math.max(1, this.#nextId - 2 * random.below(40) - 2);
    return random.of([0, 2, this.#nextId + 1, this.#nextId + 1_000]);
  }

  #openId(method?: MethodName): number | undefined {
    const { calls } = this.#model;
    let skip = this.#random.below(Math.max(1, Math.min(calls.size, 30)));
    let found: number | undefined;
    for (const [id, call] of calls) {
      if (method !== undefined && call.method !== method) continue;
      found = id;
      if (skip-- === 0) break;
    }
    return found;
  }

  #request(): Iterable<Buffer> {
    const random = this.#random;
    const body = random.chance(0.08) ? random.of(REFUSED) : random.of(random.of(REQUESTS));
    const opens = body.method !== undefined && STREAMS.includes(body.method);
    const usual = opens ? RO | ND : body.method === "Down" ? RC : 0;
    const flags = random.chance(0.85) ? usual : random.below(16) | (random.chance(0.2) ? 0xc0 : 0);
    const stream = this.#newId();
    // Pieces of a message that came before its call are lost: what follows would be none.
    this.#unfinished.delete(stream);
    if (random.chance(0.1) && body.bytes.length > 1) return this.#begin(1, flags, stream, body);
    return this.#send(1, flags, stream, body);
  }

  #data(): Iterable<Buffer> {
    const random = this.#random;
    const stream = random.chance(0.9) ? (this.#openId() ?? 1) : this.#someId();
    // A message of which pieces came goes on with its next piece: what comes between would become a part of it.
    const unfinished = this.#unfinished.get(stream);
    if (unfinished?.type !== 1 && (unfinished !== undefined || this.#model.pieces.has(stream)))
      return this.#piece(stream);
    const body = random.chance(0.02) ? BAD_MESSAGE : random.of(MESSAGES);
    if (random.chance(0.15)) return this.#send(3, random.of([RC | ND, RC | ND, RC]), stream, { bytes: EMPTY });
    const flags = random.chance(0.9) ? 0 : random.of([RC, ND, RC | ND, RO, 0xc8]);
    const whole = this.#model.calls.get(stream)?.method === "Lazy" || body.bytes.length < 2;
    return random.chance(0.15) && !whole && unfinished === undefined
      ? this.#begin(3, flags, stream, body)
      : this.#send(3, flags, stream, body);
  }

  /** A message that comes in pieces, if the server agreed to that; the first of them. */
  #begin(type: number, flags: number, stream: number, body: Body): Iterable<Buffer> {
    if ((this.#model.features & MORE) === 0) return this.#send(type, flags, stream, body);
    this.#unfinished.set(stream, { type, flags, body, at: 0 });
    return this.#piece(stream);
  }

  *#piece(stream: number = this.#random.of([...this.#unfinished.keys()])): Iterable<Buffer> {
    const begun = this.#unfinished.get(stream);
    if (begun === undefined) return;
    const { type, flags, body, at } = begun;
    const left = body.bytes.length - at;
    const size = this.#random.chance(0.4) ? left : this.#random.below(left + 1);
    begun.at += size;
    const last = size === left;
    if (last) this.#unfinished.delete(stream);
    const bytes = body.bytes.subarray(at, at + size);
    this.#frame(type, last ? flags : flags | MORE, stream, bytes, last ? body : undefined);
    yield* this.#out.splice(0);
  }

  #tooLong(): Iterable<Buffer> {
    const { below, of } = { below: (n: number) => this.#random.below(n), of: <T>(a: T[]) => this.#random.of(a) };
    const bytes = Buffer.alloc(LIMITS.body + 1 + below(3_000));
    return this.#send(of([1, 1, 3, 3, 2, 0x77]), below(256), of([this.#someId(), this.#newId()]), { bytes });
  }

  /** Much for a handler that does not read. */
  *#flood(): Iterable<Buffer> {
    const stream = this.#openId("Lazy");
    if (stream === undefined || this.#model.calls.get(stream)?.unread === undefined) return;
    if (this.#model.pieces.has(stream)) return;
    for (let i = this.#random.below(40); i > 0; i--) this.#frame(3, 0, stream, LARGE.bytes, LARGE);
    yield* this.#out.splice(0);
  }
}

const REPEATED: Body = { bytes: request("Unary", payload(message(3))), method: "Unary" };
