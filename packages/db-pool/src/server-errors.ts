/** What the driver's errors mean. */
import { DbPoolError, type DbPoolErrorCode } from "./errors.ts";

/** An error as mysql2 gives it: with `errno` when the server sent it. */
export interface DriverError extends Error {
  code?: string | undefined;
  errno?: number | undefined;
  sqlState?: string | undefined;
  sqlMessage?: string | undefined;
  sql?: string | undefined;
  fatal?: boolean | undefined;
}

const CODES: ReadonlyMap<number, DbPoolErrorCode> = new Map<number, DbPoolErrorCode>([
  [1020, "DEADLOCK"],
  [1213, "DEADLOCK"],
  [1205, "LOCK_TIMEOUT"],
  [1062, "DUPLICATE_KEY"],
  [1216, "FOREIGN_KEY"],
  [1217, "FOREIGN_KEY"],
  [1451, "FOREIGN_KEY"],
  [1452, "FOREIGN_KEY"],
  [1792, "READ_ONLY"],
  [1836, "READ_ONLY"],
]);

/** The server says that it ends the connection: shutdown, KILL, idle for too long. */
const FAREWELLS: ReadonlySet<number> = new Set([1053, 1927, 3169, 4031]);

/** Another statement of the same session was told to end: KILL QUERY. */
const INTERRUPTED = 1317;

/** Access denied, unknown database: trying again is of no use. */
const REFUSED_FOR_GOOD: ReadonlySet<number> = new Set([1044, 1045, 1049, 1698]);

export function isInterrupted(error: DriverError | undefined): boolean {
  return error?.errno === INTERRUPTED;
}

export function isRefusedForGood(error: unknown): boolean {
  return REFUSED_FOR_GOOD.has((error as DriverError).errno ?? 0);
}

/** @param maybeExecuted whether the statement may have been carried out if the connection was lost. */
export function statementError(error: DriverError, maybeExecuted: boolean): DbPoolError {
  const { errno, sqlState } = error;
  const fromServer = sqlState !== undefined && sqlState !== "" && typeof errno === "number";
  if (!fromServer || FAREWELLS.has(errno)) {
    if (error.fatal === true || fromServer)
      return new DbPoolError("CONNECTION_LOST", `the connection was lost: ${error.message}`, {
        cause: withoutValues(error),
        maybeExecuted,
      });
    return new DbPoolError("QUERY_FAILED", `the statement failed: ${error.message}`, { cause: withoutValues(error) });
  }
  const cause = withoutValues(error);
  const options = { cause, errno, sqlState };
  const code = codeOf(errno, cause.message);
  if (code !== "DUPLICATE_KEY") return new DbPoolError(code, `${cause.message} (${errno}, ${sqlState})`, options);
  const key = duplicateKey(cause.message);
  return new DbPoolError(code, `duplicate entry for key ${key ?? "(unknown)"} (${errno}, ${sqlState})`, {
    ...options,
    key,
  });
}

function codeOf(errno: number, message: string): DbPoolErrorCode {
  // 1290 stands for any option that forbids the statement.
  if (errno === 1290 && /read[-_ ]only/i.test(message)) return "READ_ONLY";
  return CODES.get(errno) ?? "QUERY_FAILED";
}

/** MySQL 8 writes `for key 'table.key'`, MariaDB and older MySQL `for key 'key'`. */
export function duplicateKey(message: string): string | undefined {
  const key = / for key '(.*)'$/s.exec(message)?.[1];
  return key?.slice(key.indexOf(".") + 1);
}

/** Errors whose text quotes a value: duplicate entry, truncated, incorrect, illegal, no partition for it. */
const QUOTES_A_VALUE: ReadonlySet<number> = new Set([
  1062, 1264, 1265, 1292, 1366, 1367, 1411, 1425, 1525, 1526, 1690, 3854,
]);
/** From the first quote to the last that is followed by where the value was for. */
const QUOTED_VALUE = /'.*'(?= for (?:key|column|function)\b)|'.*'/s;

/** The driver's error without the statement and without the values that its text quotes. */
function withoutValues(error: DriverError): DriverError {
  delete error.sql;
  if (error.errno === undefined || !QUOTES_A_VALUE.has(error.errno)) return error;
  const clean = error.message.replace(QUOTED_VALUE, "'…'");
  if (error.stack !== undefined) error.stack = error.stack.replace(error.message, clean);
  error.message = clean;
  error.sqlMessage = clean;
  return error;
}
