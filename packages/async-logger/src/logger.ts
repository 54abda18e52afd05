import type { CloseOptions } from "@servertech/core";
import { Ambient } from "./ambient.ts";
import { LEVELS, type Levels } from "./levels.ts";
import { LineFormat, bindingsText } from "./line/line-format.ts";
import { flat } from "./line/json-string.ts";
import { LineStyle } from "./line/line-style.ts";
import { prettyPrinter } from "./line/pretty.ts";
import { timestamp } from "./line/timestamp.ts";
import {
  type ChildOptions,
  type LoggerOptions,
  type LoggerSettings,
  checkLevel,
  resolveChild,
  resolveLogger,
} from "./options.ts";
import { type CloseResult, type FlushOptions, Output, type SinksStats } from "./output.ts";
import { Sampler } from "./sampling.ts";

/** The counters of a logger, those of its sinks in sum. */
export interface LoggerStats extends SinksStats {
  /** Lines that sampling left out; they reach no sink. */
  readonly suppressed: number;
}

/** A method that logs at one level. It never throws and writes exactly one line of JSON, whatever it is given. */
export type LogMethod = (first: unknown, message?: unknown, ...args: unknown[]) => void;

/** A logger with a method for each custom level. */
export type Logger<Custom extends string = never> = AsyncLogger & { readonly [Name in Custom]: LogMethod };

/** What a logger and its children share. `levelChanges` counts the changes of any level among them. */
interface Family {
  readonly levels: Levels;
  readonly format: LineFormat;
  readonly output: Output;
  readonly sampler: Sampler | undefined;
  readonly ambient: Ambient;
  levelChanges: number;
}

interface Inherited {
  readonly parent: AsyncLogger | undefined;
  readonly level: number | undefined;
  readonly style: LineStyle;
  readonly bindings: object;
}

/**
 * A logger with pino's calls: `(fields, message?, ...args)`, `(error, message?, ...args)`, `(message, ...args)`.
 * A call never throws and writes exactly one line of JSON, whatever it is given. Made by {@link createLogger}.
 */
export class AsyncLogger implements AsyncDisposable {
  readonly #family: Family;
  readonly #parent: AsyncLogger | undefined;
  readonly #style: LineStyle;
  #level: number | undefined;
  #threshold = 0;
  #levelsSeen = -1;
  #bindings: object;
  /** The bindings as they stand in each line; undefined until the first. */
  #prefix: string | undefined;

  /** @internal Use {@link createLogger}. */
  constructor(family: Family, { parent, level, style, bindings }: Inherited) {
    this.#family = family;
    this.#parent = parent;
    this.#level = level;
    this.#style = style;
    this.#bindings = bindings;
  }

  /**
   * The class with a method for each custom level.
   *
   * @internal
   */
  static withLevels(custom: Readonly<Record<string, number>>): typeof AsyncLogger {
    if (Object.keys(custom).length === 0) return AsyncLogger;
    const Customized = class extends AsyncLogger {};
    for (const [name, level] of Object.entries(custom)) {
      const value = function log(this: AsyncLogger, first: unknown, message?: unknown, ...args: unknown[]): void {
        this.#log(level, first, message, args);
      };
      Object.defineProperty(Customized.prototype, name, { value, configurable: true, writable: true });
    }
    return Customized;
  }

  trace(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.trace, first, message, args);
  }

  debug(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.debug, first, message, args);
  }

  info(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.info, first, message, args);
  }

  warn(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.warn, first, message, args);
  }

  error(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.error, first, message, args);
  }

  /** By default written before the call returns. */
  fatal(first: unknown, message?: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.fatal, first, message, args);
  }

  /** Writes nothing, as pino's does. */
  silent(_first?: unknown, _message?: unknown, ..._args: unknown[]): void {}

  #log(level: number, first: unknown, message: unknown, args: readonly unknown[]): void {
    if (level < this.#effectiveLevel()) return;
    const { format, output, sampler, ambient } = this.#family;
    if (level < output.lowestLevel || (sampler !== undefined && !sampler.takes(level, first, message))) return;
    const prefix = (this.#prefix ??= this.#serializedBindings()) + ambient.text();
    output.write(level, format.line(level, prefix, this.#style, first, message, args));
  }

  /** A logger's own level, else that of its parent; looked up again only after a change. */
  #effectiveLevel(): number {
    if (this.#levelsSeen !== this.#family.levelChanges) {
      this.#threshold = this.#level ?? (this.#parent === undefined ? LEVELS.info : this.#parent.#effectiveLevel());
      this.#levelsSeen = this.#family.levelChanges;
    }
    return this.#threshold;
  }

  #serializedBindings(): string {
    const inherited = this.#parent === undefined ? "" : (this.#parent.#prefix ??= this.#parent.#serializedBindings());
    return flat(inherited + bindingsText(this.#bindings, this.#style));
  }

  /** Lines below it are not written. Set, it holds for this logger and for all children without a level of their own. */
  get level(): string {
    return this.#family.levels.name(this.#effectiveLevel());
  }

  set level(level: string) {
    this.#level = checkLevel(level, this.#family.levels);
    this.#family.levelChanges += 1;
  }

  isLevelEnabled(level: string): boolean {
    return checkLevel(level, this.#family.levels) >= this.#effectiveLevel();
  }

  /**
   * A logger whose lines carry these fields, too; they are read once, at its first line.
   *
   * @throws OptionError
   */
  child(bindings: object, options?: ChildOptions): this {
    const { serializers, redaction, messagePrefix } = this.#style;
    const own = resolveChild(options, this.#family.levels);
    const style =
      own.serializers === undefined && own.redaction === undefined && own.messagePrefix === ""
        ? this.#style
        : new LineStyle(
            { ...serializers, ...own.serializers },
            own.redaction ?? redaction,
            messagePrefix + own.messagePrefix,
          );
    const Same = this.constructor as typeof AsyncLogger;
    return new Same(this.#family, { parent: this, level: own.level, style, bindings }) as this;
  }

  /** The fields this logger adds to each line, as they are written; without those of `base`. */
  bindings(): Record<string, unknown> {
    const prefix = (this.#prefix ??= this.#serializedBindings());
    const { pid, hostname, ...bindings } = JSON.parse(`{${prefix.slice(1)}}`) as Record<string, unknown>;
    void pid;
    void hostname;
    return bindings;
  }

  /** Adds fields to each later line of this logger, and of children that have not logged yet. */
  setBindings(bindings: object): void {
    const before = (this.#prefix ??= this.#serializedBindings());
    this.#prefix = flat(before + bindingsText(bindings, this.#style));
    this.#bindings = { ...this.#bindings, ...bindings };
  }

  /**
   * Runs `fn` and gives back what it gives back. Whatever this logger, its children and its parents log inside of it,
   * also later in what it awaits, carries these fields after the bindings. They are read once, now.
   */
  run<T>(fields: object, fn: () => T): T {
    return this.#family.ambient.run(bindingsText(fields, this.#style), fn);
  }

  /**
   * Resolves once every earlier line is in the kernel, with `fsync` on the disk.
   *
   * @throws LoggerError `LOGGER_FLUSH_FAILED`, `LOGGER_CLOSED`; the signal's reason once it aborts.
   */
  flush(options?: FlushOptions): Promise<void> {
    return this.#family.output.flush(options);
  }

  /**
   * Opens the files of all sinks anew, for instance after others have moved them away: earlier lines are in the old
   * file, later ones in the new. A sink with `prefix` goes on to its next file.
   *
   * @throws LoggerError `LOGGER_FLUSH_FAILED` (it is tried again by itself), `LOGGER_CLOSED`
   */
  reopen(): Promise<void> {
    return this.#family.output.reopen();
  }

  /**
   * Writes what is left and closes the files, for the children, too. Later lines are counted as dropped. Does not
   * reject for lines that cannot be written: the result says how many.
   */
  close(options?: CloseOptions): Promise<CloseResult> {
    return this.#family.output.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The counters of all sinks, in sum and each. */
  stats(): LoggerStats {
    return Object.freeze({ ...this.#family.output.stats(), suppressed: this.#family.sampler?.suppressed ?? 0 });
  }
}

/**
 * Makes a logger and opens its files.
 *
 * @throws OptionError with every wrong option; nothing is opened then.
 * @throws LoggerError `LOGGER_OPEN_FAILED`
 */
export function createLogger<const Custom extends string = never>(options: LoggerOptions<Custom> = {}): Logger<Custom> {
  const settings = resolveLogger(options, (name) => name === "silent" || name in AsyncLogger.prototype);
  const { base: bindings, level, levels, customLevels, trace } = settings;
  const format = new LineFormat(timestamp(settings.time));
  const style = new LineStyle(settings.serializers, settings.redaction, "");
  const note = noteWriter(settings, format, style);
  const ambient = new Ambient(trace);
  const print = { plain: prettyPrinter(levels, false), colored: prettyPrinter(levels, true) };
  const droppedNote = (dropped: number, reason: string) => note(LEVELS.warn, { dropped, reason }, "log lines dropped");
  const output = new Output(settings, droppedNote, print, { beforeEnd: () => sampler?.end() });
  const sampler =
    settings.sample.size === 0
      ? undefined
      : new Sampler(settings.sample, (of, message, suppressed) => {
          output.write(of, note(of, { suppressed, of: message }, "log lines suppressed"));
        });
  const family: Family = { levels, format, output, sampler, ambient, levelChanges: 0 };
  const Class = AsyncLogger.withLevels(customLevels);
  return new Class(family, { parent: undefined, level, style, bindings }) as Logger<Custom>;
}

/** Writes the lines that the logger itself logs: with the base fields, and nothing else of the app. */
function noteWriter({ base }: LoggerSettings, format: LineFormat, style: LineStyle) {
  const bindings = bindingsText(base, style);
  const plain = new LineStyle({}, undefined, "");
  return (level: number, fields: object, message: string): string =>
    format.line(level, bindings, plain, fields, message, []);
}
