/** The programs of the repository's README, in the folder of an app, which has the packages installed. */
import { describe, expect, inject, it } from "vitest";
import { readmePrograms } from "../../../readme-programs.ts";

const root = new URL("../../../../", import.meta.url);
const programs = await readmePrograms(new URL("README.md", root), new URL("examples/chat-server/", root));

describe("README", () => {
  it("has a program for each package that people begin with", () => {
    const used = programs.map(({ code }) => /from "(@servertech\/[^"]+)"/.exec(code)?.[1]);
    const packages = ["db-pool", "redis-pool", "task-scheduler", "async-logger", "rpc"];
    expect(used).toEqual(packages.map((name) => `@servertech/${name}`));
  });

  it.each(programs)("runs: $title", async ({ run }) => {
    const { mysql, redis } = inject("urls");
    await expect(run({ MYSQL_URL: mysql, REDIS_URL: redis })).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});
