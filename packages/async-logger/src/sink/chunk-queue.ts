import type { Slabs } from "./slabs.ts";

const MAX_JOIN_BYTES = 1024 * 1024;
export const LINE_FEED = 10;

/** Whole lines, encoded; after an error the first may be the rest of one. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly lines: number;
  /** Grows with each swap. A join has that of its first chunk, so that nothing in it counts as written before all is. */
  readonly sequence: number;
  /** Whether it continues a line that is partly written: then nothing may come before it. */
  readonly torn: boolean;
  /** The memory of `bytes`, to be used again once they are written; undefined where it is not to be. */
  readonly slab: Buffer | undefined;
}

/** The encoded chunks that wait for their turn, in order. */
export class ChunkQueue {
  readonly #chunks: Chunk[] = [];
  readonly #slabs: Slabs;
  #bytes = 0;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  get first(): Chunk | undefined {
    return this.#chunks[0];
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lines(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.lines, 0);
  }

  push(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
  }

  /** Puts back what was not written. */
  unshift(chunk: Chunk): void {
    if (chunk.bytes.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#bytes += chunk.bytes.length;
  }

  /** Takes the first chunks, joined to at most 1 MB; none of a later sequence than `last`, except the first. */
  take(last: number): Chunk | undefined {
    const [first] = this.#chunks;
    if (first === undefined) return undefined;
    let size = first.bytes.length;
    let count = 1;
    for (let next = this.#chunks[1]; next !== undefined && next.sequence <= last; next = this.#chunks[count]) {
      if (size + next.bytes.length > MAX_JOIN_BYTES) break;
      size += next.bytes.length;
      count += 1;
    }
    const taken = this.#chunks.splice(0, count);
    this.#bytes -= size;
    if (count === 1) return first;
    const bytes = Buffer.concat(
      taken.map((chunk) => chunk.bytes),
      size,
    );
    for (const { slab } of taken) this.#slabs.giveBack(slab);
    return {
      bytes,
      slab: undefined,
      lines: taken.reduce((sum, chunk) => sum + chunk.lines, 0),
      sequence: first.sequence,
      torn: first.torn,
    };
  }

  /** Takes the oldest chunk of whole lines out. */
  dropOldest(): Chunk | undefined {
    const [oldest] = this.#chunks.splice(this.first?.torn === true ? 1 : 0, 1);
    this.#bytes -= oldest?.bytes.length ?? 0;
    return oldest;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#bytes = 0;
  }
}

export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
