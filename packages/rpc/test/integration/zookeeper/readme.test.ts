import { describe, expect, inject, it } from "vitest";
import { readmePrograms } from "../../../../../tools/readme-programs.ts";

const programs = await readmePrograms(new URL("../../../README.md", import.meta.url));

describe("README", () => {
  it.each(programs.filter(({ code }) => code.includes("@servertech/rpc/zookeeper")))(
    "runs: $title",
    async ({ run }) => {
      const result = await run({ ZOOKEEPER: inject("urls").zookeeper });
      expect(result).toMatchObject({ exitCode: 0, stderr: "" });
      expect(result.stdout).toContain("false 10.0.0.5");
    },
  );
});
