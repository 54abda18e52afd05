/** The command line of the plugin; what it answers is tested in `test/generator/plugin.test.ts`. */
import { readFile } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { runPlugin } from "../../src/cli/plugin.ts";
import { answerPlugin } from "../../src/generator/plugin.ts";

/** As a terminal's: nobody writes to it, and nobody ends it. */
const silentInput = new PassThrough();

describe("protoc-gen-servertech", () => {
  it.each(["--help", "-h"])("says what it is, and waits for nothing: %s", async (argument) => {
    const { exitCode, stdout, stderr } = await runPlugin([argument], silentInput);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const text of ["--servertech_out", "\n  int64=number\n", "\n  unknown-fields\n"])
      expect(stdout).toContain(text);
  });

  it("prints its version", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await runPlugin(["--version"], silentInput)).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("refuses any other argument", async () => {
    const { exitCode, stdout, stderr } = await runPlugin(["--int64=number"], silentInput);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("it takes no arguments, not --int64=number");
  });

  it("answers the request on stdin", async () => {
    const request = await readFile(new URL("../fixtures/protoc/request.bin", import.meta.url));
    const stdin = Readable.from([request.subarray(0, 10), request.subarray(10)], { objectMode: false });
    const { exitCode, stdout } = await runPlugin([], stdin);
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout as Uint8Array).equals(answerPlugin(request))).toBe(true);
  });
});
