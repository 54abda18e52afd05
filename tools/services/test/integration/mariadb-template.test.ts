import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findMariadb } from "../../src/mariadb.ts";
import { fillMariadbFolder } from "../../src/mariadb-template.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function dataDir(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
}

function isDatabase(path: string): boolean {
  return existsSync(join(path, "ibdata1")) && existsSync(join(path, "mysql", "db.frm"));
}

describe("fillMariadbFolder", () => {
  it("makes one template of two first runs at once, and nothing beside it", async () => {
    const cache = dataDir("cache");
    const folders = [dataDir("a"), dataDir("b")];
    await Promise.all(folders.map((path) => fillMariadbFolder(path, findMariadb(), cache)));
    expect(folders.map(isDatabase)).toEqual([true, true]);
    const [template, ...others] = readdirSync(cache);
    expect(template).toMatch(/^mariadb-[0-9a-f]{16}$/);
    expect(others).toEqual([]);
  });

  it("copies the template instead of running the installer", async () => {
    const cache = dataDir("cache");
    const programs = findMariadb();
    await fillMariadbFolder(dataDir("first"), programs, cache);
    const second = dataDir("second");
    await fillMariadbFolder(second, { ...programs, install: "/nonexistent" }, cache);
    expect(isDatabase(second)).toBe(true);
  });

  it("does without a cache that cannot be written", async () => {
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    const path = dataDir("data");
    await fillMariadbFolder(path, findMariadb(), join(file, "cache"));
    expect(isDatabase(path)).toBe(true);
  });

  it("says in one line that the installer met a full disk", async () => {
    const install = join(folder.path, "install");
    writeFileSync(install, "#!/bin/sh\necho 'Error writing file (Errcode: 28 \"No space left on device\")'\nexit 1\n", {
      mode: 0o755,
    });
    const path = dataDir("data");
    const programs = { ...findMariadb(), install };
    await expect(fillMariadbFolder(path, programs, dataDir("cache"))).rejects.toMatchObject({
      code: "SERVICE_NO_SPACE",
      message: `the disk of ${path} is full`,
    });
  });

  it("says what the installer said", async () => {
    const programs = { ...findMariadb(), install: "/bin/false" };
    await expect(fillMariadbFolder(dataDir("data"), programs, dataDir("cache"))).rejects.toMatchObject({
      code: "SERVICE_START_FAILED",
      message: expect.stringContaining("MariaDB's installer failed (exit 1)") as string,
    });
    expect(readdirSync(join(folder.path, "cache"))).toEqual([]);
  });
});
