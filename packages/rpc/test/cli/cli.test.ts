import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { cli, lines } from "./cli-run.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-cli-"));
  await writeFile(join(dir, "good.proto"), 'syntax = "proto3";\nmessage Good { int64 a = 1; }');
  await writeFile(join(dir, "bad.proto"), 'syntax = "proto3";\nmessage Bad { None a = 1; }');
});
afterEach(() => rm(dir, { recursive: true }));

const COMMANDS = ["gen", "call", "list", "describe", "health", "bench"];

describe("servertech-rpc", () => {
  it.each([[["--help"]], [["-h"]], [["help"]]])("says what it can: %j", async (args) => {
    const { exitCode, stdout, stderr } = await cli(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
  });

  it.each(COMMANDS)("says what %s can", async (command) => {
    const texts = await Promise.all([cli([command, "--help"]), cli([command, "x", "-h"]), cli(["help", command])]);
    for (const { exitCode, stdout, stderr } of texts) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^servertech-rpc ${command} `));
      expect(stdout).toContain("--help");
    }
  });

  it("prints its version", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await cli(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    [[], "which command?"],
    [["make"], "there is no command make"],
    [["lst"], "there is no command lst; did you mean list?"],
    [["help", "cal"], "did you mean call?"],
    [["gen"], "gen: which proto file?"],
    [["gen", "a.proto"], "gen: -o <dir> is missing"],
    [["gen", "a.proto", "-o", "x", "--int64=text"], "gen: --int64 is bigint or number, not text"],
    [["gen", "a.proto", "-o", "x", "--import-extension=mjs"], "gen: --import-extension is js or ts, not mjs"],
    [["gen", "a.proto", "-o", "x", "--other"], "gen: there is no option --other\nTry: servertech-rpc gen --help\n"],
    [["gen", "a.proto", "-o", "x", "--in64=number"], "gen: there is no option --in64; did you mean --int64?"],
    [["list"], "list: <target> is missing"],
    [["list", "a:1", "b", "c"], 'list: "c" is one argument too many'],
    [["list", "a:1", "--timout-ms", "1"], "list: there is no option --timout-ms; did you mean --timeout-ms?"],
    [["list", "a:1", "--timeout-ms", "soon"], 'list: --timeout-ms is an integer from 0 to 2147483647, not "soon"'],
    [["list", "a:1", "--timeout-ms"], "list: Option '--timeout-ms <value>' argument missing"],
    [["list", "nowhere"], "target: must be tcp://host:port"],
    [["list", "a:99999"], "target: must be"],
    [["list", "a:1", "--ca", "/no/such"], "list: --ca: /no/such cannot be read (ENOENT)"],
    [["list", "a:1", "--cert", "x"], "list: --cert and --key belong together"],
    [["call", "a:1"], "call: <pkg.Service/Method> is missing"],
    [["call", "a:1", "Method"], 'call: a method is pkg.Service/Method, not "Method"'],
    [["call", "a:1", "a.B/C", "-H", "token"], 'call: -H is key:value, not "token"'],
    [["call", "a:1", "a.B/C", "-d", "@/no/such"], "call: --data: /no/such cannot be read (ENOENT)"],
    [["bench", "a:1", "a.B/C", "-c", "0"], 'bench: --concurrency is an integer from 1 to 10000, not "0"'],
    [["bench", "a:1", "a.B/C", "-d", "0"], 'bench: --duration is a number from 0.1 to 86400, not "0"'],
    [["bench", "a:1", "a.B/C", "--rate", "-1"], "bench: "],
    [["bench", "a:1", "a.B/C", "--data", "-"], "bench: --data is JSON or @file, not -"],
  ] as const)("ends with 2 for wrong arguments: %j", async (args, text) => {
    const { exitCode, stdout, stderr } = await cli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).toContain("Try: servertech-rpc");
  });

  it("tells of wrong arguments as JSON", async () => {
    const { exitCode, stderr } = await cli(["list", "--json"]);
    expect(exitCode).toBe(2);
    expect(lines(stderr)).toEqual([{ code: "USAGE", message: "list: <target> is missing" }]);
  });

  it("has colours on a terminal only, and not with NO_COLOR", async () => {
    expect((await cli(["make"], { terminal: true })).stderr).toContain("\u001B[31m");
    expect((await cli(["make"])).stderr).not.toContain("\u001B");
    expect((await cli(["make"], { terminal: true, noColor: "1" })).stderr).not.toContain("\u001B");
  });

  it("ends with 141 when nobody reads its output", async () => {
    const closed = () =>
      new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
      });
    const { signal } = new AbortController();
    const streams = { stdin: process.stdin, stdout: closed(), stderr: closed(), signal };
    expect(await runCli(["--help"], streams)).toBe(141);
    expect(await runCli(["make"], { ...streams, stderr: closed() })).toBe(141);
  });
});

describe("gen", () => {
  it("writes the modules, and says which", async () => {
    const out = join(dir, "made", "gen");
    const result = await cli(["gen", join(dir, "good.proto"), "-o", out, "--int64=number"]);
    expect(result).toEqual({ exitCode: 0, stdout: `${join(out, "good.ts")}\n`, stderr: "" });
    expect(await readFile(join(out, "good.ts"), "utf8")).toContain("a: number;");
  });

  it("writes nothing when one of the files is refused", async () => {
    const out = join(dir, "made");
    const result = await cli(["gen", join(dir, "good.proto"), join(dir, "bad.proto"), "-o", out]);
    expect(result).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("bad.proto:2: no such") });
    expect(await readdir(dir)).not.toContain("made");
  });
});
