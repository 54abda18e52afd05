import { type OptionChecks, optionChecks } from "@servertech/core";
import type { FsyncPolicy } from "./disk-sync.ts";
import type { KeepSettings } from "./housekeeping.ts";
import type { TimeZone } from "./log-names.ts";

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
  /** Writes on the caller's thread, once a turn of the event loop unless `buffer.intervalMs` says otherwise. @default false */
  sync?: boolean | undefined;
}

/** When the next file is opened. Whatever comes first counts. */
export interface RotateOptions {
  /** Above this size, in bytes. At least 1. A larger line has a file of its own. @default never */
  sizeBytes?: number | undefined;
  /**
   * At whole multiples of this time, in milliseconds, counted from midnight in `timeZone`; a file without lines stays.
   * From 1 to a year. @default never
   */
  everyMs?: number | undefined;
}

/** Which closed files stay. All bounds that are given apply. Each process needs a `prefix` of its own then. */
export interface KeepOptions {
  /** Most closed files. At least 1. @default all */
  files?: number | undefined;
  /** Longest time since the last line, in milliseconds. At least 1. @default for ever */
  ageMs?: number | undefined;
  /** Most bytes of the closed files together, as they are on the disk. At least 1. @default no bound */
  totalBytes?: number | undefined;
  /** Compresses each file that was rotated, to `<name>.gz`. @default false */
  gzip?: boolean | undefined;
}

/** Options of `fileSink`: exactly one of `prefix` and `path`. */
export interface FileSinkOptions {
  /** Files are `<prefix>YYYYmmdd_HHMMSS_<index>.log`. */
  prefix?: string | undefined;
  /** One file, appended to, which others may move away before `reopen`. Excludes `rotate`, `keep`, `currentLink`. */
  path?: string | undefined;
  /** Makes the directory, also when it is gone later. @default true */
  mkdir?: boolean | undefined;
  rotate?: RotateOptions | undefined;
  keep?: KeepOptions | undefined;
  /** For the names of files and the midnight of `rotate.everyMs`. @default "local" */
  timeZone?: TimeZone | undefined;
  /** A symbolic link to the file that is written: `true` is `<prefix>current.log`, a text its path. @default false */
  currentLink?: boolean | string | undefined;
  buffer?: BufferOptions | undefined;
  /**
   * When written bytes are brought to the disk, off the main thread: `never`; `rotate`: when a file is closed; `swap`:
   * after each write, those in the meantime together; `{ everyMs }`: so long after a write, from 1 ms. Each but `never`
   * does it at the close, too. @default "never"
   */
  fsync?: FsyncPolicy | undefined;
  /** Reopens at this signal, which does not end the process then. Not on Windows. @default none */
  reopenOn?: "SIGHUP" | undefined;
  /** Writes on the caller's thread, once a turn of the event loop unless `buffer.intervalMs` says otherwise. @default false */
  sync?: boolean | undefined;
}

export type BufferSettings = { readonly [K in keyof BufferOptions]-?: NonNullable<BufferOptions[K]> };

/** What a writer needs to know, whatever its target. */
export interface WriterSettings {
  readonly buffer: BufferSettings;
  readonly sync: boolean;
  readonly fsync: FsyncPolicy;
}

export interface StreamSinkSettings extends WriterSettings {
  readonly fd: number;
}

export function resolveStreamSink(options: StreamSinkOptions): StreamSinkSettings {
  const check = optionChecks(options, ["fd", "buffer", "sync"]);
  return check.done(checkStreamSink(check, options ?? {}));
}

/** Notes the problems of the options; the result may be used after `done` only. */
export function checkStreamSink(check: OptionChecks, options: StreamSinkOptions): StreamSinkSettings {
  const sync = check.boolean("sync", options.sync ?? false);
  const fd = check.integer("fd", options.fd ?? 1, { min: 0, max: 2 ** 31 - 1 });
  return { fd, sync, fsync: "never", buffer: resolveBuffer(check, options.buffer, sync) };
}

export interface FileSinkSettings extends WriterSettings {
  readonly prefix: string | undefined;
  readonly path: string | undefined;
  readonly mkdir: boolean;
  readonly maxFileBytes: number;
  readonly everyMs: number | undefined;
  readonly keep: KeepSettings | undefined;
  readonly timeZone: TimeZone;
  readonly currentLink: boolean | string;
  readonly reopenOn: "SIGHUP" | undefined;
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const YEAR_MS = 366 * 86_400_000;

export const FILE_SINK_NAMES: readonly (keyof FileSinkOptions)[] = [
  "prefix",
  "path",
  "mkdir",
  "rotate",
  "keep",
  "timeZone",
  "currentLink",
  "buffer",
  "fsync",
  "reopenOn",
  "sync",
];

export function resolveFileSink(options: FileSinkOptions): FileSinkSettings {
  const check = optionChecks(options, FILE_SINK_NAMES);
  return check.done(checkFileSink(check, options ?? {}));
}

/** Notes the problems of the options; the result may be used after `done` only. */
export function checkFileSink(check: OptionChecks, options: FileSinkOptions): FileSinkSettings {
  const { prefix, path, timeZone = "local", currentLink = false, reopenOn } = options;
  if ((prefix === undefined) === (path === undefined)) {
    check.problem("prefix", "either prefix or path must be given", prefix);
  }
  if (prefix !== undefined) check.string("prefix", prefix);
  if (path !== undefined) {
    check.string("path", path);
    for (const name of ["rotate", "keep", "currentLink"] as const) {
      if (options[name] !== undefined) check.problem(name, "must not be given with path", options[name]);
    }
  }
  if (typeof currentLink === "string") check.string("currentLink", currentLink);
  else check.boolean("currentLink", currentLink);
  if (reopenOn !== undefined) {
    check.oneOf("reopenOn", reopenOn, ["SIGHUP"]);
    if (process.platform === "win32") check.problem("reopenOn", "cannot be used on Windows", reopenOn);
  }
  const rotate = check.group("rotate", options.rotate, ["sizeBytes", "everyMs"]);
  const { sizeBytes, everyMs } = options.rotate ?? {};
  if (sizeBytes !== undefined) rotate.bytes("sizeBytes", sizeBytes, { min: 1 });
  if (everyMs !== undefined) rotate.duration("everyMs", everyMs, { min: 1, max: YEAR_MS });
  const sync = check.boolean("sync", options.sync ?? false);
  return {
    prefix,
    path,
    mkdir: check.boolean("mkdir", options.mkdir ?? true),
    maxFileBytes: sizeBytes ?? Infinity,
    everyMs,
    keep: resolveKeep(check, options.keep),
    timeZone: check.oneOf("timeZone", timeZone, ["local", "utc"]),
    currentLink,
    reopenOn,
    sync,
    fsync: resolveFsync(check, options.fsync ?? "never"),
    buffer: resolveBuffer(check, options.buffer, sync),
  };
}

function resolveKeep(check: OptionChecks, keep: KeepOptions | undefined): KeepSettings | undefined {
  const group = check.group("keep", keep, ["files", "ageMs", "totalBytes", "gzip"]);
  if (keep === undefined) return undefined;
  const { files, ageMs, totalBytes, gzip = false } = keep ?? {};
  return {
    files: files === undefined ? Infinity : group.integer("files", files, { min: 1 }),
    ageMs: ageMs === undefined ? Infinity : group.duration("ageMs", ageMs, { min: 1 }),
    totalBytes: totalBytes === undefined ? Infinity : group.bytes("totalBytes", totalBytes, { min: 1 }),
    gzip: group.boolean("gzip", gzip),
  };
}

function resolveFsync(check: OptionChecks, policy: FsyncPolicy): FsyncPolicy {
  if (typeof policy !== "object") return check.oneOf("fsync", policy, ["never", "rotate", "swap"]);
  const group = check.group("fsync", policy, ["everyMs"]);
  return { everyMs: group.duration("everyMs", policy?.everyMs, { min: 1, max: MAX_TIMER_MS }) };
}

function resolveBuffer(check: OptionChecks, options: BufferOptions | undefined, sync: boolean): BufferSettings {
  const group = check.group("buffer", options, ["swapBytes", "intervalMs", "maxBufferBytes", "overflow"]);
  const maxBufferBytes = group.bytes("maxBufferBytes", options?.maxBufferBytes ?? 8_388_608, { min: 1 });
  // Where the bound is wrong, nothing can be said of what it bounds.
  const max = maxBufferBytes >= 1 ? maxBufferBytes : Number.MAX_SAFE_INTEGER;
  return {
    maxBufferBytes,
    swapBytes: group.bytes("swapBytes", options?.swapBytes ?? Math.min(65_536, max), {
      min: 1,
      max,
    }),
    intervalMs: group.duration("intervalMs", options?.intervalMs ?? (sync ? 0 : 10), { max: MAX_TIMER_MS }),
    overflow: group.oneOf("overflow", options?.overflow ?? "block", ["block", "drop-oldest", "drop-newest"]),
  };
}
