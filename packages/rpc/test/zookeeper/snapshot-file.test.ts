import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@servertech/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServiceInstance } from "../../src/zookeeper/registry-types.ts";
import { SnapshotFile } from "../../src/zookeeper/snapshot-file.ts";

const instance = (name: string, id: string): ServiceInstance => ({
  name,
  id,
  address: "h",
  port: 1,
  sslPort: null,
  meta: { weight: 2, zone: "a" },
  payload: { k: [1] },
  uriSpec: null,
  registeredAtMs: 5,
});

let folder: string;
let path: string;
let warnings: string[];
let logger: Logger;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "servertech-snapshot-"));
  path = join(folder, "lists.json");
  warnings = [];
  const ignore = () => {};
  const warn = (_fields: unknown, text?: string) => void warnings.push(text ?? "");
  logger = { debug: ignore, info: ignore, warn, error: ignore };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fileOf = () => new SnapshotFile(path, logger);
const contents = async () => JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;

describe("SnapshotFile", () => {
  it("gives back what it was given, each service's newest list, and nothing beside it in the folder", async () => {
    const file = fileOf();
    file.save("ai", [instance("ai", "old")]);
    file.save("ai", [instance("ai", "one"), instance("ai", "__proto__")]);
    file.save("none", []);
    await file.flush();
    expect(await readdir(folder)).toEqual(["lists.json"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await contents()).toMatchObject({ v: 1, savedAtMs: expect.any(Number) });
    expect(await fileOf().load()).toEqual(
      new Map([
        ["ai", [instance("ai", "one"), instance("ai", "__proto__")]],
        ["none", []],
      ]),
    );
  });

  it("keeps lists of services that this run has not looked at", async () => {
    const first = fileOf();
    first.save("a", [instance("a", "1")]);
    first.save("b", [instance("b", "2")]);
    await first.flush();
    const second = fileOf();
    second.save("b", [instance("b", "3")]);
    await second.flush();
    expect(await fileOf().load()).toEqual(
      new Map([
        ["a", [instance("a", "1")]],
        ["b", [instance("b", "3")]],
      ]),
    );
  });

  it("is written by itself, and at most once a second", async () => {
    const file = fileOf();
    const times = new Set<unknown>();
    const start = performance.now();
    let id = 0;
    while (performance.now() - start < 1_500) {
      file.save("ai", [instance("ai", `${id++}`)]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      times.add((await contents().catch(() => ({ savedAtMs: 0 }))).savedAtMs);
    }
    times.delete(0);
    expect(times.size).toBeGreaterThan(0);
    expect(times.size).toBeLessThanOrEqual(2);
    await file.flush();
    expect(await fileOf().load()).toEqual(new Map([["ai", [instance("ai", `${id - 1}`)]]]));
  });

  it("gives nothing where there is no file, without a word", async () => {
    expect(await fileOf().load()).toEqual(new Map());
    expect(warnings).toEqual([]);
  });

  it.each([
    ["", "cut off"],
    ["{", "no JSON"],
    ["null", "null"],
    ['{"v":2,"services":{}}', "another version"],
    ['{"v":1,"services":[]}', "no services"],
    ['{"v":1,"services":{"ai":{}}}', "no list"],
    ['{"v":1,"services":{"ai":[{"id":"x"}]}}', "no instance"],
    ['{"v":1,"services":{"ai":[{"address":"h"}]}}', "an instance without id"],
  ])("takes %o for nothing (%s), with one warning, and is replaced", async (text) => {
    await writeFile(path, text);
    const file = fileOf();
    expect(await file.load()).toEqual(new Map());
    expect(await file.load()).toEqual(new Map());
    expect(warnings).toHaveLength(1);
    file.save("ai", [instance("ai", "one")]);
    await file.flush();
    expect(await fileOf().load()).toEqual(new Map([["ai", [instance("ai", "one")]]]));
  });

  it("warns once while it cannot be written, and is once it can", async () => {
    const nested = join(folder, "sub", "lists.json");
    const file = new SnapshotFile(nested, logger);
    file.save("ai", [instance("ai", "one")]);
    await file.flush();
    await file.flush();
    expect(warnings).toHaveLength(1);
    await mkdir(join(folder, "sub"));
    await file.flush();
    expect(await new SnapshotFile(nested, logger).load()).toEqual(new Map([["ai", [instance("ai", "one")]]]));
    expect(warnings).toHaveLength(1);
  });
});
