import { describe, expect, it } from "vitest";
import type { OpsSnapshot } from "../../web/src/ops/ops-feed.ts";
import { fieldsOf, isTrouble, pointsOf } from "../../web/src/ops/ops-series.ts";

const snapshot = (at: number, commands: number): OpsSnapshot => ({
  at,
  instance: "i",
  parts: { redis: { commands, cpu: { threads: 2 } } },
});

describe("the operator's numbers", () => {
  it("are rates where they only grow, from zero again after a restart", () => {
    const snapshots = [snapshot(0, 10), snapshot(1_000, 15), snapshot(3_000, 35), snapshot(4_000, 1)];
    expect(pointsOf(snapshots, "redis", { field: "commands", as: "rate" })).toEqual([5, 10, 0]);
    expect(pointsOf(snapshots, "redis", { field: "cpu.threads", as: "value" })).toEqual([2, 2, 2, 2]);
    expect(pointsOf(snapshots, "nothing", { field: "x.y", as: "value" })).toEqual([0, 0, 0, 0]);
  });

  it("are listed with the way to each, and point at what went wrong", () => {
    const fields = fieldsOf({ name: "chat", errors: 3, io: { running: 1 }, histograms: undefined, sinks: [{}] });
    expect(fields).toEqual([
      ["name", "chat"],
      ["errors", 3],
      ["io.running", 1],
    ]);
    expect(fields.filter(([field, value]) => isTrouble(field, value))).toEqual([["errors", 3]]);
    expect(isTrouble("errors", 0)).toBe(false);
  });
});
