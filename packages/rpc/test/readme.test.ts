import { describe, expect, it } from "vitest";
import { readmePrograms } from "../../../tools/readme-programs.ts";

const programs = await readmePrograms(new URL("../README.md", import.meta.url));

describe("README", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});
