/** Before each message: u32 length, u32 charge, u8 compressed. */
const HEAD_BYTES = 9;
const FIRST_BLOCK_BYTES = 256;
const LARGEST_BLOCK_BYTES = 4_096;

/**
 * Messages that wait, first in, first out, as bytes in a few blocks: a message takes little more memory than it had bytes,
 * however short it is. An object each would let a sender of empty messages fill the memory with 25 times what it sends.
 */
export class StoredMessages {
  #blocks: Buffer[] = [];
  /** Where the first message begins in the first block, and where the next one will in the last. */
  #readAt = 0;
  #writeAt = 0;
  /** Where the messages of each block but the last end. */
  #ends: number[] = [];
  #size = 0;
  /** So many of the first messages hold nothing any more. */
  #free = 0;
  #charges = 0;
  // Of the message that `shift` took.
  start = 0;
  end = 0;
  compressed = false;
  charge = 0;

  get size(): number {
    return this.#size;
  }

  /** What the messages hold of windows. */
  get charges(): number {
    return this.#charges;
  }

  /** Keeps a copy of `buffer[start, end)`: the message must not keep the whole chunk of the socket alive. */
  push(buffer: Buffer, start: number, end: number, compressed: boolean, charge: number): void {
    const length = end - start;
    const block = this.#room(HEAD_BYTES + length);
    let at = this.#writeAt;
    block.writeUInt32LE(length, at);
    block.writeUInt32LE(charge, at + 4);
    block[at + 8] = compressed ? 1 : 0;
    at += HEAD_BYTES;
    if (length > 0) buffer.copy(block, at, start, end);
    this.#writeAt = at + length;
    this.#size += 1;
    this.#charges += charge;
  }

  #room(bytes: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length - this.#writeAt >= bytes) return last;
    if (last !== undefined) this.#ends.push(this.#writeAt);
    const usual = last === undefined ? FIRST_BLOCK_BYTES : Math.min(2 * last.length, LARGEST_BLOCK_BYTES);
    const block = Buffer.allocUnsafe(Math.max(bytes, usual));
    this.#blocks.push(block);
    this.#writeAt = 0;
    return block;
  }

  /** Takes the first message: `[start, end)` of what it gives. Undefined when there is none. */
  shift(): Buffer | undefined {
    if (this.#size === 0) return undefined;
    if (this.#readAt === this.#ends[0]) {
      this.#blocks.shift();
      this.#ends.shift();
      this.#readAt = 0;
    }
    const block = this.#blocks[0] as Buffer;
    const at = this.#readAt;
    this.start = at + HEAD_BYTES;
    this.end = this.start + block.readUInt32LE(at);
    this.charge = this.#free > 0 ? 0 : block.readUInt32LE(at + 4);
    this.compressed = block[at + 8] === 1;
    this.#readAt = this.end;
    this.#size -= 1;
    this.#charges -= this.charge;
    if (this.#free > 0) this.#free -= 1;
    // The block is not written again: the reader may hold views of it.
    if (this.#size === 0) this.#forget();
    return block;
  }

  #forget(): void {
    this.#blocks = [];
    this.#ends = [];
    this.#readAt = this.#writeAt = 0;
  }

  /** The messages stay, and hold nothing of windows any more. @returns what they held. */
  release(): number {
    const charges = this.#charges;
    this.#charges = 0;
    this.#free = this.#size;
    return charges;
  }

  /** Forgets the messages. */
  clear(): void {
    this.#size = this.#free = this.#charges = 0;
    this.#forget();
  }
}
