/**
 * What a server must answer to each frame, written down once more and without regard to speed: a machine whose state is the
 * agreed features, the highest stream id, the open calls, and the messages that come in pieces.
 *
 * Handlers end when the test says so (`release`), apart from "Unary", which answers at once.
 */
export type MethodName = "Unary" | "Hold" | "Down" | "Up" | "Both" | "Lazy";

/** The body of a Request or of Data, with what is in it. */
export interface Body {
  readonly bytes: Buffer;
  /** Of a Request that starts no call, whatever else holds: its status. */
  readonly status?: number;
  readonly method?: MethodName;
  /** The message cannot be decoded. */
  readonly bad?: boolean;
  /** There is no message in it. */
  readonly empty?: boolean;
  /** Its deadline has passed. */
  readonly late?: boolean;
  /** Its encoding is unknown. */
  readonly encoded?: boolean;
  readonly flow?: boolean;
}

export interface Sent {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
  /** Whole messages, and the last piece of one: what the message is. */
  readonly body: Body | undefined;
  /** Of SETTINGS: the features offered; undefined = bogus. */
  readonly features?: number;
}

export interface Call {
  readonly method: MethodName;
  readonly flow: boolean;
  closed: boolean;
  messages: number;
  /** Bytes that wait unread; undefined once it is read. */
  unread: number | undefined;
  /** A message of it cannot be decoded: it ends with 13 when that one is read. */
  broken: boolean;
}

/** What comes out on one stream: statuses of Responses, "end" for an end of Data, a number of messages of Data. */
export interface Expected {
  readonly ends: (number | "end")[];
  data: number;
  /** Its end depends on when the handler gets to a bad message. */
  loose: boolean;
  /** Of a client stream that went well: the messages it counted. */
  counted: number | undefined;
}

export const LIMITS = { body: 4_096, streams: 60, window: 65_536 } as const;
const Feature = { ping: 1, cancel: 2, window: 4, goAway: 8, compression: 16, more: 32 };
const [RC, RO, MORE] = [1, 2, 0x20];

export class ReferenceServer {
  readonly extensions: boolean;
  readonly calls = new Map<number, Call>();
  readonly out = new Map<number, Expected>();
  /** Bytes of messages that came so far; -1 = refused, the rest is dropped. */
  readonly pieces = new Map<number, number>();
  features = 0;
  alive = true;
  /** Counts of frames on stream 0. */
  settings = 0;
  pongs = 0;
  goAways = 0;
  #first = true;
  #lastId = 0;
  #running = 0;

  constructor(extensions: boolean) {
    this.extensions = extensions;
  }

  #has(feature: number): boolean {
    return (this.features & feature) !== 0;
  }

  #on(stream: number): Expected {
    let expected = this.out.get(stream);
    if (expected === undefined)
      this.out.set(stream, (expected = { ends: [], data: 0, loose: false, counted: undefined }));
    return expected;
  }

  #answer(stream: number, status: number | "end"): void {
    this.#on(stream).ends.push(status);
  }

  #end(stream: number, status: number | "end"): void {
    this.#answer(stream, status);
    this.#forget(stream);
  }

  /** A call that ends before its handler does: what a bidi handler has not yet read stays without a reply. */
  #forget(stream: number): void {
    if (this.calls.get(stream)?.method === "Both") this.#on(stream).loose = true;
    this.calls.delete(stream);
    this.pieces.delete(stream);
  }

  frame(sent: Sent): void {
    if (!this.alive) return;
    const first = this.#first;
    this.#first = false;
    const { type, stream, length } = sent;
    if (length >= 2 ** 24) return this.#garbage(stream);
    if (length > LIMITS.body) return this.#tooLong(sent);
    if (type === 1) this.#request(sent);
    else if (type === 3) this.#data(sent);
    else if (type === 0x80 && first && this.extensions && sent.features !== undefined) {
      this.features = sent.features & 0x7f;
      this.settings += 1;
    } else if (type === 0x81 && this.#has(Feature.ping) && length === 8) this.pongs += 1;
    else if (type === 0x83 && this.#has(Feature.cancel) && length >= 4) this.#forget(stream);
  }

  #garbage(stream: number): void {
    this.#answer(stream, 8);
    this.#breakOff();
  }

  #breakOff(): void {
    if (this.#has(Feature.goAway)) this.goAways += 1;
    this.alive = false;
    for (const stream of this.calls.keys()) this.#forget(stream);
  }

  #tooLong({ type, stream }: Sent): void {
    if (type === 1 && stream > this.#lastId) this.#lastId = stream;
    const call = this.calls.get(stream);
    // It ends an unfinished message, and a stream that takes messages; a call with one request goes on.
    if (type === 3 && call !== undefined && takesStream(call)) this.#end(stream, 8);
    else {
      this.#answer(stream, 8);
      if (call === undefined) this.pieces.delete(stream);
    }
  }

  // Requests

  #request(sent: Sent): void {
    const { stream, flags } = sent;
    const more = (flags & MORE) !== 0 && this.#has(Feature.more);
    if (this.pieces.has(stream) && !this.calls.has(stream)) return this.#requestPiece(sent, more);
    if (stream % 2 === 0 || stream <= this.#lastId) return this.#refuse(stream, 3, more);
    this.#lastId = stream;
    if (!more) this.#start(stream, flags, sent.body as Body);
    else if (this.#unfinished >= LIMITS.streams) this.#refuse(stream, 8, more);
    else this.#requestPiece(sent, more);
  }

  /** Of a request in pieces the rest is dropped. */
  #refuse(stream: number, status: number, more: boolean): void {
    this.#answer(stream, status);
    if (more && !this.calls.has(stream)) this.pieces.set(stream, -1);
  }

  /** Messages of which pieces came and are kept. */
  get #unfinished(): number {
    let count = 0;
    for (const bytes of this.pieces.values()) if (bytes >= 0) count += 1;
    return count;
  }

  #requestPiece({ stream, flags, length, body }: Sent, more: boolean): void {
    const had = this.pieces.get(stream) ?? 0;
    const whole = had + length;
    if (had >= 0 && whole > LIMITS.body) this.#answer(stream, 8);
    const refused = had < 0 || whole > LIMITS.body;
    if (more) this.pieces.set(stream, refused ? -1 : whole);
    else this.pieces.delete(stream);
    if (!more && !refused) this.#start(stream, flags, body as Body);
  }

  #start(stream: number, flags: number, body: Body): void {
    const { status, method, bad = false, empty = false } = body;
    if (status !== undefined || method === undefined) return this.#answer(stream, status ?? 0);
    if (body.encoded === true && this.#has(Feature.compression)) return this.#answer(stream, 12);
    if (this.#running >= LIMITS.streams) return this.#answer(stream, 8);
    if (body.late === true) return this.#answer(stream, 4);
    const call: Call = {
      method,
      flow: body.flow === true && this.#has(Feature.window),
      closed: true,
      messages: 0,
      unread: method === "Lazy" ? 0 : undefined,
      broken: false,
    };
    if (!takesStream(call)) {
      if (bad || method === "Unary") return this.#answer(stream, bad ? 13 : 0);
      call.closed = method === "Hold" || (flags & RC) !== 0;
    } else {
      call.closed = (flags & RC) !== 0 || (!empty && (flags & RO) === 0);
      if (!empty) this.#message(stream, call, body, 0);
    }
    this.#running += 1;
    this.calls.set(stream, call);
  }

  // Data

  #data(sent: Sent): void {
    const { stream, flags, length, body } = sent;
    if (stream % 2 === 0) return this.#answer(stream, 3);
    const call = this.calls.get(stream);
    if (call === undefined) {
      if (stream > this.#lastId) this.#answer(stream, 3);
      return;
    }
    if (call.closed || (!takesStream(call) && length > 0)) return this.#answer(stream, 3);
    const more = (flags & MORE) !== 0 && this.#has(Feature.more);
    const had = this.pieces.get(stream) ?? 0;
    if (had + length > LIMITS.body) return this.#end(stream, 8);
    if (more) {
      this.pieces.set(stream, had + length);
      return;
    }
    this.pieces.delete(stream);
    if (takesStream(call) && (had + length > 0 || (flags & 4) === 0)) {
      if (call.unread !== undefined && this.#overruns(call, had + length)) {
        if (call.flow) this.#breakOff();
        else this.#end(stream, 8);
        return;
      }
      this.#message(stream, call, body as Body, had + length);
    }
    if ((flags & RC) !== 0) call.closed = true;
  }

  /** A stream with a window keeps to it; of one without, 64 KiB are kept and the message beyond. */
  #overruns(call: Call, bytes: number): boolean {
    const unread = call.unread ?? 0;
    if (!call.flow) return unread > LIMITS.window;
    return this.#has(Feature.more) ? unread + bytes > LIMITS.window : unread >= LIMITS.window;
  }

  #message(stream: number, call: Call, body: Body, bytes: number): void {
    if (call.unread !== undefined) call.unread += bytes;
    if (call.broken) return;
    if (body.bad === true) {
      call.broken = true;
      this.#on(stream).loose = true;
      return;
    }
    call.messages += 1;
    if (call.method === "Both") this.#on(stream).data += 1;
  }

  /** Every handler that waits for nothing else ends. */
  release(): void {
    for (const [stream, call] of this.calls) {
      const { method, broken, closed, messages } = call;
      const expected = this.#on(stream);
      call.unread = undefined;
      if (takesStream(call) && !broken && !closed) continue;
      this.calls.delete(stream);
      this.pieces.delete(stream);
      expected.ends.push(broken ? 13 : method === "Down" || method === "Both" ? "end" : 0);
      if (method === "Down") expected.data += 2;
      if (!broken && (method === "Up" || method === "Lazy")) expected.counted = messages;
    }
    this.#running = this.calls.size;
  }
}

function takesStream({ method }: { readonly method: MethodName }): boolean {
  return method === "Up" || method === "Both" || method === "Lazy";
}
