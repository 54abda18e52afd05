import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkSpace, newDataDir, newRunDir, spaceError, throwAwayBase } from "../src/folders.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

describe("checkSpace", () => {
  it.runIf(process.platform === "linux")("refuses a folder with too little room and says what to do", () => {
    // A file system that has never any room.
    expect(() => checkSpace("/proc")).toThrow(
      expect.objectContaining({
        code: "SERVICE_NO_SPACE",
        message: "/proc has only 0 MiB free; 512 MiB are needed (set SERVERTECH_DATA_DIR)",
      }),
    );
  });
});

describe("spaceError", () => {
  it("puts a full disk in words and leaves every other error alone", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, copyfile"), { code: "ENOSPC" });
    expect(spaceError(full, "/data")).toMatchObject({
      name: "ServiceError",
      code: "SERVICE_NO_SPACE",
      message: "the disk of /data is full",
      cause: full,
    });
    const other = Object.assign(new Error("EIO"), { code: "EIO" });
    expect(spaceError(other, "/data")).toBe(other);
  });
});

describe("throwAwayBase", () => {
  it("is what the environment says, else the system's folder", () => {
    vi.stubEnv("SERVERTECH_DATA_DIR", "");
    expect(throwAwayBase()).toBe(tmpdir());
    vi.stubEnv("SERVERTECH_DATA_DIR", "/elsewhere");
    expect(throwAwayBase()).toBe("/elsewhere");
    vi.unstubAllEnvs();
  });
});

describe("newRunDir", () => {
  it("is short enough for a socket wherever temporary files are", () => {
    using folder = new TemporaryFolder();
    const deep = join(folder.path, "d".repeat(100));
    mkdirSync(deep);
    vi.stubEnv("TMPDIR", deep);
    const run = newRunDir("zookeeper");
    vi.unstubAllEnvs();
    rmSync(run, { recursive: true });
    expect(Buffer.byteLength(join(run, "s"))).toBeLessThanOrEqual(103);
    expect(newDataDir(deep, "redis").startsWith(join(deep, "servertech-redis-"))).toBe(true);
  });
});
