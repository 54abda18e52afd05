import { describe, expect, it } from "vitest";
import { readmePrograms } from "../../../tools/readme-programs.ts";

const all = await readmePrograms(new URL("../README.md", import.meta.url));
const guide = await readmePrograms(
  new URL("../../../docs/guide/rpc.md", import.meta.url),
  new URL("..", import.meta.url),
);
// Those that need a server are run by integration/zookeeper/readme.test.ts.
const programs = all.filter(({ code }) => !code.includes("@servertech/rpc/zookeeper"));

describe("guide", () => {
  it.each(guide)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("README", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    await expect(run()).resolves.toMatchObject({ exitCode: 0, stderr: "" });
  });
});
