import { flat, needsEscape } from "./json-string.ts";

const MAX_KEPT = 512;
const MAX_LENGTH = 256;
/** Messages looked up in vain, in a row, after which looking up is not worth its price for a while. */
const MAX_MISSES = 64;
const PAUSE = 10_000;

/**
 * How lines end: `,"msg":"…"}` and a line feed. Most messages are constants of the program, so their ends are kept; where
 * most are not, the search pauses.
 */
export class MessageEnds {
  readonly #ends = new Map<string, string>();
  #misses = 0;
  #pause = 0;

  of(message: string): string {
    if (this.#pause > 0) {
      this.#pause -= 1;
      return endOf(message);
    }
    const known = this.#ends.get(message);
    if (known !== undefined) {
      this.#misses = 0;
      return known;
    }
    return this.#made(message);
  }

  #made(message: string): string {
    this.#misses += 1;
    if (this.#misses > MAX_MISSES && this.#ends.size >= MAX_KEPT) {
      this.#misses = 0;
      this.#pause = PAUSE;
      // Other constants may have their turn.
      this.#ends.clear();
    }
    const end = endOf(message);
    if (message.length > MAX_LENGTH || this.#ends.size >= MAX_KEPT) return end;
    const kept = flat(end);
    this.#ends.set(message, kept);
    return kept;
  }
}

function endOf(message: string): string {
  return needsEscape(message) ? `,"msg":${JSON.stringify(message)}}\n` : `,"msg":"${message}"}\n`;
}
