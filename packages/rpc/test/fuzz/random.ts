import { seededRandom } from "../../../../tools/seeded-random.ts";

/** What random tests draw; the same for the same seed. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  chance(part: number): boolean {
    return this.below(1e6) < part * 1e6;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

/** Sizes of the chunks in which a socket may deliver `bytes`: from single bytes to 64 KiB, one kind for all. */
export function* chunksOf(bytes: Buffer, random: Random): Iterable<Buffer> {
  const most = random.of([1, 7, 100, 1_500, 1_500, 16_384, 65_536, 65_536]);
  // Single bytes of everything would cost more than all else.
  let small = most < 100 ? 2_000 : 0;
  for (let at = 0; at < bytes.length; ) {
    const size = small > 0 ? 1 + random.below(most) : 1 + random.below(Math.max(most, 100));
    small -= 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
