/** The first frame of a client and its answer: which extensions both ends speak. */
import { FieldReader, varintField } from "./fields.ts";

export const Feature = { ping: 0x01, cancel: 0x02, window: 0x04, goAway: 0x08 } as const;

/** What this package speaks. */
export const FEATURES: number = Feature.ping | Feature.cancel | Feature.window | Feature.goAway;

export interface Settings {
  readonly features: number;
  /** Data bytes that may be under way on one stream. */
  readonly initialWindow: number;
  /** Data bytes that may be under way on all streams together; 0 = unlimited. */
  readonly connectionWindow: number;
  /** Streams the sender accepts at once; 0 = not said. */
  readonly maxStreams: number;
}

const VERSION = 1;
export const MIN_WINDOW_BYTES: number = 64 << 10;
const MAX_FRAME_BYTES = 64 << 10;
const LEAST_MAX_FRAME = 16 << 10;
const MOST_MAX_FRAME = 4 << 20;

export function encodeSettings({ features, initialWindow, connectionWindow, maxStreams }: Settings): Buffer {
  return Buffer.concat([
    varintField(1, VERSION),
    varintField(2, features),
    varintField(3, initialWindow),
    varintField(4, MAX_FRAME_BYTES),
    varintField(5, maxStreams),
    varintField(7, connectionWindow),
  ]);
}

const reader = new FieldReader();

/** @returns undefined when the settings are bogus: then the connection goes on without extensions. */
export function decodeSettings(buffer: Buffer, start: number, end: number): Settings | undefined {
  const values = new Map<number, number>();
  reader.open(buffer, start, end);
  while (reader.next()) {
    if (reader.field <= 5 || reader.field === 7) values.set(reader.field, reader.varint());
    else reader.skip();
  }
  const value = (field: number): number => values.get(field) ?? 0;
  const initialWindow = value(3);
  const maxFrame = value(4);
  const legal =
    !reader.failed &&
    value(1) >= VERSION &&
    value(2) >= 0 &&
    maxFrame >= LEAST_MAX_FRAME &&
    maxFrame <= MOST_MAX_FRAME &&
    initialWindow >= Math.max(MIN_WINDOW_BYTES, maxFrame) &&
    value(5) >= 0 &&
    value(7) >= 0;
  if (!legal) return undefined;
  return { features: value(2), initialWindow, connectionWindow: value(7), maxStreams: value(5) };
}
