// oxlint-disable unicorn/no-thenable -- "then" is the name of an option of sampling, a number
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createLogger, fileSink } from "../src/index.ts";
import { newFolder } from "./log-files.ts";

const SIGNALS = ["exit", "SIGTERM", "SIGINT", "SIGHUP"] as const;
const listeners = () => SIGNALS.map((name) => process.listenerCount(name));
const descriptors = () => readdirSync("/proc/self/fd").length;

describe("1,000 loggers, opened and closed", () => {
  it("leave no listener, descriptor or timer", async () => {
    const folder = newFolder();
    const before = { listeners: listeners(), descriptors: descriptors(), timers: process.getActiveResourcesInfo() };
    const options = { rotate: { sizeBytes: 300 }, keep: { files: 2, gzip: true }, fsync: { everyMs: 1_000 } } as const;
    const sample = { info: { first: 1, then: 9, perMs: 60_000 } };
    for (let i = 0; i < 1_000; i++) {
      const sink = fileSink({ prefix: `${folder}/a_`, ...options, reopenOn: "SIGHUP" });
      const log = createLogger({ sample, sinks: [sink] });
      for (let line = 0; line < 3; line++) log.info("x");
      if (i % 2 === 0) await log.flush();
      await log.close();
    }
    expect(listeners()).toEqual(before.listeners);
    expect(descriptors()).toBeLessThanOrEqual(before.descriptors);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before.timers.length + 1);
    expect(readdirSync(folder)).toHaveLength(3);
  }, 60_000);
});
