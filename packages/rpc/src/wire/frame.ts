/**
 * The frame of ttrpc v1.2: `u32be length | u32be stream id | u8 type | u8 flags | body[length]`.
 *
 * https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md. Types from 0x80 on are extensions that both ends agreed on.
 */
export const HEADER_BYTES = 10;
/** The longest body of a frame. Its length fits 3 bytes, so a header always begins with 0. */
export const MAX_BODY_BYTES: number = 4 << 20;
export const MAX_STREAM_ID = 0x7fff_ffff;

export const FrameType = {
  request: 0x01,
  response: 0x02,
  data: 0x03,
  settings: 0x80,
  ping: 0x81,
  pong: 0x82,
  cancel: 0x83,
  window: 0x84,
  goAway: 0x85,
} as const;

export const Flag = {
  remoteClosed: 0x01,
  remoteOpen: 0x02,
  noData: 0x04,
  /** The message is compressed. Only where both ends agreed on it. */
  compressed: 0x10,
  /** The message goes on in the next frame of this type and stream. Only where both ends agreed on it. */
  more: 0x20,
  /** Of SETTINGS: the server's answer. */
  ack: 0x01,
} as const;

/** Writes a header at `position`; its 10 bytes must have room. */
export function writeHeader(
  buffer: Buffer,
  position: number,
  length: number,
  streamId: number,
  type: number,
  flags: number,
): void {
  buffer[position] = length >>> 24;
  buffer[position + 1] = length >>> 16;
  buffer[position + 2] = length >>> 8;
  buffer[position + 3] = length;
  buffer[position + 4] = streamId >>> 24;
  buffer[position + 5] = streamId >>> 16;
  buffer[position + 6] = streamId >>> 8;
  buffer[position + 7] = streamId;
  buffer[position + 8] = type;
  buffer[position + 9] = flags;
}
