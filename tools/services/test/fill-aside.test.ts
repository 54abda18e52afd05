import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fillAside } from "../src/fill-aside.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
let target: string;
beforeEach(() => {
  folder = new TemporaryFolder();
  target = join(folder.path, "data");
  mkdirSync(target);
});
afterEach(() => folder[Symbol.dispose]());

async function fill(draft: string): Promise<void> {
  mkdirSync(join(draft, "a"));
  writeFileSync(join(draft, "a", "b"), "c");
  await Promise.resolve();
}

describe("fillAside", () => {
  it("fills the folder and leaves nothing beside it", async () => {
    await fillAside(target, fill);
    expect(readdirSync(target)).toEqual(["a"]);
    expect(folder.entries()).toEqual(["data"]);
  });

  it("starts anew where an earlier fill was cut off", async () => {
    mkdirSync(join(folder.path, "data.new", "half"), { recursive: true });
    await fillAside(target, fill);
    expect(readdirSync(target)).toEqual(["a"]);
    expect(folder.entries()).toEqual(["data"]);
  });

  it("leaves the folder empty when the fill fails half-way", async () => {
    const failing = fillAside(target, async (draft) => {
      await fill(draft);
      throw new Error("half-way");
    });
    await expect(failing).rejects.toThrow("half-way");
    expect(readdirSync(target)).toEqual([]);
    expect(folder.entries()).toEqual(["data"]);
  });

  it("leaves the folder empty when its process is killed half-way", async () => {
    const child: ChildProcess = fork(fileURLToPath(new URL("half-filler.ts", import.meta.url)), [target]);
    await once(child, "message");
    expect(existsSync(join(folder.path, "data.new", "half"))).toBe(true);
    child.kill("SIGKILL");
    await vi.waitUntil(() => folder.entries().length === 1, { timeout: 10_000 });
    expect(readdirSync(target)).toEqual([]);
  });

  it("refuses a folder with something in it, and leaves that alone", async () => {
    writeFileSync(join(target, "mine"), "");
    await expect(fillAside(target, fill)).rejects.toMatchObject({
      code: "SERVICE_START_FAILED",
      message: `${target} is neither empty nor a whole database. Remove that folder to start anew`,
    });
    expect(readdirSync(target)).toEqual(["mine"]);
  });

  it("fills the folder behind a link", async () => {
    symlinkSync(target, join(folder.path, "link"));
    await fillAside(join(folder.path, "link"), fill);
    expect(readdirSync(target)).toEqual(["a"]);
  });
});
