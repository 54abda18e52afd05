/** Marks errors of every copy of this package: two installed copies have two classes, but one brand. */
const BRAND = Symbol.for("servertech.error");

/** What an error says of itself besides its message. */
export interface ServertechErrorOptions {
  /** What led to this error. */
  cause?: unknown;
  /** The same call may be made again: it was not carried out. @default false */
  retryable?: boolean | undefined;
  /** The call may have been carried out although it failed. Such an error is never `retryable`. @default false */
  maybeExecuted?: boolean | undefined;
}

/**
 * The base of every error that servertech packages throw. Told apart by `code`, which is stable.
 *
 * `message` says what happened with the numbers that explain it, `cause` keeps the origin. Neither holds passwords,
 * tokens, SQL values or payloads.
 */
export class ServertechError<Code extends string = string> extends Error {
  override readonly name: string = "ServertechError";
  /** Upper snake case, `<AREA>_<WHAT>`. */
  readonly code: Code;
  /** The same call may be made again: it was not carried out. */
  readonly retryable: boolean;
  /** The call may have been carried out: making it again could do the work twice. */
  readonly maybeExecuted: boolean;

  constructor(code: Code, message: string, options: ServertechErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.maybeExecuted = options.maybeExecuted ?? false;
    this.retryable = (options.retryable ?? false) && !this.maybeExecuted;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `error` comes from a servertech package, whichever installed copy of it. With `code`: that very error. */
export function isServertechError<Code extends string = string>(
  error: unknown,
  code?: Code,
): error is ServertechError<Code> {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}
