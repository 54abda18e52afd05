import { hostname } from "node:os";
import { type OptionChecks, optionChecks } from "@servertech/core";
import type { TraceSource } from "./ambient.ts";
import { LEVELS, Levels } from "./levels.ts";
import { serializeError } from "./line/err-serializer.ts";
import { serializeRequest, serializeResponse } from "./line/http-serializers.ts";
import type { Serializers } from "./line/line-style.ts";
import { type Censor, Redaction, parsePath } from "./line/redaction.ts";
import type { TimeFormat } from "./line/timestamp.ts";
import type { OutputSettings } from "./output.ts";
import type { SampleRule } from "./sampling.ts";
import { Sink, type SinkFormat, defaultSink } from "./sink/sinks.ts";

/** A sink that takes only lines of its level and above. */
export interface LeveledSink {
  sink: Sink;
  /** The name of a level. @default every line the logger takes */
  level?: string | undefined;
  /** @default that of the sink: `pretty` for `prettySink`, else `json` */
  format?: SinkFormat | undefined;
}

/** What is hidden. At least one of `paths` and `keys` is given. */
export interface RedactOptions {
  /** Where hidden values are: `password`, `user.token`, `items[*].secret`, `*.token`, `headers["set-cookie"]`. At least one. */
  paths?: readonly string[] | undefined;
  /** Names of fields, exact, at any depth. At least one. */
  keys?: readonly string[] | undefined;
  /**
   * What stands in place of a value, or makes it of the value and its path (of `keys`: the name alone).
   * @default "[Redacted]"
   */
  censor?: Censor | undefined;
  /** Leaves the fields out instead. @default false */
  remove?: boolean | undefined;
}

/** Options of `createLogger`. */
export interface LoggerOptions<Custom extends string = string> {
  /**
   * Lines below it are not written: the name of a level, or `silent`.
   * @default the environment's `LOG_LEVEL`, else "info"
   */
  level?: string | undefined;
  /**
   * Further levels: the name of the method, which the logger does not have yet, and a number of its own, an integer of at
   * least 1. @default none
   */
  customLevels?: Readonly<Record<Custom, number>> | undefined;
  /** The field `name` of each line. @default none */
  name?: string | undefined;
  /** Fields of each line; `null` for none. @default { pid, hostname } */
  base?: Readonly<Record<string, unknown>> | null | undefined;
  /** Milliseconds since 1970, ISO 8601 in UTC or with the local offset, or no time. @default "epoch" */
  time?: TimeFormat | undefined;
  /** By key; added to `err`, `req` and `res`. One that throws is noted in its field. */
  serializers?: Serializers | undefined;
  /** What is hidden; an array is `paths`. @default nothing */
  redact?: readonly string[] | RedactOptions | undefined;
  /** Lines of this level and above are written before the call returns. @default "fatal" */
  syncLevel?: string | undefined;
  /** At least one. @default standard output, for the eyes on a terminal */
  sinks?: readonly (Sink | LeveledSink)[] | undefined;
  /** By the name of a level; each message is counted on its own. @default every line is written */
  sample?: Readonly<Record<string, SampleRule | undefined>> | undefined;
  /** The `trace` object of `@opentelemetry/api`: lines carry `trace_id` and `span_id` of its active span. @default none */
  trace?: TraceSource | undefined;
  /** Flush on SIGTERM, SIGINT and SIGHUP. @default true */
  handleSignals?: boolean | undefined;
}

export interface LoggerSettings extends OutputSettings {
  readonly level: number;
  readonly levels: Levels;
  readonly customLevels: Readonly<Record<string, number>>;
  readonly base: Readonly<Record<string, unknown>>;
  readonly time: TimeFormat;
  readonly serializers: Serializers;
  readonly redaction: Redaction | undefined;
  readonly sample: ReadonlyMap<number, SampleRule>;
  readonly trace: TraceSource | undefined;
}

const NAMES: readonly (keyof LoggerOptions)[] = [
  "level",
  "customLevels",
  "name",
  "base",
  "time",
  "serializers",
  "redact",
  "syncLevel",
  "sinks",
  "sample",
  "trace",
  "handleSignals",
];
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @param taken whether a logger has a member of this name already */
export function resolveLogger(options: LoggerOptions, taken: (name: string) => boolean): LoggerSettings {
  const check = optionChecks(options, NAMES);
  const given = options ?? {};
  const customLevels = resolveCustomLevels(check, given.customLevels ?? {}, taken);
  const levels = new Levels(customLevels);
  const fromEnvironment = process.env.LOG_LEVEL;
  const level = given.level ?? (fromEnvironment || "info");
  check.oneOf(given.level === undefined && fromEnvironment ? "LOG_LEVEL" : "level", level, levels.thresholds);
  const syncLevel = check.oneOf("syncLevel", given.syncLevel ?? "fatal", levels.thresholds);
  const base = given.base === undefined ? { pid: process.pid, hostname: hostname() } : (given.base ?? {});
  check.object("base", base);
  const name = given.name === undefined ? {} : { name: check.string("name", given.name) };
  if (given.trace !== undefined) check.object("trace", given.trace, ["getActiveSpan"]);
  return check.done({
    level: levels.value(level),
    levels,
    customLevels,
    base: { ...base, ...name },
    time: check.oneOf("time", given.time ?? "epoch", ["epoch", "iso", "local", false]),
    serializers: {
      err: serializeError,
      req: serializeRequest,
      res: serializeResponse,
      ...resolveSerializers(check, given.serializers),
    },
    redaction: resolveRedaction(check, given.redact),
    syncLevel: levels.value(syncLevel),
    sinks: resolveSinks(check, given.sinks, levels),
    sample: resolveSample(check, given.sample, levels),
    trace: given.trace,
    handleSignals: check.boolean("handleSignals", given.handleSignals ?? true),
  });
}

function resolveCustomLevels(
  check: OptionChecks,
  levels: Readonly<Record<string, number>>,
  taken: (name: string) => boolean,
): Readonly<Record<string, number>> {
  check.object("customLevels", levels);
  const values: number[] = Object.values(LEVELS);
  for (const [name, value] of Object.entries(levels ?? {})) {
    const option = `customLevels.${name}`;
    check.integer(option, value, { min: 1 });
    if (name === "" || taken(name)) check.problem(option, "must not have the name of a member of the logger", value);
    if (values.includes(value)) check.problem(option, "must have a number of its own", value);
    values.push(value);
  }
  return levels ?? {};
}

function resolveSerializers(check: OptionChecks, serializers: Serializers | undefined): Serializers {
  if (serializers === undefined) return {};
  check.object("serializers", serializers);
  for (const key of Object.keys(serializers ?? {})) check.func(`serializers.${key}`, serializers[key]);
  return serializers;
}

function resolveRedaction(check: OptionChecks, redact: LoggerOptions["redact"]): Redaction | undefined {
  if (redact === undefined) return undefined;
  const options: RedactOptions = Array.isArray(redact) ? { paths: redact } : (redact as RedactOptions);
  const group = check.group("redact", options, ["paths", "keys", "censor", "remove"]);
  const { paths, keys, censor = "[Redacted]", remove = false } = options ?? {};
  if (paths === undefined && keys === undefined) group.problem("paths", "paths or keys must be given", paths);
  const parsed = texts(group, "paths", paths).map((path, i) => {
    const parts = parsePath(path);
    if (parts === undefined) group.problem(`paths[${i}]`, 'must be a path such as a.b[*].c or a["b-c"]', path);
    return parts ?? [];
  });
  if (typeof censor !== "function") group.string("censor", censor, { minLength: 0 });
  group.boolean("remove", remove);
  return new Redaction(parsed, new Set(texts(group, "keys", keys)), censor, { remove });
}

/** A list of texts, at least one where it is given. */
function texts(check: OptionChecks, name: string, list: readonly string[] | undefined): readonly string[] {
  if (list === undefined) return [];
  check.array(name, list, { min: 1 });
  if (!Array.isArray(list)) return [];
  return (list as readonly string[]).map((text, i) => check.string(`${name}[${i}]`, text)).map(String);
}

function resolveSinks(check: OptionChecks, sinks: LoggerOptions["sinks"], levels: Levels): OutputSettings["sinks"] {
  if (sinks === undefined) return [leveled(defaultSink())];
  check.array("sinks", sinks, { min: 1 });
  if (!Array.isArray(sinks)) return [];
  return (sinks as readonly (Sink | LeveledSink)[]).map((one, i) => {
    if (one instanceof Sink) return leveled(one);
    const group = check.group(`sinks[${i}]`, one, ["sink", "level", "format"]);
    if (!(one?.sink instanceof Sink)) {
      group.problem("sink", "must be made by fileSink, stdoutSink or prettySink", one?.sink);
      return leveled(defaultSink());
    }
    const format = group.oneOf("format", one.format ?? one.sink.format, ["json", "pretty"]);
    if (one.level === undefined) return { ...leveled(one.sink), format };
    return { sink: one.sink, level: levels.value(group.oneOf("level", one.level, levels.thresholds)), format };
  });
}

function leveled(sink: Sink): { sink: Sink; level: number; format: SinkFormat } {
  return { sink, level: 0, format: sink.format };
}

function resolveSample(
  check: OptionChecks,
  sample: LoggerOptions["sample"],
  levels: Levels,
): ReadonlyMap<number, SampleRule> {
  const rules = new Map<number, SampleRule>();
  const names = levels.thresholds.filter((name) => name !== "silent");
  const group = check.group("sample", sample, names);
  for (const [name, rule] of Object.entries(sample ?? {})) {
    if (rule === undefined) continue;
    const one = group.group(name, rule, ["first", "then", "perMs"]);
    one.integer("first", rule?.first, { min: 1 });
    one.integer("then", rule?.then, { min: 1 });
    one.duration("perMs", rule?.perMs, { min: 1, max: MAX_TIMER_MS });
    rules.set(levels.value(name), { ...rule });
  }
  return rules;
}

/** Options of `child`. Other names are ignored: frameworks hand over their own. */
export interface ChildOptions {
  /** The name of a level, or `silent`. @default the parent's, also when that changes */
  level?: string | undefined;
  /** By key; added to the parent's. */
  serializers?: Serializers | undefined;
  /** In place of the parent's; an array is `paths`. @default the parent's */
  redact?: readonly string[] | RedactOptions | undefined;
  /** Before each message, after that of the parent. @default none */
  msgPrefix?: string | undefined;
}

export interface ChildSettings {
  readonly level: number | undefined;
  readonly serializers: Serializers | undefined;
  readonly redaction: Redaction | undefined;
  readonly messagePrefix: string;
}

const NO_OPTIONS: ChildSettings = {
  level: undefined,
  serializers: undefined,
  redaction: undefined,
  messagePrefix: "",
};

export function resolveChild(options: ChildOptions | undefined, levels: Levels): ChildSettings {
  if (options === undefined) return NO_OPTIONS;
  // Frameworks such as Fastify hand over names of their own, too.
  const check = optionChecks(undefined, []);
  const { level, serializers, redact, msgPrefix } = options ?? {};
  if (level !== undefined) check.oneOf("level", level, levels.thresholds);
  return check.done({
    level: level === undefined ? undefined : levels.value(level),
    serializers: serializers === undefined ? undefined : resolveSerializers(check, serializers),
    redaction: resolveRedaction(check, redact),
    messagePrefix: check.string("msgPrefix", msgPrefix ?? "", { minLength: 0 }),
  });
}

export function checkLevel(level: string, levels: Levels): number {
  const check = optionChecks({}, []);
  return levels.value(check.done(check.oneOf("level", level, levels.thresholds)));
}
