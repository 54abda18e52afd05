import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { packageVersion } from "../src/package-version.ts";

const root = new URL("../../", import.meta.url);
const manifest = (path: string) => JSON.parse(readFileSync(new URL(path, root), "utf8")) as { version: string };

describe("packageVersion", () => {
  it("knows the package the file is in, an installed one, Node, and that a baseline has none", () => {
    const file = new URL("packages/core/bench/x.bench.ts", root).href;
    expect(packageVersion("@servertech/core", file)).toBe(manifest("packages/core/package.json").version);
    expect(packageVersion("vitest", file)).toBe(manifest("node_modules/vitest/package.json").version);
    expect(packageVersion("node:net", file)).toBe(process.versions.node);
    expect(packageVersion("a plain loop", file)).toBe("");
  });
});
