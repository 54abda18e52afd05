/** The table of faults in the guide, row by row: a server that is away for a time, with and without its data. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer } from "@servertech/services";
import { describe, expect, it, vi } from "vitest";
import {
  createZooKeeperRegistry,
  type RegistrationState,
  type Registry,
  type ServiceWatcher,
  type ZooKeeperRegistryOptions,
} from "../../../src/zookeeper/index.ts";
import { figure } from "./figure.ts";
import { ephemeralNodes } from "./four-letter-word.ts";

const BASE = "/rpc-outages-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });

const registryAt = (connect: string, base: string, more: Partial<ZooKeeperRegistryOptions> = {}): Registry =>
  createZooKeeperRegistry({ connect, base: `${BASE}/${base}`, sessionTimeoutMs: 3_000, jitterMs: 100, ...more });
const ids = ({ instances }: ServiceWatcher) => instances.map(({ id }) => id).toSorted();
const instance = (id: string) => ({ name: "ai", id, address: "127.0.0.1", port: 9_000 });

/** How small a watcher's list became from here on. */
function fewest(watcher: ServiceWatcher): { count: number } {
  const least = { count: watcher.instances.length };
  watcher.on("change", () => {
    least.count = Math.min(least.count, watcher.instances.length);
  });
  return least;
}

describe("a server that goes", () => {
  it.each([
    ["is restarted", 0],
    ["is down for 8 s", 8_000],
  ])("keeps sessions and lists when it %s", async (_what, downMs) => {
    await using server = await startServer("zookeeper");
    await using owner = registryAt(server.url, "restart", { sessionTimeoutMs: 30_000 });
    await using caller = registryAt(server.url, "restart", { sessionTimeoutMs: 30_000 });
    const registrations = await Promise.all(["a", "b", "c"].map((id) => owner.register(instance(id))));
    const states: RegistrationState[] = [];
    for (const one of registrations) one.on("state", (state) => states.push(state));
    const watcher = caller.watch("ai");
    await watcher.ready();
    const least = fewest(watcher);
    await server.kill("SIGKILL");
    await expect.poll(() => [watcher.stale, caller.health], WAIT).toEqual([true, "stale"]);
    expect(ids(watcher)).toEqual(["a", "b", "c"]);
    await sleep(downMs);
    await server.restart();
    const start = performance.now();
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
    figure(`ZooKeeper down for ${downMs} ms and its start: list fresh after it`, performance.now() - start);
    await expect.poll(() => owner.health, WAIT).toBe("ok");
    expect(states).toEqual([]);
    expect(least.count).toBe(3);
    expect(owner.stats()).toMatchObject({ expirations: 0, reconnects: 1 });
    expect(caller.health).toBe("ok");
  });

  it("is believed again after it lost everything", async () => {
    await using server = await startServer("zookeeper");
    await using registry = registryAt(server.url, "wiped");
    await using caller = registryAt(server.url, "wiped");
    const registration = await registry.register(instance("one"));
    const watcher = caller.watch("ai");
    await watcher.ready();
    const least = fewest(watcher);
    // Any number of transactions, so that the server without memory is behind.
    await registration.update({ weight: 2 });
    await server.kill("SIGKILL");
    await rm(join(server.dataDir, "data", "version-2"), { recursive: true });
    await server.restart();
    await expect.poll(() => ephemeralNodes(server.url, BASE), WAIT).toEqual([`${BASE}/wiped/ai/one`]);
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
    await expect.poll(() => [ids(watcher), caller.stats().held], WAIT).toEqual([["one"], 0]);
    expect(least.count).toBe(1);
    expect(registry.stats().expirations).toBe(1);
  });
});
