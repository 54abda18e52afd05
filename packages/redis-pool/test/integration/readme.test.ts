import { describe, expect, inject, it } from "vitest";
import { readmePrograms } from "../../../../tools/readme-programs.ts";

const folder = new URL("../../", import.meta.url);
const programs = [
  ...(await readmePrograms(new URL("README.md", folder))),
  ...(await readmePrograms(new URL("../../../../docs/guide/redis-pool.md", import.meta.url), folder)),
];

describe("README and guide", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run({ REDIS_URL: inject("urls").redis })).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});
