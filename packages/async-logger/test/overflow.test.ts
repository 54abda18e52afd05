import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BufferOptions, createLogger, fileSink, stdoutSink } from "../src/index.ts";
import { linesIn, linesInFolder, newFolder, runTool, upTo } from "./log-files.ts";

/** A named pipe with both ends open here; the reader gives what waits in it. */
function openPipe() {
  const path = join(newFolder(), "pipe");
  expect(runTool("mkfifo", [path])).toBe(true);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const piece = Buffer.alloc(1024 * 1024);
  let bytes = Buffer.alloc(0);
  const read = () => {
    try {
      for (let count = readSync(reader, piece); count > 0; count = readSync(reader, piece)) {
        bytes = Buffer.concat([bytes, piece.subarray(0, count)]);
      }
    } catch {
      // EAGAIN: nothing there.
    }
    return bytes.toString();
  };
  const close = () => {
    closeSync(reader);
    closeSync(writer);
  };
  return { writer, read, close };
}

const MAX = 20_000;
const CHUNK = 1_000;

describe.each(["drop-newest", "drop-oldest", "block"] as const)("a pipe that stands still, %s", (overflow) => {
  it.each([
    ["line", 1],
    ["漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", 3],
  ])(
    "bounds the memory in bytes, and the log says how many lines were lost: %s",
    async (message, bytesPerUnit) => {
      const { writer, read, close } = openPipe();
      const buffer: BufferOptions = { swapBytes: CHUNK, maxBufferBytes: MAX, overflow };
      const log = createLogger({ sinks: [stdoutSink({ fd: writer, buffer })] });
      let most = 0;
      for (let i = 0; i < 3_000; i++) {
        log.info({ i }, message);
        const { bufferedBytes, inFlightBytes } = log.stats();
        most = Math.max(most, bufferedBytes + inFlightBytes);
      }
      expect(most).toBeLessThanOrEqual(MAX + CHUNK * bytesPerUnit + 500);
      const { dropped } = log.stats();
      expect(dropped).toBeGreaterThan(0);
      const flushed = log.flush().then(() => true);
      const tick = () => new Promise<false>((resolve) => setTimeout(resolve, 1, false));
      while (!(await Promise.race([flushed, tick()]))) read();
      log.info("after");
      const closed = log.close().then((result) => result);
      while ((await Promise.race([closed, tick()])) === false) read();
      const lines = linesIn(read());
      const told = lines.filter((line) => line.dropped !== undefined);
      expect(told.reduce((sum, line) => sum + (line.dropped as number), 0)).toBe(dropped);
      expect(told[0]).toMatchObject({
        level: 40,
        reason: /^(overflow|EAGAIN)$/.exec(String(told[0]?.reason))?.[0],
        msg: "log lines dropped",
      });
      const numbers = lines.flatMap(({ i }) => (typeof i === "number" ? [i] : []));
      expect(numbers).toHaveLength(3_000 - dropped);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      if (overflow === "drop-oldest") expect(numbers.at(-1)).toBe(2_999);
      else expect(numbers).toEqual(upTo(numbers.length));
      expect(lines.at(-1)).toMatchObject({ msg: "after" });
      expect(log.stats()).toMatchObject({ bufferedBytes: 0, inFlightBytes: 0, dropped });
      close();
    },
    20_000,
  );
});

describe("a burst above the bound", () => {
  it("loses nothing with block, to a file", async () => {
    const folder = newFolder();
    const buffer = { swapBytes: CHUNK, maxBufferBytes: MAX };
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, buffer })] });
    for (let i = 0; i < 20_000; i++) log.info({ i }, "line");
    expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(20_000));
  });

  it.each([
    ["50 million characters", "x".repeat(50_000_000), 50_000_000],
    ["lone surrogates", "\ud800".repeat(5_000_000), 30_000_000],
  ])(
    "may be one line: %s",
    async (_, message, bytes) => {
      const folder = newFolder();
      const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
      for (let i = 0; i < 3; i++) log.info({ i }, message);
      expect(log.stats()).toMatchObject({ lines: 3, dropped: 0 });
      expect(log.stats().bytes).toBeGreaterThan(3 * bytes);
      expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
      const lines = linesInFolder(folder);
      expect(lines.map(({ i }) => i)).toEqual([0, 1, 2]);
      expect(lines.every(({ msg }) => msg === message)).toBe(true);
    },
    60_000,
  );
});
