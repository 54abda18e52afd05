import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { abortable, onAbort, sleep } from "../src/index.ts";

const never = new Promise<never>(() => {});

describe("onAbort", () => {
  it("calls back at once when the signal has aborted", () => {
    const reasons: unknown[] = [];
    onAbort(AbortSignal.abort("gone"), (reason) => reasons.push(reason));
    expect(reasons).toEqual(["gone"]);
  });

  it("keeps one listener however many wait, and none when all are done", () => {
    const warning = vi.fn();
    process.on("warning", warning);
    const { signal } = new AbortController();
    const ends = Array.from({ length: 10_000 }, () => onAbort(signal, () => {}));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const end of ends) end();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    process.off("warning", warning);
    expect(warning).not.toHaveBeenCalled();
  });

  it("does not call one that was taken off by another's callback, nor any twice", () => {
    const caller = new AbortController();
    const calls: string[] = [];
    onAbort(caller.signal, () => calls.push("a"));
    const end = onAbort(caller.signal, () => calls.push("b"));
    end();
    end();
    caller.abort();
    caller.abort();
    expect(calls).toEqual(["a"]);
  });
});

describe("abortable", () => {
  it("rejects with the signal's own reason", async () => {
    const caller = new AbortController();
    const reason = { not: "an error" };
    const waiting = abortable(never, caller.signal);
    caller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("gives a late value an owner", async () => {
    const caller = new AbortController();
    const late = vi.fn();
    const { promise, resolve } = deferred<string>();
    const waiting = abortable(promise, caller.signal, late);
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    resolve("lease");
    await expect.poll(() => late.mock.calls).toEqual([["lease"]]);
  });

  it("passes value and error on, and leaves no listener", async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    await expect(abortable(Promise.resolve(2), undefined)).resolves.toBe(2);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("sleep", () => {
  it("ends early with the signal's reason", async () => {
    const caller = new AbortController();
    const asleep = sleep(60_000, { signal: caller.signal });
    caller.abort(new Error("wake up"));
    await expect(asleep).rejects.toThrow("wake up");
    await expect(sleep(1, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
  });

  it("resolves after its time", async () => {
    const start = performance.now();
    await sleep(20);
    expect(performance.now() - start).toBeGreaterThanOrEqual(19);
  });
});

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}
