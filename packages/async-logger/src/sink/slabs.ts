/** So many units are kept for later, in slabs; beyond that, slabs are left to the garbage collector. */
const KEPT_UNITS = 1024 * 1024;
/** Most bytes of a UTF-16 code unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Encodes texts into memory that is used again. Most of the price of a new buffer is the system's, for pages that nobody
 * has touched before.
 */
export class Slabs {
  readonly #size: number;
  readonly #maxFree: number;
  readonly #free: Buffer[] = [];

  /** @param units the length of most texts */
  constructor(units: number) {
    this.#size = units * MAX_BYTES_PER_UNIT;
    this.#maxFree = Math.max(1, Math.floor(KEPT_UNITS / units));
  }

  /** The text in UTF-8; with the slab it is in, to be given back once nobody reads it any more. */
  encode(text: string): { bytes: Buffer; slab: Buffer | undefined } {
    if (text.length * MAX_BYTES_PER_UNIT > this.#size) return { bytes: Buffer.from(text), slab: undefined };
    const slab = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
    return { bytes: slab.subarray(0, slab.write(text)), slab };
  }

  giveBack(slab: Buffer | undefined): void {
    if (slab !== undefined && this.#free.length < this.#maxFree) this.#free.push(slab);
  }
}
