import { channel } from "node:diagnostics_channel";
import { closeSync, constants, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linesIn, newFolder, runTool } from "./log-files.ts";
import { LoggerError, createLogger, fileSink, stdoutSink } from "../src/index.ts";

/** A named pipe with both ends open here. */
function openPipe(): { reader: number; writer: number } {
  const path = join(newFolder(), "pipe");
  expect(runTool("mkfifo", [path])).toBe(true);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY) };
}

/** What waits in the pipe. */
function readPipe(reader: number): string {
  const piece = Buffer.alloc(65_536);
  try {
    return piece.toString("utf8", 0, readSync(reader, piece));
  } catch {
    // EAGAIN: nothing there.
    return "";
  }
}

describe("fileSink", () => {
  it("says when a file cannot be opened", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    const open = () => createLogger({ sinks: [fileSink({ prefix: `${folder}/file/a_` })] });
    expect(open).toThrow(expect.objectContaining({ code: "LOGGER_OPEN_FAILED", retryable: true }));
  });
});

describe("a pipe", () => {
  it("that is read slowly loses nothing", async () => {
    const { reader, writer } = openPipe();
    const log = createLogger({ sinks: [stdoutSink({ fd: writer })] });
    for (let i = 0; i < 5_000; i++) log.info({ i }, "line");
    let text = "";
    const flushed = log.flush().then(() => true);
    while (!(await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, 1))]))) text += readPipe(reader);
    for (let more = readPipe(reader); more !== ""; more = readPipe(reader)) text += more;
    expect(linesIn(text).map(({ i }) => i)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    await log.close();
    closeSync(reader);
    closeSync(writer);
  });

  it("without a reader costs the lines, never the app", async () => {
    const { reader, writer } = openPipe();
    closeSync(reader);
    const log = createLogger({ sinks: [stdoutSink({ fd: writer })] });
    log.info("one");
    await expect(log.flush()).rejects.toMatchObject({ code: "LOGGER_FLUSH_FAILED" });
    log.info("two");
    expect(log.stats()).toMatchObject({ dropped: 2, lastError: "EPIPE" });
    expect((await log.close()).error).toBeInstanceOf(LoggerError);
    closeSync(writer);
  });

  it.each(["drop-newest", "drop-oldest"] as const)("that is full counts what it drops: %s", async (overflow) => {
    const { reader, writer } = openPipe();
    const drops: number[] = [];
    const hear = (event: unknown) => drops.push((event as { lines: number }).lines);
    channel("servertech:async-logger:drop").subscribe(hear);
    const buffer = { swapBytes: 1_000, maxBufferBytes: 20_000, overflow };
    const log = createLogger({ sinks: [stdoutSink({ fd: writer, buffer })] });
    for (let i = 0; i < 5_000; i++) log.info({ i }, "line");
    expect(log.stats().bufferedBytes).toBeLessThanOrEqual(22_000);
    let text = "";
    const flushed = log.flush().then(() => true);
    while (!(await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, 1))]))) text += readPipe(reader);
    const closed = log.close();
    while (!(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1))]))) text += readPipe(reader);
    for (let more = readPipe(reader); more !== ""; more = readPipe(reader)) text += more;
    const lines = linesIn(text);
    const told = lines.reduce((sum, { dropped }) => sum + (typeof dropped === "number" ? dropped : 0), 0);
    const { dropped } = log.stats();
    expect(dropped).toBeGreaterThan(0);
    expect(told).toBe(dropped);
    expect(drops.reduce((sum, one) => sum + one, 0)).toBe(dropped);
    expect(lines.filter(({ i }) => i !== undefined)).toHaveLength(5_000 - dropped);
    channel("servertech:async-logger:drop").unsubscribe(hear);
    closeSync(reader);
    closeSync(writer);
  });

  it("that stands still does not hold up close", async () => {
    const { reader, writer } = openPipe();
    const log = createLogger({ sinks: [stdoutSink({ fd: writer })] });
    for (let i = 0; i < 2_000; i++) log.info({ i }, "line");
    const { lostLines, error } = await log.close({ timeoutMs: 50 });
    expect(error).toMatchObject({ code: "LOGGER_TIMEOUT", lostLines });
    expect(lostLines).toBeGreaterThan(0);
    closeSync(reader);
    closeSync(writer);
  });
});

describe("close", () => {
  it("is done once, and later calls are refused or counted", async () => {
    const log = createLogger({ sinks: [fileSink({ prefix: `${newFolder()}/a_` })] });
    const closed = log.close();
    expect(log.close()).toBe(closed);
    await closed;
    log.info("late");
    expect(log.stats().dropped).toBe(1);
    await expect(log.flush()).rejects.toMatchObject({ code: "LOGGER_CLOSED", retryable: false });
  });

  it("leaves no listener behind", async () => {
    const before = process.listenerCount("exit") + process.listenerCount("SIGTERM");
    for (let i = 0; i < 100; i++) await createLogger({ sinks: [fileSink({ prefix: `${newFolder()}/a_` })] }).close();
    expect(process.listenerCount("exit") + process.listenerCount("SIGTERM")).toBe(before);
  });
});
