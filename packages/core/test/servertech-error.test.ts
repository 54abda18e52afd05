import { describe, expect, it } from "vitest";
import { ServertechError, isServertechError } from "../src/index.ts";

describe("ServertechError", () => {
  it("keeps code, message and cause", () => {
    const cause = new Error("socket");
    const error = new ServertechError("POOL_CLOSED", "the pool is closed", { cause, retryable: true });
    expect(error).toMatchObject({
      code: "POOL_CLOSED",
      message: "the pool is closed",
      retryable: true,
      maybeExecuted: false,
    });
    expect(error.cause).toBe(cause);
    expect(error.name).toBe("ServertechError");
  });

  it("has no cause of its own when none is given", () => {
    expect(Object.hasOwn(new ServertechError("A_B", "x"), "cause")).toBe(false);
  });

  it("is never retryable when the call may have been executed", () => {
    expect(new ServertechError("A_B", "x", { retryable: true, maybeExecuted: true }).retryable).toBe(false);
  });
});

describe("isServertechError", () => {
  it("recognises an error of another copy of the package by its brand", () => {
    const foreign = Object.assign(new Error("x"), { code: "A_B", [Symbol.for("servertech.error")]: true });
    expect(isServertechError(foreign)).toBe(true);
    expect(isServertechError(foreign, "A_B")).toBe(true);
    expect(isServertechError(foreign, "A_C")).toBe(false);
  });

  it.each([undefined, null, 1, "text", {}, new Error("x")])("says no to %s", (value) => {
    expect(isServertechError(value)).toBe(false);
  });
});
