import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectGate } from "../src/connect-gate.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();

describe("ConnectGate", () => {
  it("lets fewer than ten attempts a second begin while none succeeds, however many want to", async () => {
    const gate = new ConnectGate();
    let begun = 0;
    const caller = async (): Promise<void> => {
      for (;;) {
        await gate.pass(signal);
        begun += 1;
        gate.failed();
      }
    };
    for (let n = 0; n < 20; n++) void caller();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toBeGreaterThan(85);
    expect(begun).toBeLessThan(100);
  });

  it("lets all go once one has succeeded, until a failure", async () => {
    const gate = new ConnectGate();
    await gate.pass(signal);
    let passed = 0;
    for (let n = 0; n < 5; n++) void gate.pass(signal).then(() => (passed += 1));
    gate.succeeded();
    await vi.advanceTimersByTimeAsync(0);
    expect(passed).toBe(5);
    gate.failed();
    void gate.pass(signal).then(() => (passed += 1));
    await vi.advanceTimersByTimeAsync(0);
    expect(passed).toBe(5);
    await vi.advanceTimersByTimeAsync(200);
    expect(passed).toBe(6);
  });

  it("rejects with the signal's reason, before and during the wait", async () => {
    const gate = new ConnectGate();
    await expect(gate.pass(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    await gate.pass(signal);
    const caller = new AbortController();
    const waiting = gate.pass(caller.signal);
    caller.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    expect(vi.getTimerCount()).toBe(0);
  });
});
