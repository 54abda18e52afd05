import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FileSinkOptions } from "../src/index.ts";
import { filesIn, linesIn, newFolder, runTool, upTo } from "./log-files.ts";

const child = new URL("ending-child.ts", import.meta.url).pathname;
const LIMIT_MS = 60_000;

interface Run {
  readonly sink?: "file" | "pino";
  readonly options?: FileSinkOptions;
  /** Called once in the flood. */
  readonly inFlood?: (started: ChildProcess) => void;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  readonly folder: string;
}

/** Runs the child until its end; its files have the prefix `a_` in the folder unless the options say otherwise. */
async function run(way: string, { sink = "file", options, inFlood }: Run = {}, folder = newFolder()): Promise<Ended> {
  const settings = JSON.stringify({ ...(options?.path === undefined ? { prefix: `${folder}/a_` } : {}), ...options });
  const started = spawn(process.execPath, [...process.execArgv, child, way, sink, settings, `${folder}/mark`]);
  let errors = "";
  let told = false;
  started.stderr.on("data", (data: Buffer) => {
    errors += String(data).replaceAll("flooding\n", "");
    if (!told && String(data).includes("flooding")) {
      told = true;
      inFlood?.(started);
    }
  });
  const [code, signal] = (await once(started, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, errors, folder };
}

/** The numbers of the lines; a last line that is torn is left out where that is allowed. */
function numbersIn(text: string, { torn }: { torn: boolean } = { torn: false }): number[] {
  expect(torn || text === "" || text.endsWith("\n")).toBe(true);
  return linesIn(text.slice(0, text.lastIndexOf("\n") + 1)).map(({ i }) => i as number);
}

const numbersOf = (folder: string, torn = false) =>
  numbersIn(
    filesIn(folder)
      .map(({ text }) => text)
      .join(""),
    { torn },
  );

/** Nothing missing, nothing twice, in order. */
function expectInOrder(numbers: readonly number[]): void {
  expect(numbers.findIndex((number, i) => number !== i)).toBe(-1);
}

const kill = (signal: NodeJS.Signals) => ({ inFlood: (started: ChildProcess) => void started.kill(signal) });

describe.each(["file", "pino"] as const)("the end of the process, %s", (sink) => {
  it.each([
    ["exit at once", 0, 2],
    ["exit", 0, 20_001],
    ["throw", 1, 20_001],
    ["reject", 1, 20_001],
    ["natural end", 0, 20_001],
    ["exit handlers", 0, 20_021],
  ])(
    "loses nothing: %s",
    async (way, status, lines) => {
      const { code, folder } = await run(way, { sink });
      expect(code).toBe(status);
      expect(numbersOf(folder)).toEqual(upTo(lines));
    },
    LIMIT_MS,
  );

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "loses nothing and keeps the status of %s",
    async (signal) => {
      const ended = await run("flood", { sink, ...kill(signal) });
      expect(ended.signal).toBe(signal);
      const numbers = numbersOf(ended.folder);
      expect(numbers.length).toBeGreaterThanOrEqual(20_000);
      expect(numbers.length % 50).toBe(0);
      expectInOrder(numbers);
      expect(ended.errors).toBe("");
    },
    LIMIT_MS,
  );

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "leaves %s to the app's own handler",
    async (signal) => {
      const { code, folder } = await run("own handler", { sink, ...kill(signal) });
      expect(code).toBe(7);
      const numbers = numbersOf(folder);
      expect(numbers.length % 50).toBe(10);
      expectInOrder(numbers);
    },
    LIMIT_MS,
  );

  it.each(["flush", "fatal"])(
    "by SIGKILL loses nothing that came before %s",
    async (way) => {
      // pino's own flush waits for nothing that a script could await.
      if (sink === "pino" && way === "flush") return;
      const { signal, folder } = await run(way, { sink });
      expect(signal).toBe("SIGKILL");
      expect(numbersOf(folder)).toEqual(upTo(5_000));
    },
    LIMIT_MS,
  );
});

describe("an end without warning", () => {
  it(
    "by SIGKILL in a flood loses at most the last moments, and tears at most the last line",
    async () => {
      const { signal, folder } = await run("marked flood", kill("SIGKILL"));
      expect(signal).toBe("SIGKILL");
      const numbers = numbersOf(folder, true);
      expectInOrder(numbers);
      const aSecondBefore = Number(readFileSync(join(folder, "mark"), "utf8"));
      expect(aSecondBefore).toBeGreaterThan(0);
      expect(numbers.length).toBeGreaterThanOrEqual(aSecondBefore);
    },
    LIMIT_MS,
  );

  it(
    "by abort loses at most what was not flushed",
    async () => {
      const { signal, folder } = await run("abort");
      expect(signal).toBe("SIGABRT");
      const numbers = numbersOf(folder, true);
      expectInOrder(numbers);
      expect(numbers.length).toBeGreaterThanOrEqual(5_000);
    },
    LIMIT_MS,
  );

  it(
    "by SIGKILL in rotation and compression tears nothing but the last line; the next start cleans up",
    async () => {
      const options = { rotate: { sizeBytes: 200_000 }, keep: { gzip: true } };
      const { folder } = await run("flood", { options, ...kill("SIGKILL") });
      const before = numbersOf(folder, true);
      expectInOrder(before);
      // How much of the flood is on its way to a busy disk is not known; it has rotated.
      const count = filesIn(folder).length;
      expect(count).toBeGreaterThan(1);
      const after = await run("exit", { options }, folder);
      expect(after.code).toBe(0);
      const indices = filesIn(folder).map(({ name }) => Number(/_(\d+)\.log/.exec(name)?.[1]));
      expect(indices).toEqual(upTo(indices.length).map((i) => i + 1));
      expect(indices.length).toBeGreaterThan(count);
      const numbers = filesIn(folder)
        .slice(count)
        .flatMap(({ text }) => numbersIn(text));
      expect(numbers).toEqual(upTo(20_001));
      // The second process exits without waiting for its own compression, a third one finishes that.
      await run("natural end", { options }, folder);
      const names = readdirSync(folder);
      expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect(names.filter((name) => names.includes(`${name}.gz`))).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe("rotated files", () => {
  it(
    "lose, split and repeat nothing when a signal ends the process",
    async () => {
      const { folder } = await run("flood", { options: { rotate: { sizeBytes: 100_000 } }, ...kill("SIGTERM") });
      const files = filesIn(folder);
      expectInOrder(files.flatMap(({ text }) => numbersIn(text)));
      expect(files.length).toBeGreaterThan(10);
      expect(Math.max(...files.map(({ text }) => text.length))).toBeLessThanOrEqual(100_000);
    },
    LIMIT_MS,
  );

  it(
    "lose nothing when they are moved away and SIGHUP reopens",
    async () => {
      const folder = newFolder();
      const path = join(folder, "app.log");
      const moved: string[] = [];
      const inFlood = (started: ChildProcess) => {
        const timer = setInterval(() => {
          if (moved.length < 5) {
            // Only once the file is there again: a signal that comes during another is one with it.
            try {
              renameSync(path, `${path}.${moved.length}`);
            } catch {
              return;
            }
            moved.push(`${path}.${moved.length}`);
            started.kill("SIGHUP");
          } else {
            clearInterval(timer);
            started.kill("SIGTERM");
          }
        }, 50);
      };
      const { signal } = await run("flood", { options: { path, reopenOn: "SIGHUP" }, inFlood }, folder);
      expect(signal).toBe("SIGTERM");
      const texts = [...moved, path].map((name) => readFileSync(name, "utf8"));
      expect(texts).toHaveLength(6);
      expectInOrder(texts.flatMap((text) => numbersIn(text)));
    },
    LIMIT_MS,
  );

  it(
    "of one path take the whole lines of two processes",
    async () => {
      const folder = newFolder();
      const path = join(folder, "app.log");
      await Promise.all([
        run("natural end", { options: { path } }, folder),
        run("natural end", { options: { path } }, folder),
      ]);
      const lines = linesIn(readFileSync(path, "utf8")) as { pid: number; i: number }[];
      const pids = [...new Set(lines.map(({ pid }) => pid))];
      expect(pids).toHaveLength(2);
      for (const one of pids) expect(lines.filter(({ pid }) => pid === one).map(({ i }) => i)).toEqual(upTo(20_001));
    },
    LIMIT_MS,
  );

  it(
    "are each process's own under one prefix",
    async () => {
      const folder = newFolder();
      const options = { rotate: { sizeBytes: 100_000 } };
      await Promise.all([run("exit", { options }, folder), run("exit", { options }, folder)]);
      const files = filesIn(folder).map(({ text }) => linesIn(text) as { pid: number; i: number }[]);
      for (const lines of files) expect(new Set(lines.map(({ pid }) => pid)).size).toBe(1);
      const pids = [...new Set(files.map(([line]) => line?.pid))];
      expect(pids).toHaveLength(2);
      for (const one of pids) {
        const own = files.filter(([line]) => line?.pid === one).flat();
        expect(own.map(({ i }) => i)).toEqual(upTo(20_001));
      }
    },
    LIMIT_MS,
  );
});

describe("a pipe at the end of the process", () => {
  /** The child at one end of a pipe of the system, `reader` at the other. */
  function pipeline(way: string, reader: string) {
    const folder = newFolder();
    const command = [process.execPath, ...process.execArgv, child, way, "stdout"].map((word) => `'${word}'`).join(" ");
    const script = `( ${command} 2>errors; echo $? >status ) | ( ${reader} ) >out`;
    expect(spawnSync("sh", ["-c", script], { cwd: folder }).status).toBe(0);
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    return { out: read("out"), errors: read("errors"), status: Number(read("status")) };
  }

  it(
    "that is read slowly loses nothing",
    () => {
      const { out, status } = pipeline("exit", "sleep 0.5; cat");
      expect(status).toBe(0);
      expect(numbersIn(out)).toEqual(upTo(20_001));
    },
    LIMIT_MS,
  );

  it(
    "whose reader is gone does not end the process before its time",
    () => {
      const { out, status, errors } = pipeline("natural end", "head -n 1");
      expect(status).toBe(0);
      expect(numbersIn(out)).toEqual([0]);
      expect(errors).toBe("");
    },
    LIMIT_MS,
  );

  it(
    "that nobody reads is waited for 2 s, and what is lost is said",
    () => {
      const { out, status, errors } = pipeline("exit", "until [ -e status ]; do sleep 0.1; done; cat");
      expect(status).toBe(0);
      const lost = Number(/^async-logger: (\d+) lines \(\d+ bytes\) lost/.exec(errors)?.[1]);
      const numbers = linesIn(out.slice(0, out.lastIndexOf("\n") + 1)).map(({ i }) => i as number);
      expectInOrder(numbers);
      expect(numbers.length + lost).toBe(20_001);
    },
    LIMIT_MS,
  );
});

const mounted = (() => {
  const folder = newFolder();
  const args = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder];
  return runTool("mount", args) ? folder : undefined;
})();

describe.skipIf(mounted === undefined)("a full disk at the end of the process", () => {
  it(
    "does not hold it up, and standard error says how many lines were lost",
    async () => {
      const folder = mounted ?? "";
      const before = performance.now();
      const { code, errors } = await run("exit", {}, folder);
      expect(performance.now() - before).toBeLessThan(20_000);
      expect(code).toBe(0);
      const lost = [...errors.matchAll(/^async-logger: (\d+) lines? \(\d+ bytes\) lost: ENOSPC/gm)];
      expect(lost).toHaveLength(1);
      const numbers = numbersOf(folder, true);
      expectInOrder(numbers);
      expect(numbers.length + Number(lost[0]?.[1])).toBe(20_001);
    },
    LIMIT_MS,
  );
});
