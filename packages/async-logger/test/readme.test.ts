import { readmePrograms } from "../../../tools/readme-programs.ts";
import { describe, expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const programs = await readmePrograms(new URL("README.md", folder));
const guide = await readmePrograms(new URL("../../../docs/guide/async-logger.md", import.meta.url), folder);

describe("README", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stdout: "0\n", stderr: "" });
  });
});

describe("the guide", () => {
  // Its programs log to standard error.
  it.each(guide)("runs: $title", async ({ code, run }) => {
    const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stdout: said });
  });
});
