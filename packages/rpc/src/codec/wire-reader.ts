/**
 * Reads protobuf's wire format from the bytes of one message.
 *
 * Nothing is read beyond the end of the message or sub-message in hand; whatever the bytes are, it ends or throws.
 */
import { isUtf8 } from "node:buffer";
import { endianness } from "node:os";
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";

/** As in the other implementations: https://protobuf.dev/programming-guides/proto-limits/#depth */
const MAX_DEPTH = 100;
const TWO_32 = 2 ** 32;

// Shorter text is put together here: the way into the runtime costs more.
const SHORT_TEXT = 12;

/** The bytes of one message, and how far they are read. Used by generated code. */
export class WireReader {
  readonly #buffer: Buffer;
  readonly #start: number;
  #position: number;
  #end: number;
  #depth = 0;
  #low = 0;
  #high = 0;

  /** Reads `bytes[start, end)`; `bytes()` gives views of them. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = this.#position = start;
    this.#end = end;
  }

  /** Whether the message in hand goes on. */
  more(): boolean {
    return this.#position < this.#end;
  }

  /** Number and wire type of the next field: `number << 3 | wire type`, unsigned. */
  tag(): number {
    const first = this.#byte();
    const tag = first < 128 ? first : this.#longTag(first);
    if (tag < 8) throw this.#broken("field number 0");
    return tag;
  }

  /** Enters a packed list. @returns what {@link WireReader.close} needs. */
  open(): number {
    const length = this.uint32();
    const outer = this.#end;
    if (length > outer - this.#position) throw this.#broken("a length beyond the end");
    this.#end = this.#position + length;
    return outer;
  }

  close(outer: number): void {
    this.#end = outer;
  }

  /** Enters a sub-message. @returns what {@link WireReader.leave} needs. */
  enter(): number {
    if (++this.#depth > MAX_DEPTH) throw this.#broken(`more than ${MAX_DEPTH} messages inside each other`);
    return this.open();
  }

  leave(outer: number): void {
    this.#depth -= 1;
    this.#end = outer;
  }

  /** Where the next byte is. */
  position(): number {
    return this.#position;
  }

  /**
   * Steps over the field that `tag` began, and keeps it as it is on the wire.
   *
   * @param kept fields kept before, which become one with it where they stand in front of it.
   * @param start where the tag began.
   * @returns `kept` with it: views.
   */
  keep(kept: Uint8Array[] | undefined, start: number, tag: number): Uint8Array[] {
    this.skip(tag);
    const { buffer, byteOffset } = this.#buffer;
    const last = kept?.at(-1);
    if (kept === undefined || last === undefined) return [this.#buffer.subarray(start, this.#position)];
    const from = last.byteOffset - byteOffset;
    if (last.buffer === buffer && from + last.length === start && from >= 0) {
      kept[kept.length - 1] = this.#buffer.subarray(from, this.#position);
    } else kept.push(this.#buffer.subarray(start, this.#position));
    return kept;
  }

  /** Steps over the field that `tag` began. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.#varint();
        break;
      case 1:
        this.#take(8);
        break;
      case 2:
        this.#take(this.uint32());
        break;
      case 3:
        this.#skipGroup(tag >>> 3);
        break;
      case 5:
        this.#take(4);
        break;
      default:
        throw this.#broken(`wire type ${tag & 7}`);
    }
  }

  /** Longer varints are cut to 32 bits, as the format asks. */
  uint32(): number {
    const first = this.#byte();
    if (first < 128) return first;
    this.#longVarint(first);
    return this.#low;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  int64(): bigint {
    this.#varint();
    return signed(this.#low, this.#high);
  }

  uint64(): bigint {
    this.#varint();
    return unsigned(this.#low, this.#high);
  }

  sint64(): bigint {
    this.#varint();
    const value = unsigned(this.#low, this.#high);
    return (value >> 1n) ^ -(value & 1n);
  }

  fixed32(): number {
    const at = this.#take(4);
    return this.#buffer.readUInt32LE(at);
  }

  sfixed32(): number {
    return this.fixed32() | 0;
  }

  fixed64(): bigint {
    this.#fixed64();
    return unsigned(this.#low, this.#high);
  }

  sfixed64(): bigint {
    this.#fixed64();
    return signed(this.#low, this.#high);
  }

  /** @throws when the value is outside ±(2^53 - 1); so do the others that give a 64-bit value as a number. */
  int64Number(): number {
    this.#varint();
    return this.#safe((this.#high | 0) * TWO_32 + this.#low);
  }

  uint64Number(): number {
    this.#varint();
    return this.#safe(this.#high * TWO_32 + this.#low);
  }

  sint64Number(): number {
    return this.#safe(Number(this.sint64()));
  }

  fixed64Number(): number {
    this.#fixed64();
    return this.#safe(this.#high * TWO_32 + this.#low);
  }

  sfixed64Number(): number {
    this.#fixed64();
    return this.#safe((this.#high | 0) * TWO_32 + this.#low);
  }

  float(): number {
    return this.#buffer.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  string(): string {
    const length = this.uint32();
    const start = this.#take(length);
    const end = start + length;
    if (length <= SHORT_TEXT) {
      const text = shortAscii(this.#buffer, start, end);
      if (text !== undefined) return text;
    }
    const text = this.#buffer.toString("utf8", start, end);
    // Wrong bytes become U+FFFD; so does a rightly written U+FFFD.
    if (text.includes("\uFFFD") && !isUtf8(this.#buffer.subarray(start, end)))
      throw this.#broken("text that is not UTF-8");
    return text;
  }

  /** A view. */
  bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  #byte(): number {
    if (this.#position >= this.#end) throw this.#broken("it ends too early");
    return this.#buffer[this.#position++] as number;
  }

  /** Steps over `length` bytes. @returns where they begin. */
  #take(length: number): number {
    const start = this.#position;
    if (length > this.#end - start) throw this.#broken("it ends too early");
    this.#position = start + length;
    return start;
  }

  #longTag(first: number): number {
    this.#longVarint(first);
    if (this.#high !== 0) throw this.#broken("a field number above 2^29 - 1");
    return this.#low;
  }

  #varint(): void {
    const first = this.#byte();
    if (first < 128) {
      this.#low = first;
      this.#high = 0;
    } else this.#longVarint(first);
  }

  /** Bits above 64 are dropped, as the other implementations do. */
  #longVarint(first: number): void {
    let low = first & 127;
    let high = 0;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 127) << 28;
        high = (byte & 127) >>> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte < 128) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw this.#broken("a varint of more than 10 bytes");
  }

  #fixed64(): void {
    const at = this.#take(8);
    this.#low = this.#buffer.readUInt32LE(at);
    this.#high = this.#buffer.readUInt32LE(at + 4);
  }

  #skipGroup(number: number): void {
    if (++this.#depth > MAX_DEPTH) throw this.#broken(`more than ${MAX_DEPTH} messages inside each other`);
    for (let tag = this.tag(); tag !== ((number << 3) | 4) >>> 0; tag = this.tag()) this.skip(tag);
    this.#depth -= 1;
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) throw this.#broken("an integer outside ±(2^53 - 1)");
    return value;
  }

  #broken(reason: string): RpcError {
    return new RpcError(Status.Internal, `no such message: ${reason}, at byte ${this.#position - this.#start}`);
  }
}

/**
 * What text of up to {@link SHORT_TEXT} bytes says, or undefined when it has letters beyond ASCII. Eight and four at a time: each
 * string put to another one costs as much as all the letters of a call.
 */
function shortAscii(bytes: Buffer, start: number, end: number): string | undefined {
  const byte = (at: number) => bytes[at] as number;
  let text = "";
  let all = 0;
  let p = start;
  if (end - p >= 8) {
    const a = byte(p);
    const b = byte(p + 1);
    const c = byte(p + 2);
    const d = byte(p + 3);
    const e = byte(p + 4);
    const f = byte(p + 5);
    const g = byte(p + 6);
    const h = byte(p + 7);
    all = a | b | c | d | e | f | g | h;
    text = String.fromCharCode(a, b, c, d, e, f, g, h);
    p += 8;
  }
  if (end - p >= 4) {
    const a = byte(p);
    const b = byte(p + 1);
    const c = byte(p + 2);
    const d = byte(p + 3);
    all |= a | b | c | d;
    text += String.fromCharCode(a, b, c, d);
    p += 4;
  }
  for (; p < end; p++) {
    const a = byte(p);
    all |= a;
    text += String.fromCharCode(a);
  }
  return all < 128 ? text : undefined;
}

// A bigint read from memory is made by compiled code; `BigInt(number)` is a way into the runtime.
const WORDS = new Uint32Array(2);
const [LOW, HIGH] = endianness() === "LE" ? [0, 1] : [1, 0];
const UNSIGNED = new BigUint64Array(WORDS.buffer);
const SIGNED = new BigInt64Array(WORDS.buffer);

function unsigned(low: number, high: number): bigint {
  WORDS[LOW] = low;
  WORDS[HIGH] = high;
  return UNSIGNED[0] as bigint;
}

function signed(low: number, high: number): bigint {
  WORDS[LOW] = low;
  WORDS[HIGH] = high;
  return SIGNED[0] as bigint;
}
