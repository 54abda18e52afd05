import { describe, expect, it } from "vitest";
import { type DriverError, duplicateKey, statementError } from "../src/server-errors.ts";

function fromServer(errno: number, message: string, sqlState = "HY000"): DriverError {
  return Object.assign(new Error(message), { errno, sqlState, sqlMessage: message, sql: "SELECT 'secret'" });
}

describe("statementError", () => {
  it.each([
    [1213, "DEADLOCK", true],
    [1020, "DEADLOCK", true],
    [1205, "LOCK_TIMEOUT", true],
    [1062, "DUPLICATE_KEY", false],
    [1216, "FOREIGN_KEY", false],
    [1217, "FOREIGN_KEY", false],
    [1451, "FOREIGN_KEY", false],
    [1452, "FOREIGN_KEY", false],
    [1792, "READ_ONLY", true],
    [1836, "READ_ONLY", true],
    [1064, "QUERY_FAILED", false],
    [1053, "CONNECTION_LOST", true],
    [1927, "CONNECTION_LOST", true],
  ])("%i is %s", (errno, code, retryable) => {
    const expected = code === "CONNECTION_LOST" ? { code, retryable } : { code, retryable, errno, sqlState: "HY000" };
    expect(statementError(fromServer(errno, "why"), false)).toMatchObject(expected);
  });

  it("1290 is READ_ONLY for a read-only server only", () => {
    const text = (option: string) =>
      `The MySQL server is running with the ${option} option so it cannot execute this statement`;
    for (const option of ["--read-only", "--super-read-only", "read_only"])
      expect(statementError(fromServer(1290, text(option)), false).code).toBe("READ_ONLY");
    expect(statementError(fromServer(1290, text("--secure-file-priv")), false).code).toBe("QUERY_FAILED");
  });

  it("a lost connection may have carried a write out", () => {
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", fatal: true });
    expect(statementError(error, true)).toMatchObject({
      code: "CONNECTION_LOST",
      maybeExecuted: true,
      retryable: false,
    });
    expect(statementError(error, false)).toMatchObject({ maybeExecuted: false, retryable: true, cause: error });
  });

  it.each([
    [1062, "Duplicate entry 'secret' for key 'users.email'"],
    [1062, "Duplicate entry 'sec' for key 'secret' for key 'email'"],
    [1366, "Incorrect integer value: 'secret' for column `d`.`t`.`n` at row 1"],
    [1292, "Truncated incorrect DOUBLE value: 'secret'"],
    [1526, "Table has no partition for value 'secret'"],
  ])("shows no value: %i %s", (errno, message) => {
    const error = statementError(fromServer(errno, message), false);
    const cause = error.cause as DriverError;
    const shown = [error.message, error.stack, cause.message, cause.stack, cause.sqlMessage, cause.sql].join();
    expect(shown).not.toContain("secret");
  });
});

describe("duplicateKey", () => {
  it.each([
    ["Duplicate entry 'a@b' for key 'users.email'", "email"],
    ["Duplicate entry 'a@b' for key 'email'", "email"],
    ["Duplicate entry '1' for key 'PRIMARY'", "PRIMARY"],
    ["Duplicate entry 'x' for key 'y' for key 't.k'", "k"],
    ["something else", undefined],
  ])("of %s", (message, key) => {
    expect(duplicateKey(message)).toBe(key);
  });
});
