import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BenchmarkError, bunExecutable } from "../src/index.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bun-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(path: string): string {
  const file = join(folder, "node_modules", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "");
  return file;
}

describe("bunExecutable", () => {
  it("is in the package of the platform, or where its install script has moved it", () => {
    const moved = put("bun/bin/bun.exe");
    expect(bunExecutable(folder)).toBe(moved);
    const unmoved = put(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
    expect(bunExecutable(folder)).toBe(unmoved);
  });

  it("is missed by name", () => {
    expect(() => bunExecutable(folder)).toThrow(new BenchmarkError(`Bun has no executable in ${folder}`));
  });
});
