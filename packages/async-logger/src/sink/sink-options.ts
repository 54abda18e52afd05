import { type OptionChecks, optionChecks } from "@servertech/core";

/** What happens when a sink holds `maxBufferBytes`. */
export type OverflowPolicy = "block" | "drop-oldest" | "drop-newest";

/** The memory of a sink. */
export interface BufferOptions {
  /** Size at which waiting lines are handed over, in bytes. From 1 to `maxBufferBytes`. @default 65_536 */
  swapBytes?: number | undefined;
  /** Longest time a line waits for that, in milliseconds; 0 hands over in every turn of the event loop. @default 10 */
  intervalMs?: number | undefined;
  /** Most bytes held, beside one line and one chunk. At least `swapBytes`. @default 8_388_608 */
  maxBufferBytes?: number | undefined;
  /**
   * At `maxBufferBytes`: write on the caller, drop the oldest chunk, or drop new lines. While the destination refuses,
   * `block` drops new lines. @default "block"
   */
  overflow?: OverflowPolicy | undefined;
}

/** Options of `stdoutSink` and `prettySink`. */
export interface StreamSinkOptions {
  /** The file descriptor, from 0. @default 1 */
  fd?: number | undefined;
  buffer?: BufferOptions | undefined;
}

/** Options of `fileSink`. */
export interface FileSinkOptions {
  /** Files are `<prefix>YYYYmmdd_HHMMSS_<index>.log`; the directory is created. */
  prefix: string;
  rotate?:
    | {
        /** Size above which the next file is opened, in bytes. At least 1. @default no rotation */
        sizeBytes?: number | undefined;
      }
    | undefined;
  buffer?: BufferOptions | undefined;
}

export type BufferSettings = { readonly [K in keyof BufferOptions]-?: NonNullable<BufferOptions[K]> };

export function resolveStreamSink(options: StreamSinkOptions): { fd: number; buffer: BufferSettings } {
  const check = optionChecks(options, ["fd", "buffer"]);
  const fd = check.integer("fd", options?.fd ?? 1, { min: 0, max: 2 ** 31 - 1 });
  return check.done({ fd, buffer: resolveBuffer(check, options?.buffer) });
}

export interface FileSinkSettings {
  readonly prefix: string;
  readonly maxFileBytes: number;
  readonly buffer: BufferSettings;
}

export function resolveFileSink(options: FileSinkOptions): FileSinkSettings {
  const check = optionChecks(options, ["prefix", "rotate", "buffer"]);
  const prefix = check.string("prefix", options?.prefix);
  const rotate = check.group("rotate", options?.rotate, ["sizeBytes"]);
  const { sizeBytes } = options?.rotate ?? {};
  const maxFileBytes = sizeBytes === undefined ? Infinity : rotate.bytes("sizeBytes", sizeBytes, { min: 1 });
  return check.done({ prefix, maxFileBytes, buffer: resolveBuffer(check, options?.buffer) });
}

function resolveBuffer(check: OptionChecks, options: BufferOptions | undefined): BufferSettings {
  const group = check.group("buffer", options, ["swapBytes", "intervalMs", "maxBufferBytes", "overflow"]);
  const maxBufferBytes = group.bytes("maxBufferBytes", options?.maxBufferBytes ?? 8_388_608, { min: 1 });
  return {
    maxBufferBytes,
    swapBytes: group.bytes("swapBytes", options?.swapBytes ?? 65_536, { min: 1, max: maxBufferBytes }),
    intervalMs: group.duration("intervalMs", options?.intervalMs ?? 10, { max: 2 ** 31 - 1 }),
    overflow: group.oneOf("overflow", options?.overflow ?? "block", ["block", "drop-oldest", "drop-newest"]),
  };
}
