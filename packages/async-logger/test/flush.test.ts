import { getEventListeners } from "node:events";
import { constants, closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLogger, fileSink, stdoutSink } from "../src/index.ts";
import { filesIn, linesIn, linesInFolder, newFolder, runTool, upTo } from "./log-files.ts";

describe("flush", () => {
  it("resolves when every earlier line is in a file, however many wait, during rotation and logging", async () => {
    const folder = newFolder();
    const rotate = { sizeBytes: 50_000 };
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate, fsync: "swap" })] });
    const flushes: Promise<void>[] = [];
    for (let i = 0; i < 5_000; i++) {
      log.info({ i }, "line");
      if (i % 100 !== 0) continue;
      const flushed = log.flush({ fsync: i % 500 === 0 }).then(() => {
        const text = filesIn(folder)
          .map((file) => file.text)
          .join("");
        // What is being written may be seen in part.
        const numbers = linesIn(text.slice(0, text.lastIndexOf("\n") + 1)).map((line) => line.i as number);
        expect(numbers.length).toBeGreaterThan(i);
        expect(numbers).toEqual(upTo(numbers.length));
      });
      flushes.push(flushed);
      if (i % 300 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(flushes);
    await log.close();
    expect(log.stats().rotated).toBeGreaterThan(3);
  }, 20_000);

  it("is given up when its signal aborts, with its reason, and leaves no listener", async () => {
    const path = join(newFolder(), "pipe");
    expect(runTool("mkfifo", [path])).toBe(true);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_WRONLY);
    const log = createLogger({ sinks: [stdoutSink({ fd })] });
    for (let i = 0; i < 3_000; i++) log.info({ i }, "more than the pipe holds");
    const caller = new AbortController();
    const waiting = Array.from({ length: 1_000 }, () => log.flush({ signal: caller.signal }));
    caller.abort(new Error("gone"));
    for (const one of await Promise.allSettled(waiting)) {
      expect(one).toMatchObject({ status: "rejected", reason: { message: "gone" } });
    }
    await expect(log.flush({ signal: caller.signal })).rejects.toThrow("gone");
    expect(getEventListeners(caller.signal, "abort")).toHaveLength(0);
    await log.close({ timeoutMs: 0 });
    closeSync(reader);
    closeSync(fd);
  });

  it("of a logger without lines resolves", async () => {
    const log = createLogger({ sinks: [fileSink({ prefix: `${newFolder()}/a_` })] });
    await expect(log.flush()).resolves.toBeUndefined();
    await expect(log.flush({ fsync: true })).resolves.toBeUndefined();
    await log.close();
  });
});

describe("close", () => {
  it("takes lines that were logged before it, and a later call may bring its end forward", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 10_000 } })] });
    for (let i = 0; i < 3_000; i++) log.info({ i }, "line");
    const closed = log.close();
    expect(log.close({ timeoutMs: 5_000 })).toBe(closed);
    await expect(log.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(await closed).toEqual({ lostLines: 0, lostBytes: 0 });
    log.info("late");
    expect(log.stats().dropped).toBe(1);
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(3_000));
  });
});
