import { spawnSync } from "node:child_process";
import { channel } from "node:diagnostics_channel";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LoggerError, createLogger, fileSink, prettySink, stdoutSink } from "../src/index.ts";

/** Runs a tool of the system. */
const run = (tool: string, args: readonly string[]) => spawnSync(tool, args);

const newFolder = () => mkdtempSync(join(tmpdir(), "async-logger-"));

function filesIn(folder: string): { name: string; text: string }[] {
  const index = (name: string) => Number(/_(\d+)\.log$/.exec(name)?.[1]);
  const names = readdirSync(folder).filter((name) => name.endsWith(".log"));
  return names
    .toSorted((a, b) => index(a) - index(b))
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}

function linesIn(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A named pipe with both ends open here. */
function openPipe(): { reader: number; writer: number } {
  const path = join(newFolder(), "pipe");
  expect(run("mkfifo", [path]).status).toBe(0);
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
  it("names files by time and a growing index, also after a restart", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "a_20260101_000000_41.log.gz"), "");
    for (let i = 0; i < 2; i++) {
      const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/deep/../a_` })] });
      log.info("x");
      await log.close();
    }
    const names = filesIn(folder).map(({ name }) => name);
    expect(names).toEqual([
      expect.stringMatching(/^a_\d{8}_\d{6}_42\.log$/),
      expect.stringMatching(/^a_\d{8}_\d{6}_43\.log$/),
    ]);
  });

  it("gives a line above the size a file of its own", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 300 } })] });
    for (const text of ["one", "x".repeat(1_000), "two"]) log.info(text);
    await log.close();
    expect(filesIn(folder).map(({ text }) => linesIn(text).length)).toEqual([1, 1, 1]);
    expect(log.stats().rotated).toBe(2);
  });

  it("goes on in the old file when the next cannot be opened", async () => {
    const folder = join(newFolder(), "logs");
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 1_000 } })] });
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    for (let i = 0; i < 100; i++) log.info({ i }, "x");
    await log.flush();
    expect(log.stats()).toMatchObject({ rotated: 0, lastError: "EEXIST", dropped: 0 });
    expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
  });

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

const mounted = (() => {
  const folder = newFolder();
  return run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).status === 0 ? folder : undefined;
})();

describe.skipIf(mounted === undefined)("a full disk", () => {
  it("costs nothing that fits into memory, and logging resumes", async () => {
    const folder = mounted ?? "";
    writeFileSync(join(folder, "ballast"), Buffer.alloc(200_000));
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
    for (let i = 0; i < 1_500; i++) log.info({ i }, "line");
    await expect(log.flush()).rejects.toMatchObject({ code: "LOGGER_FLUSH_FAILED" });
    expect(log.stats().lastError).toBe("ENOSPC");
    rmSync(join(folder, "ballast"));
    await expect
      .poll(async () =>
        log.flush().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
    expect(linesIn(filesIn(folder)[0]?.text ?? "").map(({ i }) => i)).toEqual(
      Array.from({ length: 1_500 }, (_, i) => i),
    );
    expect(run("umount", [folder]).status).toBe(0);
  });
});

describe("several sinks", () => {
  it("take lines of their level, each in its format", async () => {
    const folder = newFolder();
    const fd = openSync(join(folder, "pretty.txt"), "a");
    const sinks = [fileSink({ prefix: `${folder}/a_` }), { sink: prettySink({ fd }), level: "warn" as const }];
    const log = createLogger({ name: "chat", sinks });
    log.info("quiet");
    log.error(new Error("boom"), "loud");
    await log.flush({ fsync: true });
    await log.close();
    closeSync(fd);
    expect(linesIn(filesIn(folder)[0]?.text ?? "").map(({ msg }) => msg)).toEqual(["quiet", "loud"]);
    expect(readFileSync(join(folder, "pretty.txt"), "utf8")).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} ERROR \(chat\): loud\n {4}Error: boom\n/,
    );
  });
});

describe("levels", () => {
  it("change at run time, for children without one of their own, too", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
    const child = log.child({});
    const own = log.child({}, { level: "error" });
    log.level = "debug";
    child.debug("yes");
    own.debug("no");
    expect([log.level, child.level, own.level]).toEqual(["debug", "debug", "error"]);
    expect(own.isLevelEnabled("fatal")).toBe(true);
    log.level = "silent";
    child.fatal("no");
    await log.close();
    expect(linesIn(filesIn(folder)[0]?.text ?? "").map(({ msg }) => msg)).toEqual(["yes"]);
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

describe("options", () => {
  it.each([
    ["level", () => createLogger({ level: "loud" })],
    ["name", () => createLogger({ name: 5 as unknown as string })],
    ["sinks", () => createLogger({ sinks: [] })],
    ["redact.keys", () => createLogger({ redact: { keys: [] } })],
    ["handleSignals", () => createLogger({ handleSignals: 1 as unknown as boolean })],
    ["sample", () => createLogger({ sample: {} } as object)],
    ["prefix", () => fileSink({ prefix: "" })],
    ["rotate.sizeBytes", () => fileSink({ prefix: "a", rotate: { sizeBytes: "64m" as unknown as number } })],
    ["buffer.swapBytes", () => stdoutSink({ buffer: { swapBytes: 11, maxBufferBytes: 10 } })],
    ["buffer.intervalMs", () => stdoutSink({ buffer: { intervalMs: -1 } })],
    ["fd", () => prettySink({ fd: 1.5 })],
  ])("refuse a wrong %s", (option, make) => {
    expect(make).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
  });
});
