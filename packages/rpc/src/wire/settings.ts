/** The first frame of a client and its answer: which extensions both ends speak. */
import { ENCODINGS, type Encoding, isEncoding } from "./compression.ts";
import { FieldReader, textField, varintField } from "./fields.ts";
import type { PeerLimits } from "./message-sender.ts";

export const Feature = {
  ping: 0x01,
  cancel: 0x02,
  window: 0x04,
  goAway: 0x08,
  compression: 0x10,
  more: 0x20,
  trailers: 0x40,
} as const;

/** What this package speaks. */
export const FEATURES: number = Object.values(Feature).reduce((all, feature) => all | feature, 0);

/** The extensions in force on a connection: none until both ends have spoken. */
export class Agreement {
  features = 0;

  has(feature: number): boolean {
    return (this.features & feature) !== 0;
  }

  /** Both ends have spoken. @returns how the peer wants what is sent to it. */
  reached(peer: Settings): PeerLimits {
    this.features = peer.features & FEATURES;
    const windows = this.has(Feature.window);
    return {
      maxFrame: this.has(Feature.more) ? peer.maxFrame : undefined,
      initialWindow: windows ? peer.initialWindow : Infinity,
      connectionWindow: windows && peer.connectionWindow > 0 ? peer.connectionWindow : Infinity,
    };
  }
}

export interface Settings {
  readonly features: number;
  /** Data bytes that may be under way on one stream. */
  readonly initialWindow: number;
  /** Longest piece of a message that the sender takes. */
  readonly maxFrame: number;
  /** Data bytes that may be under way on all streams together; 0 = unlimited. */
  readonly connectionWindow: number;
  /** Streams the sender accepts at once; 0 = not said. */
  readonly maxStreams: number;
  /** What the sender can decompress; names that this package does not know are left out. */
  readonly encodings: readonly Encoding[];
}

const VERSION = 1;
export const MIN_WINDOW_BYTES: number = 64 << 10;
/** Longest piece of a message that this package asks for. */
const MAX_FRAME_BYTES = 64 << 10;
const LEAST_MAX_FRAME = 16 << 10;
const MOST_MAX_FRAME = 4 << 20;

/** What this end says of itself. @param maxStreams 0 = not said. */
export function ownSettings(
  { initialWindowBytes, connectionWindowBytes }: { initialWindowBytes: number; connectionWindowBytes: number },
  maxStreams: number,
): Buffer {
  return encodeSettings({
    features: FEATURES,
    initialWindow: initialWindowBytes,
    maxFrame: MAX_FRAME_BYTES,
    connectionWindow: connectionWindowBytes,
    maxStreams,
    encodings: ENCODINGS,
  });
}

export function encodeSettings(settings: Settings): Buffer {
  const { features, initialWindow, maxFrame, connectionWindow, maxStreams, encodings } = settings;
  return Buffer.concat([
    varintField(1, VERSION),
    varintField(2, features),
    varintField(3, initialWindow),
    varintField(4, maxFrame),
    varintField(5, maxStreams),
    ...encodings.map((encoding) => textField(6, encoding)),
    varintField(7, connectionWindow),
  ]);
}

const reader = new FieldReader();

/** @returns undefined when the settings are bogus: then the connection goes on without extensions. */
export function decodeSettings(buffer: Buffer, start: number, end: number): Settings | undefined {
  const values = new Map<number, number>();
  const encodings: Encoding[] = [];
  reader.open(buffer, start, end);
  while (reader.next()) {
    if (reader.field === 6) {
      const name = reader.text();
      if (isEncoding(name)) encodings.push(name);
    } else if (reader.field <= 7) values.set(reader.field, reader.varint());
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
  return { features: value(2), initialWindow, maxFrame, connectionWindow: value(7), maxStreams: value(5), encodings };
}
