/** The serialization of ZooKeeper's records: everything big-endian, -1 as the length of what is null. */

/** A record is shorter than its own lengths say, or a length makes no sense. Never leaves the client. */
export class JuteError extends Error {
  override readonly name: string = "JuteError";
}

/** Writes one record after the other into a buffer that grows. */
export class JuteWriter {
  #bytes = Buffer.allocUnsafe(128);
  #length = 0;

  int(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  long(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  boolean(value: boolean): this {
    const at = this.#grow(1);
    this.#bytes[at] = value ? 1 : 0;
    return this;
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  string(value: string): this {
    const length = Buffer.byteLength(value);
    this.int(length);
    const at = this.#grow(length);
    this.#bytes.write(value, at, "utf8");
    return this;
  }

  vector<T>(items: readonly T[], write: (writer: this, item: T) => unknown): this {
    this.int(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /** What was written, with its length in front: a frame. The writer is used up. */
  frame(): Buffer {
    const frame = Buffer.allocUnsafe(4 + this.#length);
    frame.writeInt32BE(this.#length, 0);
    this.#bytes.copy(frame, 4, 0, this.#length);
    return frame;
  }

  #grow(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads the fields of one frame in order. Throws {@link JuteError} when the frame ends too early. */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  boolean(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  /** A copy: the frame is part of a larger chunk that would stay in memory with it. */
  buffer(): Buffer | null {
    const length = this.#length();
    if (length === -1) return null;
    const at = this.#take(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  string(): string | null {
    const length = this.#length();
    if (length === -1) return null;
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** The elements, none for null. Each takes at least one byte, so a wrong count costs no memory. */
  vector<T>(read: (reader: this) => T): T[] {
    const count = this.#length();
    if (count > this.remaining) throw new JuteError(`a vector of ${count} in ${this.remaining} bytes`);
    return Array.from({ length: Math.max(0, count) }, () => read(this));
  }

  #length(): number {
    const length = this.int();
    if (length < -1) throw new JuteError(`a length of ${length}`);
    return length;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.remaining) throw new JuteError(`${bytes} bytes wanted, ${this.remaining} left`);
    this.#at += bytes;
    return at;
  }
}
