import { ServertechError, type ServertechErrorOptions } from "@servertech/core";

/**
 * - `LOGGER_OPEN_FAILED`: a file or its directory cannot be opened; thrown by `createLogger`, with `cause`. Retryable.
 * - `LOGGER_FLUSH_FAILED`: `flush` or `reopen` rejects, or `close` reports: a sink is in error or gone. Retryable.
 * - `LOGGER_TIMEOUT`: `close` reports: its time was up before everything was written. Retryable.
 * - `LOGGER_CLOSED`: `flush` or `reopen` after `close`. Not retryable.
 */
export type LoggerErrorCode = "LOGGER_OPEN_FAILED" | "LOGGER_FLUSH_FAILED" | "LOGGER_TIMEOUT" | "LOGGER_CLOSED";

/** What is still unwritten, where an error is about that. */
export interface LoggerErrorOptions extends ServertechErrorOptions {
  lostLines?: number | undefined;
  lostBytes?: number | undefined;
}

/** An error of the logger itself. Log calls never throw it. */
export class LoggerError extends ServertechError<LoggerErrorCode> {
  override readonly name: string = "LoggerError";
  /** Lines accepted and not written when the error was made; 0 where that is not its subject. */
  readonly lostLines: number;
  /** Their size in bytes. */
  readonly lostBytes: number;

  constructor(code: LoggerErrorCode, message: string, options: LoggerErrorOptions = {}) {
    super(code, message, { retryable: code !== "LOGGER_CLOSED", ...options });
    this.lostLines = options.lostLines ?? 0;
    this.lostBytes = options.lostBytes ?? 0;
  }
}

/** `3 lines (412 bytes)`. */
export function amount(lines: number, bytes: number): string {
  return `${lines} ${lines === 1 ? "line" : "lines"} (${bytes} bytes)`;
}

/** The message of anything that was thrown, without trusting it. */
export function reasonOf(thrown: unknown): string {
  try {
    const message = thrown instanceof Error ? thrown.message : thrown;
    return typeof message === "string" ? message : String(message);
  } catch {
    // The thrown value's own conversion throws, too: there is nothing readable in it.
    return "unreadable error";
  }
}

/** The errno name of a system error: `ENOSPC`. Of anything else undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}
