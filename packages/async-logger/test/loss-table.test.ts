import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newFolder } from "./log-files.ts";

const child = new URL("loss-child.ts", import.meta.url).pathname;
const NO_FLUSH = 3;
/** LogTape waits for the disk a few hundred times in each of its rows. */
const LIMIT_MS = 120_000;

/** The README's table: a row a situation, a column a logger, the lines lost in each cell. */
function tableInReadme(): { way: string; logger: string; cell: string }[] {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, after = ""] = readme.split("<!-- what is lost when -->");
  const [table = ""] = after.trim().split("\n\n");
  const [head = [], , ...rows] = table.split("\n").map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
  return rows.flatMap(([way = "", ...cells]) => cells.map((cell, i) => ({ way, logger: head[i + 1] ?? "", cell })));
}

const WAYS: Readonly<Record<string, readonly [way: string, lines: number]>> = {
  "20,000 lines, then process.exit": ["exit", 20_000],
  "20,000 lines, then an uncaught error": ["throw", 20_000],
  "20,000 lines, then SIGTERM": ["SIGTERM", 20_000],
  "10 lines in an exit handler": ["exit handler", 10],
  "20,000 lines, flush awaited, then SIGKILL": ["SIGKILL after flush", 20_000],
};

/** How many of the lines are missing in the file; undefined where the logger cannot do that. */
async function lost(way: string, logger: string, lines: number): Promise<number | undefined> {
  const path = join(newFolder(), "app.log");
  const started = spawn(process.execPath, [...process.execArgv, child, way, logger, path], { stdio: "ignore" });
  const [code] = (await once(started, "exit")) as [number | null];
  if (code === NO_FLUSH) return undefined;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return lines - (text.split("\n").length - 1);
}

describe("the table of the README, what is lost when", () => {
  const table = tableInReadme();

  it("has every situation and logger", () => {
    expect(new Set(table.map(({ way }) => way))).toEqual(new Set(Object.keys(WAYS)));
    expect(new Set(table.map(({ logger }) => logger)).size).toBe(7);
  });

  it.each(table)(
    "is true: $way, $logger",
    async ({ way, logger, cell }) => {
      const [name, lines] = WAYS[way] ?? ["", 0];
      const missing = await lost(name, logger, lines);
      if (cell === "no flush") expect(missing).toBeUndefined();
      else if (cell === "0") expect(missing).toBe(0);
      // A race: from none to what its buffer holds.
      else if (cell.startsWith("≤")) expect(missing).toBeLessThanOrEqual(Number(cell.slice(1)));
      else expect(missing).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
