/** A frame with a message in it, encoded straight into the connection's slab. */
import { varintBytes, writeVarint } from "./fields.ts";
import { HEADER_BYTES, writeHeader } from "./frame.ts";
import type { MessageCodec } from "./message-codec.ts";
import { MessageTooLarge } from "./message-too-large.ts";
import type { Output } from "./output.ts";

/** Tags of the envelope's payload field; Data has no envelope. */
export const PayloadTag = { request: 0x1a, response: 0x12, data: 0 } as const;
const TIMEOUT_TAG = 0x20;
const MAX_TIMEOUT_BYTES = 9;

export interface MessageFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Stands before the payload. */
  readonly prefix: Buffer;
  readonly payloadTag: number;
  readonly codec: MessageCodec;
  readonly message: unknown;
  /** Field 4 of a Request; 0 = none. */
  readonly timeoutNano: number;
  /** Stands at the end. */
  readonly suffix: Buffer | undefined;
}

/**
 * Writes the frame, unless its body is longer than a piece may be.
 *
 * @returns the length of its body; or the body, of which nothing was written.
 * @throws MessageTooLarge, or what the codec throws; then nothing was written.
 */
export function writeMessageFrame(
  output: Output,
  frame: MessageFrame,
  maxBytes: number,
  pieceBytes: number,
): number | Buffer {
  const { codec } = frame;
  if (codec.writeTo === undefined)
    return writeEncoded(output, frame, codec.encode(frame.message), maxBytes, pieceBytes);
  for (;;) {
    const { slab, position } = output;
    const end = encodeInto(slab, position, frame);
    if (end <= slab.length) {
      const start = position + HEADER_BYTES;
      const length = end - start;
      if (length > maxBytes) throw new MessageTooLarge(maxBytes, length);
      if (length > pieceBytes) return Buffer.from(slab.subarray(start, end));
      writeHeader(slab, position, length, frame.streamId, frame.type, frame.flags);
      output.commit(end);
      return length;
    }
    if (!output.makeRoom()) return writeEncoded(output, frame, codec.encode(frame.message), maxBytes, pieceBytes);
  }
}
/** @returns the position after the body, the header left out; above `slab.length` when there is no room for it. */
function encodeInto(slab: Buffer, position: number, frame: MessageFrame): number {
  const { codec, prefix, payloadTag, suffix, timeoutNano } = frame;
  const writeTo = codec.writeTo as NonNullable<MessageCodec["writeTo"]>;
  let at = position + HEADER_BYTES;
  if (at + prefix.length >= slab.length) return Infinity;
  if (prefix.length > 0) {
    slab.set(prefix, at);
    at += prefix.length;
  }
  if (payloadTag === PayloadTag.data) return writeTo(frame.message, slab, at);
  const guess = codec.lengthBytes;
  const start = at + 1 + guess;
  let end = writeTo(frame.message, slab, start);
  if (end > slab.length) return Infinity;
  const length = end - start;
  if (length === 0) end = at;
  else {
    const needed = length < 0x80 ? 1 : varintBytes(length);
    if (needed !== guess) {
      codec.lengthBytes = needed;
      const moved = at + 1 + needed;
      if (moved + length > slab.length) return Infinity;
      slab.copyWithin(moved, start, end);
      end = moved + length;
    }
    slab[at] = payloadTag;
    writeVarint(slab, at + 1, length);
  }
  const suffixBytes = suffix === undefined ? 0 : suffix.length;
  if (end + 1 + MAX_TIMEOUT_BYTES + suffixBytes > slab.length) return Infinity;
  if (timeoutNano > 0) {
    slab[end] = TIMEOUT_TAG;
    end = writeVarint(slab, end + 1, timeoutNano);
  }
  if (suffix !== undefined) {
    slab.set(suffix, end);
    end += suffixBytes;
  }
  return end;
}

/** For codecs without `writeTo`, and for messages that are longer than a slab. */
function writeEncoded(
  output: Output,
  frame: MessageFrame,
  payload: Uint8Array,
  maxBytes: number,
  pieceBytes: number,
): number | Buffer {
  const { prefix, payloadTag, timeoutNano, suffix } = frame;
  const head = Buffer.alloc(HEADER_BYTES + prefix.length + 6);
  let at = HEADER_BYTES;
  at += prefix.copy(head, at);
  if (payloadTag !== PayloadTag.data && payload.length > 0) {
    head[at++] = payloadTag;
    at = writeVarint(head, at, payload.length);
  }
  const tail = Buffer.alloc(1 + MAX_TIMEOUT_BYTES);
  let tailEnd = 0;
  if (timeoutNano > 0) {
    tail[tailEnd++] = TIMEOUT_TAG;
    tailEnd = writeVarint(tail, tailEnd, timeoutNano);
  }
  const parts = [head.subarray(HEADER_BYTES, at), payload, tail.subarray(0, tailEnd)];
  if (suffix !== undefined) parts.push(suffix);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > maxBytes) throw new MessageTooLarge(maxBytes, length);
  if (length > pieceBytes) return Buffer.concat(parts, length);
  writeHeader(head, 0, length, frame.streamId, frame.type, frame.flags);
  parts[0] = head.subarray(0, at);
  for (const part of parts) if (part.length > 0) output.append(part);
  return length;
}

/** A frame whose body is there already. */
export function writeFrame(output: Output, type: number, flags: number, streamId: number, body: Uint8Array): void {
  const header = Buffer.alloc(HEADER_BYTES);
  writeHeader(header, 0, body.length, streamId, type, flags);
  output.append(header);
  if (body.length > 0) output.append(body);
}
