import { describe, expect, it } from "vitest";
import { driverOf } from "../src/drive.ts";
import { BenchmarkError, type Subject } from "../src/index.ts";

const round = { durationMs: 20, smoke: false };

describe("driverOf", () => {
  it("lets callers work side by side, each with one operation at a time, and counts and times them all", async () => {
    const running = new Set<number>();
    let most = 0;
    let calls = 0;
    const operation = async (caller: number) => {
      expect(running).not.toContain(caller);
      running.add(caller);
      most = Math.max(most, running.size);
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(caller);
      calls += 1;
    };
    const measured = await driverOf({ operation, callers: 4 })(round);
    expect(most).toBe(4);
    expect(measured.operations).toBe(calls);
    expect(measured.latencies?.total).toBe(calls);
    expect(measured.elapsedMs).toBeGreaterThanOrEqual(20);
  });

  it("counts operations without latencies too", async () => {
    let calls = 0;
    const operation = () => {
      calls += 1;
    };
    const measured = await driverOf({ operation, callers: 2, latency: false })(round);
    expect(measured.operations).toBe(calls);
    expect(measured.latencies).toBeUndefined();
  });

  it("lets batches grow until one takes milliseconds, and goes on with that size in the next round", async () => {
    const counts: number[] = [];
    const drive = driverOf({ batch: (count) => void counts.push(count) });
    const { operations } = await drive({ durationMs: 0.01, smoke: false });
    expect(counts[0]).toBe(1);
    expect(operations).toBe(counts.reduce((total, count) => total + count, 0));
    const first = counts.length;
    await drive({ durationMs: 0.01, smoke: false });
    expect(counts[first]).toBe((counts[first - 1] ?? 0) * 2);
  });

  it("passes a failed operation on", async () => {
    const drive = driverOf({ operation: () => Promise.reject(new Error("lost")) });
    await expect(drive(round)).rejects.toThrow("lost");
  });

  it.each<[string, object, string]>([
    ["no form", {}, "this one has none"],
    ["two forms", { operation: () => 1, batch: () => 1 }, "this one has operation, batch"],
    ["no caller", { operation: () => 1, callers: 0 }, "callers: must be an integer of at least 1, got 0"],
  ])("refuses a subject with %s", (_name, subject, message) => {
    const drive = () => driverOf(subject as Subject);
    expect(drive).toThrow(BenchmarkError);
    expect(drive).toThrow(message);
  });
});
