/** A process that starts while ZooKeeper is away, with the lists of the run before. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProxy } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import {
  createZooKeeperRegistry,
  type Registry,
  type ServiceChange,
  type ServiceWatcher,
} from "../../../src/zookeeper/index.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-snapshot-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const ids = ({ instances }: ServiceWatcher) => instances.map(({ id }) => id).toSorted();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "servertech-snapshots-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function register(registry: Registry, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((id) => registry.register({ name: "ai", id, address: "h", port: 1 })));
}

/** A run that saw these, and ended. */
async function earlierRun(base: string, names: readonly string[], snapshotFile: string): Promise<void> {
  await using owner = createZooKeeperRegistry({ connect: url, base });
  await using caller = createZooKeeperRegistry({ connect: url, base, snapshotFile });
  await register(owner, names);
  const watcher = caller.watch("ai");
  await expect.poll(() => ids(watcher), WAIT).toEqual(names);
  await caller.close();
}

describe("snapshotFile", () => {
  it("gives callers the last list, stale, and then what is true", async () => {
    const base = `${BASE}/plain`;
    const snapshotFile = join(folder, "plain.json");
    await earlierRun(base, ["a", "b", "c"], snapshotFile);
    await using owner = createZooKeeperRegistry({ connect: url, base });
    await register(owner, ["b", "c", "d"]);
    await using proxy = await createProxy({ target: url });
    await proxy.set("refuse");
    await using registry = createZooKeeperRegistry({ connect: proxy.address, base, snapshotFile });
    const watcher = registry.watch("ai");
    const changes: ServiceChange[] = [];
    watcher.on("change", (change) => changes.push(change));
    await watcher.ready({ timeoutMs: 5_000 });
    expect([ids(watcher), watcher.stale, registry.health]).toEqual([["a", "b", "c"], true, "stale"]);
    await expect.poll(() => changes.map(({ added }) => added.length), WAIT).toEqual([3]);
    // Whoever comes later has it, too.
    const later = registry.watch("ai");
    await later.ready({ timeoutMs: 100 });
    expect(ids(later)).toEqual(["a", "b", "c"]);
    await proxy.set("pass");
    await expect.poll(() => [ids(watcher), watcher.stale], WAIT).toEqual([["b", "c", "d"], false]);
    const told = changes.slice(1);
    expect(told.flatMap(({ added }) => added.map(({ id }) => id))).toEqual(["d"]);
    expect(told.flatMap(({ removed }) => removed.map(({ id }) => id))).toEqual(["a"]);
  });

  it("is believed more than a registry that is empty, for as long as the panic guard holds", async () => {
    const base = `${BASE}/emptied`;
    const snapshotFile = join(folder, "emptied.json");
    await earlierRun(base, ["a", "b", "c"], snapshotFile);
    await using proxy = await createProxy({ target: url });
    await proxy.set("refuse");
    const panicGuard = { holdMs: 500 };
    await using registry = createZooKeeperRegistry({ connect: proxy.address, base, snapshotFile, panicGuard });
    const watcher = registry.watch("ai");
    const held: number[] = [];
    watcher.on("held", (count) => held.push(count));
    await watcher.ready({ timeoutMs: 5_000 });
    await proxy.set("pass");
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
    expect(ids(watcher)).toEqual(["a", "b", "c"]);
    await expect.poll(() => ids(watcher), WAIT).toEqual([]);
    expect(held).toEqual([3, 0]);
  });

  it("that cannot be read is no list", async () => {
    const snapshotFile = join(folder, "foreign.json");
    await writeFile(snapshotFile, '{"name":"something else"}');
    const warnings: unknown[] = [];
    const logger = { debug() {}, info() {}, warn: (fields: object | string) => void warnings.push(fields), error() {} };
    await using registry = createZooKeeperRegistry({ connect: "127.0.0.1:1", snapshotFile, logger });
    const watcher = registry.watch("ai");
    await expect(watcher.ready({ timeoutMs: 1_500 })).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect.poll(() => warnings.length, WAIT).toBe(1);
    expect(warnings).toEqual([{ err: expect.any(Error), path: snapshotFile }]);
  });

  it("is not looked at by one who finds a server", async () => {
    const base = `${BASE}/found`;
    const snapshotFile = join(folder, "found.json");
    await earlierRun(base, ["a"], snapshotFile);
    await using registry = createZooKeeperRegistry({ connect: url, base, snapshotFile });
    await registry.ready();
    const watcher = registry.watch("ai");
    await watcher.ready();
    expect([ids(watcher), watcher.stale]).toEqual([[], false]);
  });
});
