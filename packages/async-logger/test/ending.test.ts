import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const child = new URL("ending-child.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly numbers: number[];
  readonly sizes: number[];
  readonly errors: string;
}

/** Runs the child; with `kill` it gets that signal in its flood. */
async function run(
  way: string,
  { kill, rotate = "" }: { kill?: NodeJS.Signals; rotate?: string } = {},
): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "async-logger-"));
  const started = spawn(process.execPath, [...process.execArgv, child, `${folder}/a_`, way, rotate]);
  let errors = "";
  started.stderr.on("data", (data: Buffer) => (errors += String(data)));
  started.stdout.once("data", () => kill !== undefined && started.kill(kill));
  const [code, signal] = (await once(started, "close")) as [number | null, NodeJS.Signals | null];
  const index = (name: string) => Number(/_(\d+)\.log$/.exec(name)?.[1]);
  const files = readdirSync(folder).toSorted((a, b) => index(a) - index(b));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
  for (const text of texts) expect(text === "" || text.endsWith("\n")).toBe(true);
  const lines = texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
  const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i);
  return { code, signal, numbers, sizes: files.map((file) => statSync(join(folder, file)).size), errors };
}

function inOrder(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => number === i);
}

describe("the end of the process", () => {
  it.each([
    ["exit at once", 0, 1],
    ["exit", 0, 20_000],
    ["throw", 1, 20_000],
    ["reject", 1, 20_000],
    ["natural end", 0, 20_000],
    ["exit handler", 0, 20_010],
  ])(
    "loses nothing: %s",
    async (way, status, lines) => {
      const { code, numbers } = await run(way);
      expect(code).toBe(status);
      expect(numbers).toHaveLength(lines);
      expect(inOrder(numbers)).toBe(true);
    },
    30_000,
  );

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "loses nothing and keeps the status of %s",
    async (kill) => {
      const { signal, numbers, errors } = await run("flood", { kill });
      expect(signal).toBe(kill);
      expect(numbers.length).toBeGreaterThanOrEqual(20_000);
      expect(numbers.length % 50).toBe(0);
      expect(inOrder(numbers)).toBe(true);
      expect(errors).toBe("");
    },
    30_000,
  );

  it.each(["SIGTERM", "SIGINT"] as const)(
    "leaves %s to the app's own handler",
    async (kill) => {
      const { code, numbers } = await run("own handler", { kill });
      expect(code).toBe(7);
      expect(numbers.length % 50).toBe(10);
      expect(inOrder(numbers)).toBe(true);
    },
    30_000,
  );

  it.each(["flush", "fatal"])(
    "by SIGKILL loses nothing that came before %s",
    async (way) => {
      const { signal, numbers } = await run(way);
      expect(signal).toBe("SIGKILL");
      expect(numbers).toHaveLength(5_000);
      expect(inOrder(numbers)).toBe(true);
    },
    30_000,
  );

  it("splits and repeats nothing over rotated files", async () => {
    const { numbers, sizes } = await run("flood", { kill: "SIGTERM", rotate: "100000" });
    expect(inOrder(numbers)).toBe(true);
    expect(sizes.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000);
  }, 30_000);
});
