/** The little of protobuf that the envelopes need: https://protobuf.dev/programming-guides/encoding/ */

const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const TWO_TO_28 = 2 ** 28;

/**
 * Walks the fields of one message. `next` steps to a field; then exactly one of `varint`, `bytes` and `skip` takes its
 * value. Once something is malformed, `failed` is true and `next` gives false.
 */
export class FieldReader {
  #buffer: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;
  #wireType = 0;
  field = 0;
  failed = false;
  /** Where the value of the last `bytes` lies. */
  start = 0;
  end = 0;

  open(buffer: Buffer, start: number, end: number): this {
    this.#buffer = buffer;
    this.#position = start;
    this.#end = end;
    this.failed = false;
    return this;
  }

  next(): boolean {
    if (this.#position >= this.#end || this.failed) return false;
    const tag = this.#rawVarint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    if (this.field === 0 || tag > 0xffff_ffff) this.failed = true;
    return !this.failed;
  }

  /** A varint field as a signed number: what is negative as int64 is -1, what exceeds 2^53 is not exact. */
  varint(): number {
    if (this.#wireType !== WireType.varint) this.failed = true;
    return this.failed ? 0 : this.#rawVarint();
  }

  /** The field is length-delimited. */
  get isDelimited(): boolean {
    return this.#wireType === WireType.bytes;
  }

  /** A length-delimited field: its place is in `start` and `end`. */
  bytes(): void {
    if (this.#wireType !== WireType.bytes) this.failed = true;
    else this.#delimited();
  }

  text(): string {
    this.bytes();
    return this.failed ? "" : this.#buffer.toString("utf8", this.start, this.end);
  }

  skip(): void {
    switch (this.#wireType) {
      case WireType.varint:
        this.#rawVarint();
        break;
      case WireType.fixed64:
        this.#advance(8);
        break;
      case WireType.bytes:
        this.#delimited();
        break;
      case WireType.fixed32:
        this.#advance(4);
        break;
      default:
        // Groups went out of use before ttrpc came: nobody sends them in an envelope.
        this.failed = true;
    }
  }

  #delimited(): void {
    const length = this.#rawVarint();
    this.start = this.#position;
    if (length < 0) this.failed = true;
    else this.#advance(length);
    this.end = this.#position;
  }

  #advance(bytes: number): void {
    if (bytes > this.#end - this.#position) this.failed = true;
    else this.#position += bytes;
  }

  #rawVarint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let i = 1; i < 10; i++) {
      const byte = this.#byte();
      // The tenth byte holds bit 63, the sign of an int64.
      if (i === 9) {
        if (byte > 1) this.failed = true;
        return byte === 1 ? -1 : value;
      }
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return value;
  }

  #byte(): number {
    if (this.#position < this.#end) return this.#buffer[this.#position++] as number;
    this.failed = true;
    return 0;
  }
}

/** Bytes of `value` as a varint; `value` is a whole number from 0 to 2^53. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest /= 0x80) bytes += 1;
  return bytes;
}

/** @returns the position after the varint. */
export function writeVarint(buffer: Uint8Array, position: number, value: number): number {
  let at = position;
  let rest = value;
  // Bit operations hold 32 bits: what is larger is divided.
  while (rest >= TWO_TO_28) {
    buffer[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

/** A length-delimited field of its own; empty text gives no field, as proto3 wants. */
export function textField(field: number, text: string): Buffer {
  return text === "" ? Buffer.alloc(0) : bytesField(field, Buffer.from(text));
}

/** A length-delimited field; written even when empty. */
export function bytesField(field: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(2 * 5);
  const end = writeVarint(head, writeVarint(head, 0, field * 8 + WireType.bytes), bytes.length);
  return Buffer.concat([head.subarray(0, end), bytes]);
}

/** A varint field; zero gives no field. `value` is a whole number from 0 to 2^53. */
export function varintField(field: number, value: number): Buffer {
  if (value === 0) return Buffer.alloc(0);
  const buffer = Buffer.alloc(15);
  const end = writeVarint(buffer, writeVarint(buffer, 0, field * 8 + WireType.varint), value);
  return buffer.subarray(0, end);
}
