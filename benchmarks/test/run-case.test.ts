import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { caseResult } from "../src/case-result.ts";
import { BenchmarkError, compare, type SetupContext } from "../src/index.ts";
import { loadCase } from "../src/load-case.ts";
import { runCase } from "../src/run-case.ts";

const url = (name: string) => new URL(`fixtures/${name}`, import.meta.url).href;
const options = (file: string, smoke: boolean) => ({
  file: url(file),
  smoke,
  nativePeers: false,
  onProgress: () => {},
});

/** An executable that tells itself apart from this process' own. */
function anotherRuntime(): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "runtime-"));
  const path = join(folder, "runtime.sh");
  const words = [process.execPath, ...process.execArgv].map((word) => `'${word}'`).join(" ");
  writeFileSync(path, `#!/bin/sh\nTEST_RUNTIME=another exec ${words} "$@"\n`, { mode: 0o755 });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

describe("runCase", () => {
  it("lets contenders take turns, another one first in each round, once each has warmed up", async () => {
    const steps: string[] = [];
    const setup = (name: string) => ({
      name,
      setup: () => ({
        round: ({ durationMs }: { durationMs: number }) => {
          steps.push(`${name}${durationMs}`);
          return { operations: 1 };
        },
        close: () => steps.push(`${name} closed`),
      }),
    });
    const definition = compare({
      question: "In which order?",
      unit: "calls/s",
      contenders: [setup("a"), setup("b")],
      rounds: 2,
      roundMs: 9,
      warmUpMs: 3,
    });
    await runCase(definition, { ...options("", false) });
    expect(steps).toEqual(["a3", "b3", "a9", "b9", "b9", "a9", "a closed", "b closed"]);
  });

  it("takes the first set of parameters and one round for a smoke run", async () => {
    const { cells } = await runCase(await loadCase(url("hash.bench.ts")), options("hash.bench.ts", true));
    expect(cells.map(({ name, params, rounds }) => [name, params, rounds.length])).toEqual([
      ["md5", { bytes: 16 }, 1],
      ["sha512", { bytes: 16 }, 1],
    ]);
  });

  it("closes what is set up when another contender cannot be", async () => {
    const steps: string[] = [];
    const definition = compare({
      question: "Is it tidy?",
      unit: "calls/s",
      contenders: [
        { name: "good", setup: () => ({ round: () => ({ operations: 1 }), close: () => steps.push("closed") }) },
        { name: "bad", setup: () => Promise.reject(new Error("no such server")) },
      ],
    });
    await expect(runCase(definition, options("", true))).rejects.toThrow("no such server");
    expect(steps).toEqual(["closed"]);
  });

  it("fails when the check after a round does", async () => {
    const check = () => {
      throw new Error("3 lines are missing");
    };
    const contenders = [{ name: "a", setup: () => ({ round: () => ({ operations: 1 }), check }) }];
    const definition = compare({ question: "Is it all there?", unit: "lines/s", contenders });
    await expect(runCase(definition, options("", true))).rejects.toThrow("3 lines are missing");
  });

  it("adds the CPU time of other processes", async () => {
    let cpuUs = 0;
    const setup = (_params: object, context: SetupContext) => {
      context.countCpu(() => cpuUs);
      const round = () => {
        cpuUs += 5e9;
        return { operations: 10 };
      };
      return { round };
    };
    const definition = compare({ question: "What does it cost?", unit: "calls/s", contenders: [{ name: "a", setup }] });
    const { cells } = await runCase(definition, options("", true));
    const cpuUsPerOp = cells[0]?.rounds[0]?.["cpuUsPerOp"] ?? 0;
    expect(cpuUsPerOp).toBeGreaterThanOrEqual(5e8);
    expect(cpuUsPerOp).toBeLessThan(5.1e8);
  });

  it("tells why a server script did not start", async () => {
    const setup = async (_params: object, context: SetupContext) => {
      await context.serverProcess(new URL("fixtures/broken-server.ts", import.meta.url));
      return { round: () => ({ operations: 1 }) };
    };
    const definition = compare({ question: "Does it start?", unit: "calls/s", contenders: [{ name: "a", setup }] });
    await expect(runCase(definition, options("", true))).rejects.toThrow(
      "broken-server.ts: Error: no room for a server",
    );
  });

  it("runs a server in another runtime", async () => {
    using runtime = anotherRuntime();
    const runtimes: string[] = [];
    const setup = async (_params: object, context: SetupContext) => {
      const script = new URL("fixtures/runtime-server.ts", import.meta.url);
      for (const one of [undefined, runtime.path]) {
        const { address } = await context.serverProcess<{ runtime: string }>(script, undefined, one);
        runtimes.push(address.runtime);
      }
      return { round: () => ({ operations: 1 }) };
    };
    const definition = compare({ question: "Which one?", unit: "calls/s", contenders: [{ name: "a", setup }] });
    await runCase(definition, options("", true));
    expect(runtimes).toEqual(["this Node", "another"]);
  });

  it("lets a client in another runtime measure its own rounds", async () => {
    using runtime = anotherRuntime();
    const script = new URL("fixtures/counting-load.ts", import.meta.url);
    const setup = (_params: object, context: SetupContext) =>
      context.loadProcess(script, { callers: 4, fail: false }, runtime.path);
    const definition = compare({ question: "How many?", unit: "calls/s", contenders: [{ name: "a", setup }] });
    const { cells } = await runCase(definition, options("", true));
    const [round = {}] = cells[0]?.rounds ?? [];
    for (const metric of ["calls/s", "p50Us", "p99Us", "cpuUsPerOp", "serverRssMiB"])
      expect(round[metric]).toBeGreaterThan(0);
  });

  it("tells why a call of such a client failed", async () => {
    using runtime = anotherRuntime();
    const script = new URL("fixtures/counting-load.ts", import.meta.url);
    const setup = (_params: object, context: SetupContext) =>
      context.loadProcess(script, { callers: 1, fail: true }, runtime.path);
    const definition = compare({ question: "How many?", unit: "calls/s", contenders: [{ name: "a", setup }] });
    await expect(runCase(definition, options("", true))).rejects.toThrow("counting-load.ts: Error: the call was lost");
  });

  it("skips a contender with an install script unless it is asked for", async () => {
    const contenders = [
      { name: "a", setup: () => ({ round: () => ({ operations: 1 }) }) },
      { name: "b", native: "b@1.0.0", setup: () => ({ round: () => ({ operations: 1 }) }) },
    ];
    const definition = compare({ question: "Is it there?", unit: "calls/s", contenders });
    const { cells, skipped } = await runCase(definition, options("", true));
    expect(cells.map(({ name }) => name)).toEqual(["a"]);
    expect(skipped).toEqual([{ name: "b", params: {}, reason: "runs with --native-peers only" }]);
  });
});

describe("loadCase", () => {
  it("refuses a file that exports no case", async () => {
    await expect(loadCase(url("not-a-case.ts"))).rejects.toThrow(BenchmarkError);
  });
});

describe("caseResult", () => {
  const identity = (file: string) => ({ id: "x/y", file: url(file), command: "npm run bench -- x y" });

  it("has the figures of all sets, the goals that could be judged, and what was skipped", async () => {
    const definition = await loadCase(url("hash.bench.ts"));
    const run = await runCase(definition, options("hash.bench.ts", false));
    const result = caseResult(identity("hash.bench.ts"), definition, run);
    expect(result).toMatchObject({ case: "x/y", question: "Which hash is quicker?", node: process.version });
    expect(result.results).toHaveLength(4);
    expect(result.results[0]).toMatchObject({
      name: "md5",
      version: process.versions.node,
      params: { bytes: 16 },
      rounds: 3,
    });
    for (const row of result.results) {
      expect(row.min).toBeGreaterThan(0);
      expect(row.min).toBeLessThanOrEqual(row.median);
      expect(row.median).toBeLessThanOrEqual(row.max);
      expect(row).not.toHaveProperty("rssMiB");
    }
    expect(result.ratios).toMatchObject([{ params: { bytes: 4096 }, against: "sha512", metric: "ns/hash", met: true }]);
    expect(result.limits).toHaveLength(2);
    expect(result.skipped).toHaveLength(2);
  });

  it("measures contenders and their servers in processes of their own", { timeout: 60_000 }, async () => {
    const definition = await loadCase(url("echo.bench.ts"));
    const run = await runCase(definition, options("echo.bench.ts", false));
    const result = caseResult(identity("echo.bench.ts"), definition, run);
    expect(result.results.map(({ name, rounds }) => [name, rounds])).toEqual([
      ["short", 2],
      ["long", 2],
    ]);
    for (const row of result.results) {
      expect(row.p50Us).toBeGreaterThan(0);
      expect(row.p99Us).toBeGreaterThanOrEqual(row.p50Us ?? 0);
      expect(row.cpuUsPerOp).toBeGreaterThan(0);
      expect(row.rssMiB).toBeGreaterThan(10);
      expect(row.metrics?.["serverRssMiB"]).toBeGreaterThan(10);
    }
    expect(result.ratios).toHaveLength(1);
    expect(result.limits).toMatchObject([{ metric: "serverRssMiB", met: true }]);
  });
});
