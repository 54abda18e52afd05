import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const VITEST = at("../../../node_modules/vitest/vitest.mjs");
const REPORTER = at("../../reporter.mjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "servertech-reporter-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a run of these test files counts. */
async function countsOf(files: Readonly<Record<string, string>>): Promise<unknown> {
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const counts = join(folder, "counts.json");
  const args = [VITEST, "run", "--root", folder, "--globals", `--reporter=${REPORTER}`];
  const env = { ...process.env, SERVERTECH_COUNTS: counts, NODE_OPTIONS: "" };
  // It fails where one of the files does.
  await new Promise<void>((resolve) => execFile(process.execPath, args, { cwd: folder, env }, () => resolve()));
  return JSON.parse(readFileSync(counts, "utf8"));
}

describe("the counts of a run", () => {
  it("are those of its tests", async () => {
    const code = `
      test("passes", () => {});
      describe("inner", () => test("passes, too", () => {}));
      test("fails", () => { throw new Error("wrong"); });
      test.skip("is left out", () => {});
      test.todo("comes later");`;
    expect(await countsOf({ "a.test.js": code })).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it("have what fails beside the tests as failed: a hook, a module, a rejection that nobody handles", async () => {
    const files = {
      "hook.test.js": `describe("s", () => {
        beforeAll(() => { throw new Error("no server"); });
        test("never runs", () => {});
      });`,
      "module.test.js": `throw new Error("does not load");`,
      "rejection.test.js": `test("passes", async () => {
        Promise.reject(new Error("lost"));
        await new Promise((resolve) => setTimeout(resolve, 10));
      });`,
    };
    expect(await countsOf(files)).toEqual({ passed: 1, failed: 3, skipped: 1 });
  });
});
