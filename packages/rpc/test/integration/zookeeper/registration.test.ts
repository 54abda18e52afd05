import { createProxy } from "@servertech/services";
import { describe, expect, inject, it, vi } from "vitest";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  digestAcl,
  type Registration,
  type ZooKeeperClient,
  type ZooKeeperRegistryOptions,
} from "../../../src/zookeeper/index.ts";
import { ephemeralNodes } from "./four-letter-word.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-registration-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const registryAt = (base: string, more: Partial<ZooKeeperRegistryOptions> = {}) =>
  createZooKeeperRegistry({ connect: url, base: `${BASE}/${base}`, sessionTimeoutMs: 3_000, jitterMs: 50, ...more });
const instance = (id: string) => ({ name: "ai", id, address: "127.0.0.1", port: 9_000 });

async function metaOf(client: ZooKeeperClient, path: string): Promise<unknown> {
  const { data } = await client.getData(path);
  return (JSON.parse(String(data)) as { meta: unknown }).meta;
}

describe("a node that is there already", () => {
  it("is taken over from another session, whose end does not take it away", async () => {
    const old = createZooKeeperClient({ connect: url, sessionTimeoutMs: 3_000 });
    await old.mkdirp(`${BASE}/taken/ai`);
    await old.create(`${BASE}/taken/ai/one`, Buffer.from("old"), { mode: "ephemeral" });
    await using registry = registryAt("taken");
    await registry.register(instance("one"));
    await old.close();
    expect(await ephemeralNodes(url, `${BASE}/taken`)).toEqual([`${BASE}/taken/ai/one`]);
  });

  it("is left to the one who took the id over", async () => {
    await using first = registryAt("left");
    await using second = registryAt("left");
    const replaced = await first.register(instance("one"));
    await second.register(instance("one"));
    await expect(replaced.close()).resolves.toBe(true);
    await first.close();
    expect(await ephemeralNodes(url, `${BASE}/left`)).toEqual([`${BASE}/left/ai/one`]);
  });

  it("is made again by an update when somebody deleted it, with its parents", async () => {
    await using client = createZooKeeperClient({ connect: url });
    await using registry = registryAt("deleted");
    const registration = await registry.register(instance("one"));
    await client.delete(`${BASE}/deleted/ai/one`);
    await client.delete(`${BASE}/deleted/ai`);
    await registration.update({ weight: 2 });
    expect(await metaOf(client, `${BASE}/deleted/ai/one`)).toEqual({ weight: 2 });
  });
});

describe("update", () => {
  it("while ZooKeeper is away is late for its caller, and written all the same", async () => {
    await using proxy = await createProxy({ target: url });
    await using client = createZooKeeperClient({ connect: url });
    const options = { connect: proxy.address, sessionTimeoutMs: 20_000, requestTimeoutMs: 300 };
    await using registry = registryAt("away", options);
    const registration = await registry.register(instance("one"));
    await proxy.set("refuse");
    await proxy.set("reset");
    const late = { code: "ZK_TIMEOUT", maybeExecuted: true };
    await expect(registration.update({ weight: 2 })).rejects.toMatchObject(late);
    await expect(registration.update({ weight: 3 })).rejects.toMatchObject(late);
    await proxy.set("pass");
    await expect.poll(() => metaOf(client, `${BASE}/away/ai/one`), WAIT).toEqual({ weight: 3 });
    expect(registration.state).toBe("registered");
  });

  it("refuses what cannot be written, and keeps what was", async () => {
    await using client = createZooKeeperClient({ connect: url });
    await using registry = registryAt("refused", { maxRequestBytes: 4_096 });
    const registration = await registry.register({ ...instance("one"), meta: { weight: 1 } });
    await expect(registration.update({ weight: -1 })).rejects.toMatchObject({ code: "REGISTRY_INVALID_SERVICE" });
    await expect(registration.update({ text: "x".repeat(4_096) })).rejects.toMatchObject({ code: "ZK_TOO_LARGE" });
    await expect(registration.setEnabled("no" as unknown as boolean)).rejects.toMatchObject({
      code: "REGISTRY_INVALID_SERVICE",
    });
    expect(await metaOf(client, `${BASE}/refused/ai/one`)).toEqual({ weight: 1 });
    await registration.close();
    await expect(registration.update({ weight: 1 })).rejects.toMatchObject({ code: "ZK_CLOSED" });
  });
});

describe("a lost session", () => {
  it("leaves exactly the open registrations, each with its newest record", async () => {
    await using proxy = await createProxy({ target: url });
    await using client = createZooKeeperClient({ connect: url });
    await using registry = registryAt("lost", { connect: proxy.address, sessionTimeoutMs: 1_000 });
    const open = new Map<string, Registration>();
    const newest = new Map<string, number>();
    for (let n = 0; n < 30; n += 1) {
      const registration = await registry.register({ ...instance(`id-${n}`), meta: { weight: 1 } });
      open.set(registration.id, registration);
      newest.set(registration.id, 1);
    }
    const changes: Promise<unknown>[] = [];
    for (let loss = 0; loss < 2; loss += 1) {
      await proxy.set("blackhole");
      await expect.poll(() => ephemeralNodes(url, `${BASE}/lost`), WAIT).toEqual([]);
      await proxy.set("pass");
      for (let step = 0; step < 40; step += 1) {
        const [id, registration] = [...open][Math.floor(Math.random() * open.size)] ?? [];
        if (id === undefined || registration === undefined) break;
        if (Math.random() < 0.25) {
          open.delete(id);
          newest.delete(id);
          changes.push(registration.close({ timeoutMs: 10_000 }));
        } else {
          newest.set(id, step + 2);
          // It may come too late for its caller, or meet the close: it is in the record all the same.
          changes.push(registration.update({ weight: step + 2 }).catch((error: unknown) => error));
        }
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      }
      await expect.poll(() => [...open.values()].every(({ state }) => state === "registered"), WAIT).toBe(true);
    }
    await Promise.all(changes);
    const paths = [...open.keys()].map((id) => `${BASE}/lost/ai/${id}`).toSorted();
    await expect.poll(() => ephemeralNodes(url, `${BASE}/lost`), WAIT).toEqual(paths);
    for (const [id, weight] of newest)
      await expect.poll(() => metaOf(client, `${BASE}/lost/ai/${id}`), WAIT).toEqual({ weight });
    expect(registry.stats()).toMatchObject({ expirations: 2, registrations: open.size });
  });
});

describe("rights", () => {
  it("come from credentials, over reconnects, too, and without them registering fails at once", async () => {
    await using proxy = await createProxy({ target: url });
    const auth = [{ scheme: "digest", auth: "user:password" }];
    const acl = [digestAcl("user", "password")];
    await using owner = registryAt("rights", { connect: proxy.address, auth, acl });
    const registration = await owner.register(instance("one"));
    await proxy.set("reset");
    await proxy.set("pass");
    await registration.update({ weight: 2 });
    await using stranger = registryAt("rights");
    await expect(stranger.register(instance("two"))).rejects.toMatchObject({ code: "ZK_NO_AUTH" });
    await expect.poll(() => stranger.stats().registrations, WAIT).toBe(0);
    await using watcher = stranger.watch("ai");
    await expect(watcher.ready({ timeoutMs: 300 })).rejects.toMatchObject({ cause: { code: "ZK_NO_AUTH" } });
  });
});

describe("close", () => {
  it("that came too late is made good with the next connection, and leaves alone what was registered again", async () => {
    await using proxy = await createProxy({ target: url });
    const options = { connect: proxy.address, sessionTimeoutMs: 30_000, requestTimeoutMs: 300 };
    await using registry = registryAt("late", options);
    const gone = await registry.register(instance("gone"));
    const again = await registry.register(instance("again"));
    await proxy.set("refuse");
    await proxy.set("reset");
    const bound = { timeoutMs: 50 };
    expect(await Promise.all([gone.close(bound), again.close(bound)])).toEqual([false, false]);
    const caller = new AbortController();
    const given = registry.register(instance("given-up"), { signal: caller.signal });
    const registered = registry.register(instance("again"));
    caller.abort(new Error("given up"));
    await expect(given).rejects.toThrow("given up");
    await proxy.set("pass");
    await registered;
    // Long before the session would have ended.
    await expect.poll(() => ephemeralNodes(url, `${BASE}/late`), WAIT).toEqual([`${BASE}/late/ai/again`]);
    await registry.ready();
    expect(registry.stats()).toMatchObject({ registrations: 1, expirations: 0 });
    expect(await ephemeralNodes(url, `${BASE}/late`)).toEqual([`${BASE}/late/ai/again`]);
  });

  it("of the registry takes everything out, ends all watchers and may be called twice", async () => {
    const registry = registryAt("closed");
    const watcher = registry.watch("ai");
    const registrations = await Promise.all(["a", "b"].map((id) => registry.register(instance(id))));
    await watcher.ready();
    const closing = registry.close();
    expect(registry.close()).toBe(closing);
    await closing;
    expect(await ephemeralNodes(url, `${BASE}/closed`)).toEqual([]);
    expect(registrations.map(({ state }) => state)).toEqual(["closed", "closed"]);
    expect([registry.health, watcher.stale]).toEqual(["lost", true]);
    const closed = { code: "ZK_CLOSED" };
    await expect(registry.register(instance("c"))).rejects.toMatchObject(closed);
    await expect(registry.ready()).rejects.toMatchObject(closed);
    await expect(watcher.ready()).rejects.toMatchObject(closed);
    expect(() => registry.watch("ai")).toThrow(expect.objectContaining(closed));
    expect(registry.stats()).toMatchObject({ registrations: 0, services: 0, instances: 0 });
  });
});

describe("a health gate", () => {
  it("is asked before each registration, and holds it back until it says yes", async () => {
    await using proxy = await createProxy({ target: url });
    await using registry = registryAt("gate", { connect: proxy.address, requestTimeoutMs: 1_000 });
    const answers: (() => Promise<boolean>)[] = [
      async () => false,
      () => Promise.reject(new Error("not yet")),
      () => new Promise(() => {}),
    ];
    let asked = 0;
    let healthy = true;
    const healthGate = () => answers[asked++]?.() ?? healthy;
    const registration = await registry.register({ ...instance("one"), healthGate });
    // A write that comes to nothing is asked for anew.
    expect(asked).toBeGreaterThanOrEqual(4);
    const before = asked;
    await registration.update({ weight: 2 });
    expect(asked).toBe(before);
    healthy = false;
    await proxy.set("blackhole");
    await expect.poll(() => ephemeralNodes(url, `${BASE}/gate`), WAIT).toEqual([]);
    await proxy.set("pass");
    await expect.poll(() => asked, WAIT).toBeGreaterThan(before + 1);
    expect([registration.state, await ephemeralNodes(url, `${BASE}/gate`)]).toEqual(["pending", []]);
    healthy = true;
    await expect.poll(() => registration.state, WAIT).toBe("registered");
    expect(await ephemeralNodes(url, `${BASE}/gate`)).toEqual([`${BASE}/gate/ai/one`]);
  });

  it("that never answers stops neither an abort nor a close", async () => {
    await using registry = registryAt("gate-silent", { requestTimeoutMs: 600_000 });
    const healthGate = () => new Promise<boolean>(() => {});
    const caller = new AbortController();
    const given = registry.register({ ...instance("one"), healthGate }, { signal: caller.signal });
    const refused = expect(registry.register({ ...instance("two"), healthGate })).rejects.toMatchObject({
      code: "ZK_CLOSED",
    });
    await registry.ready();
    caller.abort(new Error("given up"));
    await expect(given).rejects.toThrow("given up");
    await registry.close({ timeoutMs: 5_000 });
    await refused;
    expect(await ephemeralNodes(url, `${BASE}/gate-silent`)).toEqual([]);
  });
});
