import { describe, expect, it } from "vitest";
import { type CloseContext, CloseOnce, onAbort } from "../src/index.ts";

/** Closing that ends only by force. */
const stubborn = ({ force }: CloseContext) =>
  new Promise<string>((resolve) => {
    onAbort(force, () => resolve("forced"));
    const alive = setInterval(() => {}, 1_000);
    onAbort(force, () => clearInterval(alive));
  });

describe("CloseOnce", () => {
  it("gives every call the same promise and runs once", async () => {
    let runs = 0;
    const closing = new CloseOnce(async () => ++runs);
    expect(closing.started).toBe(false);
    const first = closing.close();
    expect(closing.started).toBe(true);
    expect(closing.close({ timeoutMs: 1 })).toBe(first);
    await expect(first).resolves.toBe(1);
    expect(closing.close()).toBe(first);
  });

  it("forces at its timeout", async () => {
    const start = performance.now();
    await expect(new CloseOnce(stubborn).close({ timeoutMs: 30 })).resolves.toBe("forced");
    expect(performance.now() - start).toBeGreaterThanOrEqual(30);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("lets a shorter later timeout win, and a longer one not", async () => {
    const start = performance.now();
    const closing = new CloseOnce(stubborn);
    const first = closing.close({ timeoutMs: 60_000 });
    void closing.close({ timeoutMs: 20 });
    void closing.close({ timeoutMs: 90_000 });
    await expect(first).resolves.toBe("forced");
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("forces when a signal aborts, without rejecting", async () => {
    const caller = new AbortController();
    const closed = new CloseOnce(stubborn).close({ signal: caller.signal });
    caller.abort(new Error("hurry"));
    await expect(closed).resolves.toBe("forced");
    await expect(new CloseOnce(stubborn).close({ signal: AbortSignal.abort() })).resolves.toBe("forced");
    await expect(new CloseOnce(stubborn).close({ timeoutMs: 0 })).resolves.toBe("forced");
  });

  it("refuses a wrong timeout and closes nothing", async () => {
    const closing = new CloseOnce(stubborn);
    await expect(closing.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(closing.started).toBe(false);
  });
});
