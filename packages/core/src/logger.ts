/**
 * The four methods that servertech packages log with. pino, `@servertech/async-logger` and `console` all fit.
 * No package writes to the console by itself: without a logger they are silent.
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}

/** One level of a logger: fields and a message, or a message alone. */
export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

const silent = (): void => {};

/** Logs nothing: the default everywhere. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

/** `logger` behind a guard: when it throws, the line is lost and the code that logs goes on. */
export function safeLogger(logger: Logger | undefined): Logger {
  if (logger === undefined || logger === silentLogger) return silentLogger;
  const guard =
    (level: keyof Logger): LogMethod =>
    (fields: object | string, message?: string) => {
      try {
        if (typeof fields === "string") logger[level](fields);
        else logger[level](fields, message);
      } catch {
        // A logger that is broken must not break its caller, and there is nobody left to tell.
      }
    };
  return { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
}

interface ErrorEmitter {
  listenerCount(event: "error"): number;
  emit(event: "error", error: unknown): boolean;
}

/** Emits `error` if somebody listens, else logs it: an error without a listener never ends the process. */
export function emitError(emitter: ErrorEmitter, error: unknown, logger: Logger, message: string): void {
  if (emitter.listenerCount("error") > 0) emitter.emit("error", error);
  else logger.error({ err: error }, message);
}
