import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type AsyncLogger, createLogger, fileSink } from "../src/index.ts";
import { filesIn, linesIn, linesInFolder, newFolder, upTo } from "./log-files.ts";

const DAY_MS = 86_400_000;

afterEach(() => vi.useRealTimers());

const fakeClock = (iso: string) => vi.useFakeTimers({ toFake: ["Date"], now: new Date(iso) });

function burst(log: AsyncLogger, from: number, to: number): void {
  for (let i = from; i < to; i++) log.info({ i }, "line");
}

const numbers = (text: string) => linesIn(text).map(({ i }) => i);

describe("names", () => {
  it("grow by index over a restart, compressed files included", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "a_20260101_000000_41.log.gz"), gzipSync(""));
    for (let i = 0; i < 2; i++) {
      const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/deep/../a_` })] });
      log.info("x");
      await log.close();
    }
    expect(
      filesIn(folder)
        .slice(1)
        .map(({ name }) => name),
    ).toEqual([expect.stringMatching(/^a_\d{8}_\d{6}_42\.log$/), expect.stringMatching(/^a_\d{8}_\d{6}_43\.log$/)]);
  });

  it("are unique and in order when the clock goes back", async () => {
    const folder = newFolder();
    for (const time of ["2026-11-22T08:01:31Z", "2026-11-22T08:01:31Z", "2026-11-21T00:00:00Z"]) {
      fakeClock(time);
      const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, timeZone: "utc" })] });
      log.info(time);
      await log.close();
    }
    expect(filesIn(folder).map(({ name }) => name)).toEqual([
      "a_20261122_080131_1.log",
      "a_20261122_080131_2.log",
      "a_20261121_000000_3.log",
    ]);
    expect(linesInFolder(folder).map(({ msg }) => msg)).toEqual([
      "2026-11-22T08:01:31Z",
      "2026-11-22T08:01:31Z",
      "2026-11-21T00:00:00Z",
    ]);
  });

  it("are taken one by one by loggers that share a prefix", async () => {
    const folder = newFolder();
    const logs = upTo(5).map(() => createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] }));
    await Promise.all(logs.map(async (log) => log.close()));
    expect(new Set(readdirSync(folder)).size).toBe(5);
  });

  it("may be one path, which is appended to", async () => {
    const path = join(newFolder(), "deep", "app.log");
    for (let i = 0; i < 2; i++) {
      const log = createLogger({ sinks: [fileSink({ path })] });
      log.info({ i });
      await log.close();
    }
    expect(numbers(readFileSync(path, "utf8"))).toEqual([0, 1]);
  });
});

describe("rotation by size", () => {
  it("keeps every file within the size, and loses, splits and repeats nothing", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 1_000_000 } })] });
    for (let i = 0; i < 60_000; i += 100) {
      burst(log, i, i + 100);
      if (i % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const files = filesIn(folder);
    expect(files.length).toBeGreaterThan(4);
    expect(Math.max(...files.map(({ text }) => text.length))).toBeLessThanOrEqual(1_000_000);
    expect(files.every(({ text }) => text.endsWith("\n"))).toBe(true);
    expect(files.flatMap(({ text }) => numbers(text))).toEqual(upTo(60_000));
  }, 20_000);

  it("gives a line above the size a file of its own", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 300 } })] });
    for (const text of ["one", "x".repeat(1_000), "two"]) log.info(text);
    await log.close();
    expect(filesIn(folder).map(({ text }) => linesIn(text).length)).toEqual([1, 1, 1]);
    expect(log.stats().rotated).toBe(2);
  });

  it("measures bytes, not characters", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 2_000 } })] });
    for (let i = 0; i < 50; i++) log.info({ i }, "漢字".repeat(50));
    await log.close();
    const sizes = filesIn(folder).map(({ text }) => Buffer.byteLength(text));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(50));
  });

  it("goes on in the old file when the next cannot be opened", async () => {
    const folder = join(newFolder(), "logs");
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 1_000 } })] });
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    burst(log, 0, 100);
    await log.flush();
    expect(log.stats()).toMatchObject({ rotated: 0, lastError: "EEXIST", dropped: 0 });
    expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
  });

  it("makes the directory again when it is gone", async () => {
    const folder = join(newFolder(), "logs");
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 1_000 } })] });
    burst(log, 0, 1);
    await log.flush();
    rmSync(folder, { recursive: true });
    burst(log, 1, 100);
    expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
    expect(linesInFolder(folder).at(-1)).toMatchObject({ i: 99 });
  });

  it("keeps out of a directory that it may not make", async () => {
    const folder = join(newFolder(), "logs");
    const open = () => createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, mkdir: false })] });
    expect(open).toThrow(expect.objectContaining({ code: "LOGGER_OPEN_FAILED" }));
    expect(existsSync(folder)).toBe(false);
  });
});

describe("rotation by time", () => {
  it("begins a file at whole multiples from midnight, and none for an empty one", async () => {
    const folder = newFolder();
    fakeClock("2026-11-22T22:59:00Z");
    const sink = fileSink({ prefix: `${folder}/a_`, timeZone: "utc", rotate: { everyMs: 3_600_000 } });
    const log = createLogger({ sinks: [sink] });
    for (const time of ["22:59:30", "23:00:00", "23:59:59"]) {
      vi.setSystemTime(new Date(`2026-11-22T${time}Z`));
      log.info(time);
      await log.flush();
    }
    for (const time of ["03:10:00", "03:59:00"]) {
      vi.setSystemTime(new Date(`2026-11-23T${time}Z`));
      log.info(time);
      await log.flush();
    }
    await log.close();
    expect(filesIn(folder).map(({ name, text }) => [name, linesIn(text).map(({ msg }) => msg)])).toEqual([
      ["a_20261122_225900_1.log", ["22:59:30"]],
      ["a_20261122_230000_2.log", ["23:00:00", "23:59:59"]],
      ["a_20261123_031000_3.log", ["03:10:00", "03:59:00"]],
    ]);
  });

  it("stays in the file when the clock goes back", async () => {
    const folder = newFolder();
    fakeClock("2026-11-22T10:30:00Z");
    const sink = fileSink({ prefix: `${folder}/a_`, timeZone: "utc", rotate: { everyMs: 3_600_000 } });
    const log = createLogger({ sinks: [sink] });
    for (const time of ["10:40", "08:00", "10:59", "11:01"]) {
      vi.setSystemTime(new Date(`2026-11-22T${time}:00Z`));
      log.info(time);
      await log.flush();
    }
    await log.close();
    expect(filesIn(folder).map(({ text }) => linesIn(text).length)).toEqual([3, 1]);
  });
});

describe("retention", () => {
  /** Closed files 1 to `count` of 1,000 bytes each, the last one the youngest by a day each; and one that is not of the prefix. */
  function aged(count: number): string {
    const folder = newFolder();
    for (const i of upTo(count)) {
      const path = join(folder, `a_20260101_00000${i}_${i + 1}.log`);
      writeFileSync(path, "x".repeat(1_000));
      const seconds = (Date.now() - (count - i) * DAY_MS) / 1_000 + 60;
      utimesSync(path, seconds, seconds);
    }
    writeFileSync(join(folder, "a_20260101_000000_1.log.bak"), "");
    writeFileSync(join(folder, "ab_20260101_000000_1.log"), "");
    return folder;
  }

  it.each([
    ["files", { files: 2 }, 2],
    ["ageMs", { ageMs: 3 * DAY_MS }, 3],
    ["totalBytes", { totalBytes: 4_500 }, 4],
    ["all of them", { files: 5, ageMs: 4 * DAY_MS, totalBytes: 3_000 }, 3],
  ])("removes the oldest beyond the bound: %s", async (_, keep, left) => {
    const folder = aged(6);
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, keep })] });
    log.info("x");
    await log.close();
    const kept = filesIn(folder).filter(({ name }) => name.startsWith("a_"));
    expect(kept.map(({ name }) => Number(/_(\d+)\.log$/.exec(name)?.[1]))).toEqual([
      ...upTo(left).map((i) => 7 - left + i),
      7,
    ]);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(["a_20260101_000000_1.log.bak", "ab_20260101_000000_1.log"]),
    );
  });

  it("counts the closed files, the open one beside them, after each rotation", async () => {
    const folder = newFolder();
    const rotate = { sizeBytes: 1_000 };
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate, keep: { files: 3 } })] });
    burst(log, 0, 500);
    await log.close();
    expect(readdirSync(folder)).toHaveLength(4);
    expect(linesInFolder(folder).at(-1)).toMatchObject({ i: 499 });
  });
});

describe("compression", () => {
  it("replaces each rotated file, and keeps its lines and its time", async () => {
    const folder = newFolder();
    const rotate = { sizeBytes: 10_000 };
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate, keep: { gzip: true } })] });
    burst(log, 0, 1_000);
    await log.close();
    const names = filesIn(folder).map(({ name }) => name);
    expect(names.slice(0, -1).every((name) => name.endsWith(".log.gz"))).toBe(true);
    expect(names.at(-1)).toMatch(/\.log$/);
    expect(readdirSync(folder)).toHaveLength(names.length);
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(1_000));
    expect(log.stats().lastError).toBeUndefined();
  });

  it("is finished at the next start where an earlier process was killed in it", async () => {
    const folder = newFolder();
    const text = '{"i":1}\n';
    writeFileSync(join(folder, "a_20260101_000000_1.log"), text);
    writeFileSync(join(folder, ".a_20260101_000000_1.log.gz.tmp"), "half");
    // Killed between the renaming and the removal.
    writeFileSync(join(folder, "a_20260101_000000_2.log"), text);
    writeFileSync(join(folder, "a_20260101_000000_2.log.gz"), gzipSync(text));
    // Not of this prefix.
    writeFileSync(join(folder, ".b_20260101_000000_1.log.gz.tmp"), "half");
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, keep: { gzip: true } })] });
    await log.close();
    expect(readdirSync(folder).toSorted()).toEqual([
      ".b_20260101_000000_1.log.gz.tmp",
      "a_20260101_000000_1.log.gz",
      "a_20260101_000000_2.log.gz",
      expect.stringMatching(/^a_\d{8}_\d{6}_3\.log$/),
    ]);
    expect(gunzipSync(readFileSync(join(folder, "a_20260101_000000_1.log.gz"))).toString()).toBe(text);
  });

  it("is given up when the time of close is up; the file stays as it was", async () => {
    const folder = newFolder();
    const rotate = { sizeBytes: 40_000_000 };
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, rotate, keep: { gzip: true } })] });
    const { randomBytes } = await import("node:crypto");
    log.info(randomBytes(15_000_000).toString("hex"));
    log.info(randomBytes(15_000_000).toString("hex"));
    await log.flush();
    const { lostLines } = await log.close({ timeoutMs: 1 });
    expect([lostLines, log.stats().dropped]).toEqual([0, 0]);
    await expect.poll(() => readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(filesIn(folder)).toHaveLength(2);
  }, 20_000);
});

describe("the current link", () => {
  it("always names the open file", async () => {
    const folder = newFolder();
    const sink = fileSink({
      prefix: `${folder}/a_`,
      rotate: { sizeBytes: 1_000 },
      keep: { files: 1 },
      currentLink: true,
    });
    const log = createLogger({ sinks: [sink] });
    for (let i = 0; i < 50; i++) {
      burst(log, i, i + 1);
      await log.flush();
      expect(linesIn(readFileSync(join(folder, "a_current.log"), "utf8")).at(-1)).toMatchObject({ i });
    }
    expect(readlinkSync(join(folder, "a_current.log"))).toMatch(/^a_\d{8}_\d{6}_\d+\.log$/);
    await log.close();
  });

  it("may be elsewhere; where it cannot be made, logging goes on", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, currentLink: `${folder}/now` })] });
    log.info("x");
    await log.close();
    expect(linesIn(readFileSync(join(folder, "now"), "utf8"))).toHaveLength(1);
    mkdirSync(join(folder, "taken"));
    const other = createLogger({ sinks: [fileSink({ prefix: `${folder}/b_`, currentLink: `${folder}/taken` })] });
    other.info("x");
    expect(other.stats().lastError).toBe("EISDIR");
    expect(await other.close()).toEqual({ lostLines: 0, lostBytes: 0 });
  });
});

describe("reopen", () => {
  it.each([
    ["renamed", (path: string) => renameSync(path, `${path}.1`)],
    ["removed", (path: string) => unlinkSync(path)],
  ])("puts later lines into a new file after the old was %s", async (how, move) => {
    const path = join(newFolder(), "app.log");
    const log = createLogger({ sinks: [fileSink({ path })] });
    burst(log, 0, 5_000);
    await log.flush();
    move(path);
    burst(log, 5_000, 10_000);
    const reopened = log.reopen();
    burst(log, 10_000, 15_000);
    await reopened;
    await log.close();
    expect(numbers(readFileSync(path, "utf8"))).toEqual(upTo(15_000).slice(10_000));
    if (how === "renamed") expect(numbers(readFileSync(`${path}.1`, "utf8"))).toEqual(upTo(10_000));
  });

  it("goes on in the old file, and says so, when the new cannot be opened; then tries again", async () => {
    const folder = join(newFolder(), "logs");
    const path = join(folder, "app.log");
    const log = createLogger({ sinks: [fileSink({ path })] });
    renameSync(folder, `${folder}.old`);
    writeFileSync(folder, "in the way");
    burst(log, 0, 10);
    await expect(log.reopen()).rejects.toMatchObject({ code: "LOGGER_FLUSH_FAILED", retryable: true });
    burst(log, 10, 20);
    await log.flush();
    expect(numbers(readFileSync(`${folder}.old/app.log`, "utf8"))).toEqual(upTo(20));
    rmSync(folder);
    await expect
      .poll(async () => {
        log.info("again");
        await log.flush();
        return existsSync(path);
      })
      .toBe(true);
    await log.close();
  });

  it("of files with a prefix goes on to the next file, of a descriptor does nothing, after close is refused", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
    burst(log, 0, 3);
    const both = [log.reopen(), log.reopen()];
    burst(log, 3, 5);
    await Promise.all(both);
    await log.close();
    expect(filesIn(folder).map(({ text }) => numbers(text))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    await expect(log.reopen()).rejects.toMatchObject({ code: "LOGGER_CLOSED" });
  });
});

describe("fsync", () => {
  it.each(["never", "rotate", "swap", { everyMs: 1 }] as const)(
    "%j brings everything to the disk when asked",
    async (fsync) => {
      const folder = newFolder();
      const sink = fileSink({ prefix: `${folder}/a_`, rotate: { sizeBytes: 10_000 }, keep: { gzip: true }, fsync });
      const log = createLogger({ sinks: [sink] });
      for (let i = 0; i < 2_000; i += 100) {
        burst(log, i, i + 100);
        await log.flush({ fsync: i % 500 === 0 });
      }
      await log.flush({ fsync: true });
      expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
      expect(log.stats().lastError).toBeUndefined();
      expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(2_000));
    },
  );
});

describe("sync", () => {
  it("writes on the caller, once a turn", async () => {
    const folder = newFolder();
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, sync: true })] });
    burst(log, 0, 100);
    expect(linesInFolder(folder)).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(linesInFolder(folder)).toHaveLength(100);
    await log.close();
  });
});
