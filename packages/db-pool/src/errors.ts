import { ServertechError } from "@servertech/core";

/**
 * - `QUERY_TIMEOUT`: a statement took longer than `queryTimeoutMs` or its own `timeoutMs`, and was ended on the server,
 *   too; or a transaction took longer than its `timeoutMs`. Retryable unless `maybeExecuted`.
 * - `CONNECTION_LOST`: the connection died under a statement. Retryable unless `maybeExecuted`.
 * - `COMMIT_UNKNOWN`: COMMIT failed or was not answered in time: whether the transaction took place is not known.
 * - `ROW_COUNT`: `one` and `value` got no row or several, `maybeOne` several.
 * - `DEADLOCK`: the transaction lost against another one (server errors 1213 and 1020), after all retries. Retryable.
 * - `LOCK_TIMEOUT`: a lock was not to be had in time (1205), after all retries. Retryable.
 * - `DUPLICATE_KEY`: a unique key has that entry already (1062); `key` is the key's name.
 * - `FOREIGN_KEY`: a row that is referred to is missing, or is still referred to (1216, 1217, 1451, 1452).
 * - `READ_ONLY`: the server, or the transaction, takes no writes (1290, 1792, 1836). Retryable.
 * - `QUERY_FAILED`: every other error of the server, see `errno` and `sqlState`.
 */
export type DbPoolErrorCode =
  | "QUERY_TIMEOUT"
  | "CONNECTION_LOST"
  | "COMMIT_UNKNOWN"
  | "ROW_COUNT"
  | "DEADLOCK"
  | "LOCK_TIMEOUT"
  | "DUPLICATE_KEY"
  | "FOREIGN_KEY"
  | "READ_ONLY"
  | "QUERY_FAILED";

const RETRYABLE: ReadonlySet<DbPoolErrorCode> = new Set<DbPoolErrorCode>([
  "QUERY_TIMEOUT",
  "CONNECTION_LOST",
  "DEADLOCK",
  "LOCK_TIMEOUT",
  "READ_ONLY",
]);

/** What an error says of itself besides its message. */
export interface DbPoolErrorOptions {
  cause?: unknown;
  /** The statement may have been carried out although it failed. @default false */
  maybeExecuted?: boolean | undefined;
  /** The server's error number. */
  errno?: number | undefined;
  /** The five characters of the SQL standard. */
  sqlState?: string | undefined;
  /** The name of the violated key, without its table. */
  key?: string | undefined;
}

/** What a statement or a transaction failed at, told apart by `code`. Holds no values of the statement. */
export class DbPoolError extends ServertechError<DbPoolErrorCode> {
  override readonly name: string = "DbPoolError";
  /** The server's error number; undefined when the error is not the server's. */
  readonly errno: number | undefined;
  /** The five characters of the SQL standard; undefined when the error is not the server's. */
  readonly sqlState: string | undefined;
  /** Of `DUPLICATE_KEY`: the name of the key, without its table. */
  readonly key: string | undefined;

  constructor(code: DbPoolErrorCode, message: string, options: DbPoolErrorOptions = {}) {
    const cause = "cause" in options ? { cause: options.cause } : {};
    super(code, message, { ...cause, retryable: RETRYABLE.has(code), maybeExecuted: options.maybeExecuted });
    this.errno = options.errno;
    this.sqlState = options.sqlState;
    this.key = options.key;
  }
}
