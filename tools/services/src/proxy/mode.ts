import { inspect } from "node:util";

/** From the client to the target, and from the target to the client. */
export type Direction = "up" | "down";

export interface LatencyOptions {
  /** Delay from the client to the target, in milliseconds, 0 or more. */
  upMs: number;
  /** Delay from the target to the client, in milliseconds, 0 or more. */
  downMs: number;
}

export interface BandwidthOptions {
  /** Bytes per second, of each direction of each connection, at least 1. */
  bytesPerSecond: number;
}

export interface SliceOptions {
  /** The size of each piece in bytes, at least 1; the last of what arrived together may be smaller. */
  pieceBytes: number;
  /** Pause after each piece, in milliseconds, 0 or more. @default 0 */
  gapMs?: number | undefined;
}

export interface CutAfterOptions {
  /** How many bytes more are let through on each connection, 0 or more. */
  bytes: number;
  /** The direction whose bytes are counted. */
  direction: Direction;
}

/** What each mode takes. */
export interface ModeOptions {
  /** All goes through. */
  pass: undefined;
  /**
   * All that is sent disappears, the ends of connections too, and new connections are accepted. A connection caught in it stays
   * dead in all modes that follow, with neither side told; connections made later work.
   */
  blackhole: undefined;
  /** Open connections get a TCP reset on both sides, new ones as soon as they are made. */
  reset: undefined;
  /** Nobody listens: new connections are refused. Open ones go on. */
  refuse: undefined;
  /** All goes through, later. */
  latency: LatencyOptions;
  /** All goes through, no faster than this. */
  bandwidth: BandwidthOptions;
  /** All goes through in small pieces, each written to the network on its own. */
  slice: SliceOptions;
  /** Each connection ends after so many bytes, however many the network took at once. */
  cutAfter: CutAfterOptions;
}

export type ModeName = keyof ModeOptions;

/** A mode with its options. */
export type Mode =
  | { readonly name: "pass" | "blackhole" | "reset" | "refuse" }
  | ({ readonly name: "latency" } & Readonly<LatencyOptions>)
  | ({ readonly name: "bandwidth" } & Readonly<BandwidthOptions>)
  | ({ readonly name: "slice"; readonly gapMs: number } & Readonly<Omit<SliceOptions, "gapMs">>)
  | ({ readonly name: "cutAfter" } & Readonly<CutAfterOptions>);

/**
 * The mode `name` with its options.
 *
 * @throws `RangeError` that names each option that is out of range.
 */
export function modeOf<N extends ModeName>(name: N, options: ModeOptions[N]): Mode {
  const problems: string[] = [];
  const given: Readonly<Record<string, unknown>> = { ...options };
  const atLeast = (option: string, least: number, fallback?: number): number => {
    const value = given[option] ?? fallback;
    if (Number.isFinite(value) && (value as number) >= least) return value as number;
    problems.push(`${option} must be a number of at least ${least}, got ${inspect(value)}`);
    return least;
  };
  const mode = checkedMode(name, given, atLeast, problems);
  if (problems.length > 0) throw new RangeError(`${name}: ${problems.join("; ")}`);
  return mode;
}

function checkedMode(
  name: ModeName,
  given: Readonly<Record<string, unknown>>,
  atLeast: (option: string, least: number, fallback?: number) => number,
  problems: string[],
): Mode {
  switch (name) {
    case "pass":
    case "blackhole":
    case "reset":
    case "refuse":
      return { name };
    case "latency":
      return { name, upMs: atLeast("upMs", 0), downMs: atLeast("downMs", 0) };
    case "bandwidth":
      return { name, bytesPerSecond: atLeast("bytesPerSecond", 1) };
    case "slice":
      return { name, pieceBytes: Math.floor(atLeast("pieceBytes", 1)), gapMs: atLeast("gapMs", 0, 0) };
    case "cutAfter": {
      const { direction } = given;
      if (direction !== "up" && direction !== "down") {
        problems.push(`direction must be "up" or "down", got ${inspect(direction)}`);
      }
      return { name, bytes: Math.floor(atLeast("bytes", 0)), direction: direction as Direction };
    }
    default:
      throw new RangeError(`unknown mode ${String(name satisfies never)}`);
  }
}
