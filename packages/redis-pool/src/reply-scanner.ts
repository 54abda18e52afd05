const CR = 13;
const LF = 10;
const MINUS = 45;
const ZERO = 48;

/** How long a value is, by the first byte of it: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
const LINES = typesOf("+-:_,(#");
/** Followed by so many bytes. */
const BLOBS = typesOf("$=!");
/** Followed by so many values, or pairs of them. */
const LISTS = typesOf("*~>");
const MAPS = typesOf("%");

function typesOf(text: string): ReadonlySet<number> {
  return new Set(Buffer.from(text));
}

/** Finds where replies of Redis end, in whatever pieces they come, without reading them. */
export class ReplyScanner {
  /** Values of the present reply that are still to come; 0 = between two replies. */
  #values = 0;
  /** First byte of the value whose first line is being read; 0 = none. */
  #type = 0;
  /** The number in that line. */
  #size = 0;
  #negative = false;
  /** Of a blob's content and its line end, still to come. */
  #bytes = 0;

  /** Whether the next byte begins a reply. */
  get between(): boolean {
    return this.#values === 0;
  }

  /**
   * Goes over the present reply, or the next one.
   *
   * @returns the index behind it; -1 when it goes on in the next chunk, NaN when this is no reply.
   */
  skip(chunk: Uint8Array, from: number): number {
    if (this.#values === 0) this.#values = 1;
    let at = from;
    while (at < chunk.length) {
      if (this.#bytes > 0) {
        const here = Math.min(this.#bytes, chunk.length - at);
        this.#bytes -= here;
        at += here;
        if (this.#bytes === 0 && this.#ended()) return at;
        continue;
      }
      const byte = chunk[at++] as number;
      if (this.#type === 0) {
        this.#type = byte;
        this.#size = 0;
        this.#negative = false;
      } else if (byte === MINUS) this.#negative = true;
      else if (byte === LF) {
        if (!this.#lineEnded()) return Number.NaN;
        if (this.#bytes === 0 && this.#ended()) return at;
      } else if (byte !== CR) this.#size = this.#size * 10 + byte - ZERO;
    }
    return -1;
  }

  /** What follows the first line of a value. @returns false when there is no such type. */
  #lineEnded(): boolean {
    const type = this.#type;
    this.#type = 0;
    if (LINES.has(type)) return true;
    // -1 is a null of the older protocol.
    const size = this.#negative ? -1 : this.#size;
    if (BLOBS.has(type)) this.#bytes = size === -1 ? 0 : size + 2;
    else if (LISTS.has(type)) this.#values += Math.max(0, size);
    else if (MAPS.has(type)) this.#values += 2 * Math.max(0, size);
    else return false;
    return true;
  }

  /** A value has ended. @returns whether the reply has, too. */
  #ended(): boolean {
    this.#values -= 1;
    return this.#values === 0;
  }
}
