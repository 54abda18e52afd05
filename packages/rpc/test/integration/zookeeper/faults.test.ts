import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createProxy, freePort, startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  type RegistrationState,
  type Registry,
  type ServiceWatcher,
  type ZooKeeperRegistryOptions,
} from "../../../src/zookeeper/index.ts";
import { ephemeralNodes } from "./four-letter-word.ts";
import { Owner } from "./owner.ts";

const { zookeeper: shared } = inject("urls");
const BASE = "/rpc-faults-test";
const TICK_MS = 500;
const SESSION_MS = 3_000;
const WAIT = { timeout: 15_000, interval: 10 };

const registryAt = (connect: string, base: string, more: Partial<ZooKeeperRegistryOptions> = {}): Registry =>
  createZooKeeperRegistry({ connect, base: `${BASE}/${base}`, sessionTimeoutMs: SESSION_MS, jitterMs: 100, ...more });
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

describe("an owner that dies", () => {
  it("is gone for others within its session and two ticks", async () => {
    await using registry = registryAt(shared, "killed");
    const watcher = registry.watch("ai");
    await using owner = await Owner.start(shared, `${BASE}/killed`, "one", SESSION_MS);
    await expect.poll(() => ids(watcher), WAIT).toEqual(["one"]);
    const start = performance.now();
    await owner.kill();
    await expect.poll(() => ids(watcher), WAIT).toEqual([]);
    // The bound, and what a loaded machine adds.
    expect(performance.now() - start).toBeLessThan(SESSION_MS + 2 * TICK_MS + 1_000);
  });

  it("is listed again after it slept past its session", async () => {
    await using registry = registryAt(shared, "slept");
    const watcher = registry.watch("ai");
    await using owner = await Owner.start(shared, `${BASE}/slept`, "one", SESSION_MS);
    await expect.poll(() => ids(watcher), WAIT).toEqual(["one"]);
    owner.signal("SIGSTOP");
    await expect.poll(() => ids(watcher), WAIT).toEqual([]);
    owner.signal("SIGCONT");
    await expect.poll(() => ids(watcher), WAIT).toEqual(["one"]);
    expect(await ephemeralNodes(shared, `${BASE}/slept`)).toEqual([`${BASE}/slept/ai/one`]);
  });
});

describe("a server that goes", () => {
  it("keeps sessions and lists when it is restarted", async () => {
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
    await server.restart();
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
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

describe("a network that fails", () => {
  it("notices a half-open link, says lost, and registers again once it heals", async () => {
    await using proxy = await createProxy({ target: shared });
    await using registry = registryAt(proxy.address, "half-open");
    const registration = await registry.register(instance("one"));
    const states: RegistrationState[] = [];
    registration.on("state", (state) => states.push(state));
    const start = performance.now();
    await proxy.set("blackhole");
    await expect.poll(() => registry.health, WAIT).toBe("stale");
    expect(performance.now() - start).toBeLessThan(SESSION_MS);
    await expect.poll(() => registry.health, WAIT).toBe("lost");
    expect(states).toEqual(["pending"]);
    await expect.poll(() => ephemeralNodes(shared, `${BASE}/half-open`), WAIT).toEqual([]);
    await proxy.set("pass");
    await expect.poll(() => registration.state, WAIT).toBe("registered");
    expect(await ephemeralNodes(shared, `${BASE}/half-open`)).toEqual([`${BASE}/half-open/ai/one`]);
    expect(states).toEqual(["pending", "registered"]);
  });

  it("works on after replies that were cut", async () => {
    await using proxy = await createProxy({ target: shared });
    await using client = createZooKeeperClient({
      connect: `${proxy.address}${BASE}/cut`,
      sessionTimeoutMs: SESSION_MS,
    });
    await client.create("/big", Buffer.alloc(100_000, 7));
    for (const bytes of [1, 3, 4, 20, 99_000]) {
      await proxy.set("cutAfter", { bytes, direction: "down" });
      await expect(client.getData("/big")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS", retryable: true });
      await proxy.set("pass");
      expect((await client.getData("/big")).data).toEqual(Buffer.alloc(100_000, 7));
    }
    expect(client.stats()).toMatchObject({ protocolErrors: 0, expirations: 0 });
  });

  it("reads replies in small pieces", async () => {
    await using proxy = await createProxy({ target: shared });
    await proxy.set("slice", { pieceBytes: 3 });
    await using client = createZooKeeperClient({ connect: `${proxy.address}${BASE}/slice` });
    await client.create("/node", Buffer.alloc(500, 7));
    expect((await client.getData("/node")).data).toEqual(Buffer.alloc(500, 7));
  });
});

describe("without any server", () => {
  it("settles every request, and closes within its bound", async () => {
    const connect = `127.0.0.1:${await freePort()}`;
    await using client = createZooKeeperClient({ connect, requestTimeoutMs: 200 });
    const lost = { code: "ZK_CONNECTION_LOSS", maybeExecuted: false, retryable: true };
    await expect(client.getData("/x")).rejects.toMatchObject(lost);
    await expect(client.ready({ timeoutMs: 50 })).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await using registry = registryAt(connect, "none", { requestTimeoutMs: 200 });
    await expect(registry.ready()).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect(registry.watch("ai").ready()).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    const caller = new AbortController();
    const given = registry.register(instance("given-up"), { signal: caller.signal });
    caller.abort(new Error("given up"));
    await expect(given).rejects.toThrow("given up");
    const waiting = registry.register(instance("waiting"));
    const refused = expect(waiting).rejects.toMatchObject({ code: "ZK_CLOSED" });
    await registry.close({ timeoutMs: 300 });
    await refused;
    expect(registry.stats()).toMatchObject({ state: "closed", registrations: 0, services: 0 });
  });

  it("closes a registration in time, and says that its node may be there", async () => {
    await using proxy = await createProxy({ target: shared });
    const registry = registryAt(proxy.address, "closing");
    const registration = await registry.register(instance("one"));
    await proxy.set("blackhole");
    const start = performance.now();
    await expect(registration.close({ timeoutMs: 300 })).resolves.toBe(false);
    await registry.close({ timeoutMs: 300 });
    expect(performance.now() - start).toBeLessThan(2_000);
    await expect.poll(() => ephemeralNodes(shared, `${BASE}/closing`), WAIT).toEqual([]);
  });
});
