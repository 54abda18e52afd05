/** The table of faults in the guide, row by row: owners and networks. Outages, an ensemble and a fleet have files of their own. */
import { setTimeout as sleep } from "node:timers/promises";
import { createProxy, freePort } from "@servertech/services";
import { describe, expect, inject, it, vi } from "vitest";
import { machineSlack } from "../../../../resource-pool/test/machine-slack.ts";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  type RegistrationState,
  type Registry,
  type ServiceWatcher,
  type ZooKeeperRegistryOptions,
} from "../../../src/zookeeper/index.ts";
import { figure } from "./figure.ts";
import { ephemeralNodes } from "./four-letter-word.ts";
import { Owner } from "./owner.ts";

const { zookeeper: shared } = inject("urls");
const BASE = "/rpc-faults-test";
const TICK_MS = 500;
const SESSION_MS = 3_000;
const BACKOFF_CAP_MS = 3_000;
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const slackMs = machineSlack();

const registryAt = (connect: string, base: string, more: Partial<ZooKeeperRegistryOptions> = {}): Registry =>
  createZooKeeperRegistry({ connect, base: `${BASE}/${base}`, sessionTimeoutMs: SESSION_MS, jitterMs: 100, ...more });
const ids = ({ instances }: ServiceWatcher) => instances.map(({ id }) => id).toSorted();
const instance = (id: string) => ({ name: "ai", id, address: "127.0.0.1", port: 9_000 });

function untilWithout(watcher: ServiceWatcher, gone: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (watcher.instances.some(({ id }) => id === gone)) return;
      watcher.off("change", look);
      resolve();
    };
    watcher.on("change", look);
  });
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
    const goneMs = performance.now() - start;
    figure("owner killed -9: gone for others", goneMs);
    expect(goneMs).toBeLessThan(SESSION_MS + 2 * TICK_MS + slackMs());
  });

  it("is listed again after it slept past its session", async () => {
    await using registry = registryAt(shared, "slept");
    const watcher = registry.watch("ai");
    await using owner = await Owner.start(shared, `${BASE}/slept`, "one", SESSION_MS);
    await expect.poll(() => ids(watcher), WAIT).toEqual(["one"]);
    owner.signal("SIGSTOP");
    await expect.poll(() => ids(watcher), WAIT).toEqual([]);
    const start = performance.now();
    owner.signal("SIGCONT");
    await expect.poll(() => ids(watcher), WAIT).toEqual(["one"]);
    const backMs = performance.now() - start;
    figure("process stopped past its session: listed again", backMs);
    expect(backMs).toBeLessThan(1_000 + slackMs());
    expect(await ephemeralNodes(shared, `${BASE}/slept`)).toEqual([`${BASE}/slept/ai/one`]);
  });
});

describe("an owner that leaves", () => {
  it("is gone for others at once", async () => {
    await using owner = registryAt(shared, "leaving");
    await using caller = registryAt(shared, "leaving");
    const names = Array.from({ length: 100 }, (_, n) => `id-${n}`);
    const registrations = await Promise.all(names.map((id) => owner.register(instance(id))));
    const watcher = caller.watch("ai");
    await expect.poll(() => watcher.instances.length, WAIT).toBe(100);
    const times: number[] = [];
    for (const registration of registrations) {
      const start = performance.now();
      await Promise.all([registration.close(), untilWithout(watcher, registration.id)]);
      times.push(performance.now() - start);
    }
    const p99 = times.toSorted((a, b) => a - b)[98] ?? Infinity;
    figure("graceful leave: seen by others, p99", p99);
    expect(p99).toBeLessThan(250 + slackMs());
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
    const noticedMs = performance.now() - start;
    figure("half-open link: noticed", noticedMs);
    expect(noticedMs).toBeLessThan((SESSION_MS * 2 * 1.1) / 3 + slackMs());
    await expect.poll(() => registry.health, WAIT).toBe("lost");
    expect(states).toEqual(["pending"]);
    await expect.poll(() => ephemeralNodes(shared, `${BASE}/half-open`), WAIT).toEqual([]);
    await sleep(Math.max(0, 8_000 - (performance.now() - start)));
    const healed = performance.now();
    await proxy.set("pass");
    await expect.poll(() => registration.state, WAIT).toBe("registered");
    const backMs = performance.now() - healed;
    figure("half-open link: registered again after it heals", backMs);
    expect(backMs).toBeLessThan(1_000 + BACKOFF_CAP_MS + slackMs());
    expect(await ephemeralNodes(shared, `${BASE}/half-open`)).toEqual([`${BASE}/half-open/ai/one`]);
    expect(states).toEqual(["pending", "registered"]);
  });

  it("works on after replies that were cut", async () => {
    await using proxy = await createProxy({ target: shared });
    await using client = createZooKeeperClient({
      connect: `${proxy.address}${BASE}/cut`,
      sessionTimeoutMs: SESSION_MS,
    });
    const data = Buffer.alloc(100_000, 7);
    await client.create("/big", data);
    for (const bytes of [1, 3, 4, 20, 99_000]) {
      await proxy.set("cutAfter", { bytes, direction: "down" });
      await expect(client.getData("/big")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS", retryable: true });
      await proxy.set("pass");
      // A matcher would look at each byte by itself, and block the loop for longer than the session lives.
      expect((await client.getData("/big")).data?.equals(data)).toBe(true);
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
    const start = performance.now();
    await expect(client.getData("/x")).rejects.toMatchObject(lost);
    const rejectedMs = performance.now() - start;
    figure("no server reachable: request with requestTimeoutMs 200 rejects", rejectedMs);
    expect(rejectedMs).toBeGreaterThanOrEqual(199);
    expect(rejectedMs).toBeLessThan(200 + slackMs());
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
    expect(performance.now() - start).toBeLessThan(400 + slackMs());
    await registry.close({ timeoutMs: 300 });
    expect(performance.now() - start).toBeLessThan(800 + slackMs());
    await expect.poll(() => ephemeralNodes(shared, `${BASE}/closing`), WAIT).toEqual([]);
  });

  it.each(["blackhole", "refuse"] as const)("closes in time, and lets the process end by itself: %s", async (mode) => {
    await using proxy = await createProxy({ target: shared });
    await using owner = await Owner.start(proxy.address, `${BASE}/exit-${mode}`, "one", SESSION_MS);
    await proxy.set(mode);
    if (mode === "refuse") await proxy.set("reset");
    const closedMs = await owner.close(1_000);
    figure(`close({ timeoutMs: 1_000 }) with ZooKeeper down (${mode})`, closedMs);
    // The slack is the other process's, too.
    expect(closedMs).toBeLessThan(1_100 + 2 * slackMs());
    expect(await owner.exited).toBe(0);
  });
});
