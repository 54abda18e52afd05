import { readmePrograms } from "../../../tools/readme-programs.ts";
import { describe, expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const programs = [
  ...(await readmePrograms(new URL("README.md", folder))),
  ...(await readmePrograms(new URL("../../../docs/guide/resource-pool.md", import.meta.url), folder)),
];

describe("README and guide", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});
