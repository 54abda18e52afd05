import { describe, expect, inject, it } from "vitest";
import { readmePrograms } from "../../../../../tools/readme-programs.ts";

const folder = new URL("../../../", import.meta.url);
const readme = await readmePrograms(new URL("README.md", folder));
const guide = await readmePrograms(new URL("../../docs/guide/zookeeper.md", folder), folder);
const programs = readme.filter(({ code }) => code.includes("@servertech/rpc/zookeeper"));

describe("README", () => {
  it.each(programs)("runs: $title", async ({ run }) => {
    const result = await run({ ZOOKEEPER: inject("urls").zookeeper });
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toContain("false 10.0.0.5");
  });
});

describe("guide", () => {
  it.each(guide)("runs: $title", async ({ run }) => {
    const result = await run({ ZOOKEEPER: inject("urls").zookeeper });
    expect(result).toMatchObject({ exitCode: 0, stderr: "", stdout: "registered ok\nclosed lost\n" });
  });
});
