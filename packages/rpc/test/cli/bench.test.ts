import { describe, expect, it } from "vitest";
import { cli, lines, startCli } from "./cli-run.ts";
import { startTestServer } from "./test-server.ts";

interface Result {
  readonly calls: number;
  readonly ok: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: { readonly min: number; readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly cpuMs: { readonly user: number; readonly system: number };
  readonly histogram: readonly { readonly count: number }[];
}

const short = ["-d", "0.3", "--warmup", "0.1"];

async function measured(args: readonly string[]): Promise<Result & { readonly exitCode: number }> {
  const { exitCode, stdout, stderr } = await cli(["bench", ...args, "--json"]);
  expect(stderr).toBe("");
  const [result] = lines(stdout) as [Result];
  return { ...result, exitCode };
}

describe("bench", () => {
  it("measures calls for a second and tells what it found", async () => {
    await using server = await startTestServer();
    const args = ["bench", server.target, "test.all.All/GetOne", "-c", "4", "-d", "1", "--warmup", "0.1"];
    const { exitCode, stdout, stderr } = await cli(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^test\.all\.All\/GetOne on 127\.0\.0\.1:\d+, 4 at a time, \d+\.\d s\n/);
    for (const line of [
      /^calls {6}\d+, \d+ answered, 0 failed$/m,
      /^req\/s {6}\d+\.\d$/m,
      /^latency {4}p50 [\d.]+ ms, p90 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$/m,
      /^CPU {8}[\d.]+ s of this process \(\d+ %\), [\d.]+ µs a call$/m,
      /^ *≤ [\d.]+ ms +\d+ {2}█+$/m,
    ])
      expect(stdout).toMatch(line);
  });

  it("counts what it says it counts", async () => {
    await using server = await startTestServer();
    const result = await measured([server.target, "test.all.All/Echo", ...short, "--data", '{"node":{"name":"x"}}']);
    expect(result).toMatchObject({ exitCode: 0, failed: 0, errors: {} });
    expect(result.ok).toBeGreaterThan(0);
    expect(result.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(result.ok);
    expect(result.requestsPerSecond).toBeCloseTo((1_000 * result.ok) / result.elapsedMs, 0);
    const { min = 0, p50 = 0, p99 = 0, max = 0 } = result.latencyMs ?? {};
    expect([min, p50, p99, max].toSorted((a, b) => a - b)).toEqual([min, p50, p99, max]);
    // The warm-up is not in it.
    expect(server.server.stats().calls).toBeGreaterThan(result.calls);
    await expect.poll(() => server.server.stats().inFlight).toBe(0);
  });

  it.each([["List"], ["Upload"], ["Talk"]])("makes whole calls of streams: %s", async (name) => {
    await using server = await startTestServer();
    const data = name === "List" ? "{}" : '{"name":"a"}\n{"name":"b"}\n';
    const result = await measured([server.target, `test.all.All/${name}`, ...short, "-c", "2", "--data", data]);
    expect(result).toMatchObject({ exitCode: 0, failed: 0 });
    expect(result.ok).toBeGreaterThan(0);
    if (name !== "List") expect(server.received.length).toBeGreaterThanOrEqual(2 * result.ok);
  });

  it("counts calls that fail by their status, and ends with 1 when none was answered", async () => {
    await using server = await startTestServer();
    const result = await measured([server.target, "test.all.All/Put", ...short]);
    expect(result).toMatchObject({ exitCode: 1, ok: 0, latencyMs: null, histogram: [] });
    expect(result.errors).toEqual({ NOT_FOUND: result.failed });
    expect(result.failed).toBeGreaterThan(0);
    const stream = await measured([server.target, "test.all.All/Talk", ...short, "--data", '{"name":"fail"}']);
    expect(stream.errors).toEqual({ ABORTED: stream.failed });
    const { stdout } = await cli(["bench", server.target, "test.all.All/Put", ...short]);
    expect(stdout).toMatch(/^failed {5}\d+ NOT_FOUND$/m);
  });

  it("begins calls at a rate", async () => {
    await using server = await startTestServer();
    const result = await measured([server.target, "test.all.All/GetOne", "-d", "1", "--warmup", "0", "--rate", "50"]);
    // However slow the machine is, it is never more than what was due.
    expect(result.calls).toBeLessThanOrEqual((50 * result.elapsedMs) / 1_000 + 2);
    expect(result.calls).toBeGreaterThan(5);
  });

  it("ends on time though calls hang, and cancels them", async () => {
    await using server = await startTestServer();
    const result = await measured([server.target, "test.all.All/Close", ...short]);
    expect(result).toMatchObject({ exitCode: 1, calls: 0 });
    await expect.poll(() => server.server.stats().inFlight).toBe(0);
  });

  it("shows what it does on a terminal, and what it has measured when it is stopped", async () => {
    await using server = await startTestServer();
    const user = new AbortController();
    const args = ["bench", server.target, "test.all.All/GetOne", "-d", "60", "--warmup", "0"];
    const run = startCli(args, { terminal: true, signal: user.signal });
    await expect.poll(() => run.stderr.text, { timeout: 10_000 }).toMatch(/\r\d+ req\/s, 0 failed/);
    user.abort(new Error("interrupted"));
    expect(await run.exitCode).toBe(130);
    expect(run.stdout.text).toMatch(/^req\/s {6}/m);
  });

  it("is stopped during the warm-up", async () => {
    await using server = await startTestServer();
    const user = new AbortController();
    const run = startCli(["bench", server.target, "test.all.All/GetOne", "--warmup", "60"], { signal: user.signal });
    await expect.poll(() => server.server.stats().calls).toBeGreaterThan(5);
    user.abort(new Error("interrupted"));
    expect(await run.exitCode).toBe(130);
    expect(run.stdout.text).toMatch(/^calls {6}0, 0 answered, 0 failed$/m);
  });
});
