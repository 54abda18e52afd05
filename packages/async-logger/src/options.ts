import { hostname } from "node:os";
import { type OptionChecks, optionChecks } from "@servertech/core";
import { LEVELS, type LevelName, type LevelThreshold, THRESHOLD_NAMES, thresholdValue } from "./levels.ts";
import { serializeError } from "./line/err-serializer.ts";
import { serializeRequest, serializeResponse } from "./line/http-serializers.ts";
import type { Redaction } from "./line/json-value.ts";
import type { Serializers } from "./line/line-format.ts";
import type { TimeFormat } from "./line/timestamp.ts";
import { Sink, defaultSink } from "./sink/sinks.ts";

/** A sink that takes only lines of its level and above. */
export interface LeveledSink {
  sink: Sink;
  /** @default every line the logger takes */
  level?: LevelThreshold | undefined;
}

/** What is hidden. */
export interface RedactOptions {
  /** Names of fields, exact, at any depth; their values are replaced. At least one. */
  keys: readonly string[];
  /** What stands in their place. @default "[Redacted]" */
  censor?: string | undefined;
}

/** Options of `createLogger`. */
export interface LoggerOptions {
  /**
   * Lines below it are not written: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`; a string, as it
   * often comes from a configuration. @default the environment's `LOG_LEVEL`, else "info"
   */
  level?: string | undefined;
  /** The field `name` of each line. @default none */
  name?: string | undefined;
  /** Fields of each line; `null` for none. @default { pid, hostname } */
  base?: Readonly<Record<string, unknown>> | null | undefined;
  /** Milliseconds since 1970, ISO 8601 in UTC, or no time. @default "epoch" */
  time?: TimeFormat | undefined;
  /** By key; added to `err`, `req` and `res`. One that throws is noted in its field. */
  serializers?: Serializers | undefined;
  redact?: RedactOptions | undefined;
  /** Lines of this level and above are written before the call returns. @default "fatal" */
  syncLevel?: LevelThreshold | undefined;
  /** At least one. @default standard output, for the eyes on a terminal */
  sinks?: readonly (Sink | LeveledSink)[] | undefined;
  /** Flush on SIGTERM, SIGINT and SIGHUP. @default true */
  handleSignals?: boolean | undefined;
}

export interface LoggerSettings {
  readonly level: number;
  readonly base: Readonly<Record<string, unknown>>;
  readonly time: TimeFormat;
  readonly serializers: Serializers;
  readonly redaction: Redaction | undefined;
  readonly syncLevel: number;
  readonly sinks: readonly { sink: Sink; level: number }[];
  readonly handleSignals: boolean;
}

const NAMES = ["level", "name", "base", "time", "serializers", "redact", "syncLevel", "sinks", "handleSignals"];

export function resolveLogger(options: LoggerOptions): LoggerSettings {
  const check = optionChecks(options, NAMES);
  const given = options ?? {};
  const fromEnvironment = process.env.LOG_LEVEL;
  const level = given.level ?? (fromEnvironment || "info");
  check.oneOf(given.level === undefined && fromEnvironment ? "LOG_LEVEL" : "level", level, THRESHOLD_NAMES);
  const syncLevel = check.oneOf("syncLevel", given.syncLevel ?? "fatal", THRESHOLD_NAMES);
  const base = given.base === undefined ? { pid: process.pid, hostname: hostname() } : (given.base ?? {});
  check.object("base", base);
  const name = given.name === undefined ? {} : { name: check.string("name", given.name) };
  return check.done({
    level: thresholdValue(level as LevelThreshold),
    base: { ...base, ...name },
    time: check.oneOf("time", given.time ?? "epoch", ["epoch", "iso", false]),
    serializers: {
      err: serializeError,
      req: serializeRequest,
      res: serializeResponse,
      ...resolveSerializers(check, given.serializers),
    },
    redaction: resolveRedaction(check, given.redact),
    syncLevel: thresholdValue(syncLevel),
    sinks: resolveSinks(check, given.sinks),
    handleSignals: check.boolean("handleSignals", given.handleSignals ?? true),
  });
}

function resolveSerializers(check: OptionChecks, serializers: Serializers | undefined): Serializers {
  if (serializers === undefined) return {};
  check.object("serializers", serializers);
  for (const key of Object.keys(serializers ?? {})) check.func(`serializers.${key}`, serializers[key]);
  return serializers;
}

function resolveRedaction(check: OptionChecks, redact: RedactOptions | undefined): Redaction | undefined {
  if (redact === undefined) return undefined;
  const group = check.group("redact", redact, ["keys", "censor"]);
  const keys = group.array("keys", redact?.keys, { min: 1 });
  if (Array.isArray(keys)) for (const [i, key] of keys.entries()) group.string(`keys[${i}]`, key as string);
  const censor = group.string("censor", redact?.censor ?? "[Redacted]", { minLength: 0 });
  return { keys: new Set(Array.isArray(keys) ? (keys as string[]) : []), censor };
}

function resolveSinks(check: OptionChecks, sinks: LoggerOptions["sinks"]): { sink: Sink; level: number }[] {
  if (sinks === undefined) return [{ sink: defaultSink(), level: LEVELS.trace }];
  check.array("sinks", sinks, { min: 1 });
  if (!Array.isArray(sinks)) return [];
  return (sinks as readonly (Sink | LeveledSink)[]).map((one, i) => {
    if (one instanceof Sink) return { sink: one, level: LEVELS.trace };
    const group = check.group(`sinks[${i}]`, one, ["sink", "level"]);
    if (!(one?.sink instanceof Sink)) {
      group.problem("sink", "must be made by fileSink, stdoutSink or prettySink", one?.sink);
    }
    return { sink: one?.sink, level: thresholdValue(group.oneOf("level", one?.level ?? "trace", THRESHOLD_NAMES)) };
  });
}

/** Options of `child`. */
export interface ChildOptions {
  /** @default the parent's, also when that changes */
  level?: LevelName | "silent" | undefined;
  /** By key; added to the parent's. */
  serializers?: Serializers | undefined;
}

export function resolveChild(options: ChildOptions): { level: number | undefined; serializers: Serializers } {
  const check = optionChecks(options, ["level", "serializers"]);
  const { level } = options;
  if (level !== undefined) check.oneOf("level", level, THRESHOLD_NAMES);
  const serializers = resolveSerializers(check, options.serializers);
  return check.done({ level: level === undefined ? undefined : thresholdValue(level), serializers });
}

export function checkLevel(level: LevelThreshold): number {
  const check = optionChecks({}, []);
  return check.done(thresholdValue(check.oneOf("level", level, THRESHOLD_NAMES)));
}
