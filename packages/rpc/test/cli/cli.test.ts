import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/run.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-cli-"));
  await writeFile(join(dir, "good.proto"), 'syntax = "proto3";\nmessage Good { int64 a = 1; }');
  await writeFile(join(dir, "bad.proto"), 'syntax = "proto3";\nmessage Bad { None a = 1; }');
});
afterEach(() => rm(dir, { recursive: true }));

describe("servertech-rpc", () => {
  it.each([["--help"], ["-h"], ["gen", "--help"]])("says what it can: %s", async (...args) => {
    expect(await runCli(args)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("--int64=bigint|number"),
      stderr: "",
    });
  });

  it.each([
    [[], "which command?"],
    [["make"], "there is no command make"],
    [["gen"], "gen: which proto file?"],
    [["gen", "a.proto"], "gen: -o <dir> is missing"],
    [["gen", "a.proto", "-o", "x", "--int64=text"], "gen: --int64 is bigint or number, not text"],
    [["gen", "a.proto", "-o", "x", "--import-extension=mjs"], "gen: --import-extension is js or ts, not mjs"],
    [["gen", "a.proto", "-o", "x", "--other"], "'--other'"],
  ] as const)("ends with 2 for wrong arguments: %j", async (args, text) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(text);
  });

  it("writes the modules, and says which", async () => {
    const out = join(dir, "made", "gen");
    const result = await runCli(["gen", join(dir, "good.proto"), "-o", out, "--int64=number"]);
    expect(result).toEqual({ exitCode: 0, stdout: `${join(out, "good.ts")}\n`, stderr: "" });
    expect(await readFile(join(out, "good.ts"), "utf8")).toContain("a: number;");
  });

  it("writes nothing when one of the files is refused", async () => {
    const out = join(dir, "made");
    const result = await runCli(["gen", join(dir, "good.proto"), join(dir, "bad.proto"), "-o", out]);
    expect(result).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("bad.proto:2: no such") });
    expect(await readdir(dir)).not.toContain("made");
  });
});
