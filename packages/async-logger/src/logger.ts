import type { CloseOptions } from "@servertech/core";
import { LEVELS, type LevelName, type LevelThreshold, thresholdName } from "./levels.ts";
import { LineFormat, type Serializers } from "./line/line-format.ts";
import { timestamp } from "./line/timestamp.ts";
import { type ChildOptions, type LoggerOptions, checkLevel, resolveChild, resolveLogger } from "./options.ts";
import { type CloseResult, type FlushOptions, type LoggerStats, Output } from "./output.ts";

/** What a logger and its children share. `levelChanges` counts the changes of any level among them. */
interface Family {
  readonly format: LineFormat;
  readonly output: Output;
  levelChanges: number;
}

interface Inherited {
  readonly parent: AsyncLogger | undefined;
  readonly level: number | undefined;
  readonly serializers: Serializers;
  readonly bindings: object;
}

/**
 * A logger with pino's calls: `(fields, message?, ...args)`, `(error, message?, ...args)`, `(message, ...args)`.
 * A call never throws and writes exactly one line of JSON, whatever it is given. Made by {@link createLogger}.
 */
export class AsyncLogger implements AsyncDisposable {
  readonly #family: Family;
  readonly #parent: AsyncLogger | undefined;
  readonly #serializers: Serializers;
  #level: number | undefined;
  #threshold = 0;
  #levelsSeen = -1;
  #bindings: object;
  /** The bindings as they stand in each line; undefined until the first. */
  #prefix: string | undefined;

  /** @internal Use {@link createLogger}. */
  constructor(family: Family, { parent, level, serializers, bindings }: Inherited) {
    this.#family = family;
    this.#parent = parent;
    this.#level = level;
    this.#serializers = serializers;
    this.#bindings = bindings;
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

  #log(level: number, first: unknown, message: unknown, args: readonly unknown[]): void {
    if (level < this.#effectiveLevel()) return;
    const prefix = (this.#prefix ??= this.#serializedBindings());
    this.#family.output.write(level, this.#family.format.line(level, prefix, this.#serializers, first, message, args));
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
    return inherited + this.#family.format.bindings(this.#bindings, this.#serializers);
  }

  /** Lines below it are not written. Set, it holds for this logger and for all children without a level of their own. */
  get level(): LevelThreshold {
    return thresholdName(this.#effectiveLevel());
  }

  set level(level: LevelThreshold) {
    this.#level = checkLevel(level);
    this.#family.levelChanges += 1;
  }

  isLevelEnabled(level: LevelName): boolean {
    return checkLevel(level) >= this.#effectiveLevel();
  }

  /** A logger whose lines carry these fields, too; they are read once, at its first line. */
  child(bindings: object, options: ChildOptions = {}): AsyncLogger {
    const { level, serializers } = resolveChild(options);
    const all = options.serializers === undefined ? this.#serializers : { ...this.#serializers, ...serializers };
    return new AsyncLogger(this.#family, { parent: this, level, serializers: all, bindings });
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
    this.#prefix = before + this.#family.format.bindings(bindings, this.#serializers);
    this.#bindings = { ...this.#bindings, ...bindings };
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
    return this.#family.output.stats();
  }
}

/**
 * Makes a logger and opens its files.
 *
 * @throws OptionError with every wrong option; nothing is opened then.
 * @throws LoggerError `LOGGER_OPEN_FAILED`
 */
export function createLogger(options: LoggerOptions = {}): AsyncLogger {
  const settings = resolveLogger(options);
  const { serializers, base: bindings, level } = settings;
  const format = new LineFormat(timestamp(settings.time), settings.redaction);
  const output = new Output(settings, format, format.bindings(bindings, serializers));
  return new AsyncLogger({ format, output, levelChanges: 0 }, { parent: undefined, level, serializers, bindings });
}
