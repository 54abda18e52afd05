import { isServertechError } from "@servertech/core";
import { describe, expect, it } from "vitest";
import { RpcError, Status, isRpcError } from "../src/index.ts";

describe("an RpcError", () => {
  it.each([
    ["Cancelled", 1, "RPC_CANCELLED"],
    ["Unknown", 2, "RPC_UNKNOWN"],
    ["InvalidArgument", 3, "RPC_INVALID_ARGUMENT"],
    ["DeadlineExceeded", 4, "RPC_DEADLINE_EXCEEDED"],
    ["NotFound", 5, "RPC_NOT_FOUND"],
    ["AlreadyExists", 6, "RPC_ALREADY_EXISTS"],
    ["PermissionDenied", 7, "RPC_PERMISSION_DENIED"],
    ["ResourceExhausted", 8, "RPC_RESOURCE_EXHAUSTED"],
    ["FailedPrecondition", 9, "RPC_FAILED_PRECONDITION"],
    ["Aborted", 10, "RPC_ABORTED"],
    ["OutOfRange", 11, "RPC_OUT_OF_RANGE"],
    ["Unimplemented", 12, "RPC_UNIMPLEMENTED"],
    ["Internal", 13, "RPC_INTERNAL"],
    ["Unavailable", 14, "RPC_UNAVAILABLE"],
    ["DataLoss", 15, "RPC_DATA_LOSS"],
    ["Unauthenticated", 16, "RPC_UNAUTHENTICATED"],
  ] as const)("of status %s", (name, status, code) => {
    expect(Status[name]).toBe(status);
    expect(new RpcError(status, "text")).toMatchObject({ name: "RpcError", status, code, message: "text" });
  });

  it("keeps the number of a status that gRPC does not know", () => {
    expect(new RpcError(77, "")).toMatchObject({ status: 77, code: "RPC_UNKNOWN" });
  });

  it("has no details, metadata, trailers or cause unless they are given, and is not retryable", () => {
    const error = new RpcError(Status.NotFound, "gone");
    expect(error.details).toEqual([]);
    expect([...error.metadata.entries()]).toEqual([]);
    expect([...error.trailers.entries()]).toEqual([]);
    expect("cause" in error).toBe(false);
    expect(error).toMatchObject({ retryable: false, maybeExecuted: false });
  });

  it("keeps its cause and its metadata", () => {
    const cause = new Error("why");
    const error = new RpcError(Status.Internal, "text", { cause, metadata: { Retry: ["1", "2"], by: "x" } });
    expect(error.cause).toBe(cause);
    expect(error.metadata.getAll("retry")).toEqual(["1", "2"]);
    expect(error.metadata.get("by")).toBe("x");
  });

  it("refuses metadata that may not travel", () => {
    expect(() => new RpcError(Status.Internal, "text", { metadata: { a: "b\nc" } })).toThrow(
      expect.objectContaining({ code: "RPC_INVALID_ARGUMENT" }),
    );
  });

  it("is known by its brand, whichever copy of the package it is of", () => {
    const error = new RpcError(Status.NotFound, "gone");
    expect(isRpcError(error)).toBe(true);
    expect(isServertechError(error, "RPC_NOT_FOUND")).toBe(true);
    const other = Object.assign(new Error("gone"), {
      code: "RPC_NOT_FOUND",
      status: 5,
      [Symbol.for("servertech.error")]: true,
    });
    expect(isRpcError(other)).toBe(true);
  });

  it.each([
    new Error("plain"),
    Object.assign(new Error("no brand"), { code: "RPC_NOT_FOUND", status: 5 }),
    Object.assign(new Error("of another package"), { code: "POOL_CLOSED", [Symbol.for("servertech.error")]: true }),
    null,
    undefined,
    "RPC_NOT_FOUND",
  ])("is not %o", (value) => {
    expect(isRpcError(value)).toBe(false);
  });
});
