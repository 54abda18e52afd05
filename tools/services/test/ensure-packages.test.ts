import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findBinary, findChromium } from "../src/binaries.ts";
import { ensurePackages } from "../src/index.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
  // Without PATH nothing is found that this machine may have.
  vi.stubEnv("PATH", folder.path);
  vi.stubEnv("JAVA_HOME", undefined);
  vi.stubEnv("SERVERTECH_NO_APT", "1");
  for (const name of ["MYSQL_URL", "REDIS_URL", "ZOOKEEPER"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe("ensurePackages", () => {
  it("tells three ways to get what is missing", async () => {
    expect(findBinary("redis-server")).toBeUndefined();
    await expect(ensurePackages({ services: ["redis", "zookeeper"] })).rejects.toMatchObject({
      code: "SERVICE_MISSING",
      message: [
        "Redis, ZooKeeper not found. Install with one of:",
        "  sudo apt-get install -y --no-install-recommends redis-server zookeeper default-jre-headless",
        "  brew install redis zookeeper",
        "  docker compose up -d --wait   and the three variables of .env.example",
      ].join("\n"),
    });
  });

  it("wants what no variable replaces", async () => {
    vi.stubEnv("REDIS_URL", "redis://elsewhere:1");
    vi.stubEnv("ZOOKEEPER", "elsewhere:2");
    await expect(ensurePackages()).rejects.toThrow(/^MariaDB not found/);
    vi.stubEnv("MYSQL_URL", "mysql://elsewhere:3");
    expect(await ensurePackages()).toEqual({ installed: [], missing: [] });
  });

  it("does not fail for want of a browser", async () => {
    expect(findChromium()).toBeUndefined();
    const onProgress = vi.fn<(message: string) => void>();
    const { installed, missing } = await ensurePackages({ services: [], browser: true, onProgress });
    expect(installed).toEqual([]);
    expect(missing).toContain("chromium");
    expect(onProgress).not.toHaveBeenCalled();
  });
});
