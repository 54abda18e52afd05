import { describe, expect, inject, it } from "vitest";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  type Registry,
  zookeeper,
} from "../../../src/zookeeper/index.ts";
import { ephemeralNodes } from "./four-letter-word.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-registry-test";
const registryOf = (base: string): Registry =>
  createZooKeeperRegistry({ connect: url, base: `${BASE}/${base}`, sessionTimeoutMs: 3_000 });
const names = (list: readonly { id: string }[]) => list.map(({ id }) => id).join();

describe("register", () => {
  it("makes the node that Curator reads, and takes it out on close", async () => {
    await using registry = registryOf("make");
    const registration = await registry.register({
      name: "ai",
      id: "one",
      address: "10.0.0.5",
      port: 9_000,
      meta: { weight: 2, zone: "a" },
    });
    expect(registration.state).toBe("registered");
    expect(await ephemeralNodes(url, `${BASE}/make`)).toEqual([`${BASE}/make/ai/one`]);
    await using client = createZooKeeperClient({ connect: url });
    const { data, stat } = await client.getData(`${BASE}/make/ai/one`);
    expect(stat.ephemeralOwner).not.toBe(0n);
    expect(JSON.parse(String(data))).toEqual({
      name: "ai",
      id: "one",
      address: "10.0.0.5",
      port: 9_000,
      sslPort: null,
      payload: null,
      registrationTimeUTC: expect.any(Number),
      serviceType: "DYNAMIC",
      uriSpec: null,
      meta: { weight: 2, zone: "a" },
    });
    await expect(registration.close()).resolves.toBe(true);
    expect(registration.state).toBe("closed");
    expect(await ephemeralNodes(url, `${BASE}/make`)).toEqual([]);
  });

  it("shows an instance, its change and its end to a watcher", async () => {
    await using owner = registryOf("show");
    await using caller = registryOf("show");
    const watcher = caller.watch("ai");
    const changes: string[] = [];
    watcher.on("change", ({ added, removed, updated }) => {
      changes.push(`+${names(added)} -${names(removed)} ~${names(updated)}`);
    });
    await watcher.ready();
    expect(watcher.instances).toEqual([]);
    expect(watcher.stale).toBe(false);
    const registration = await owner.register({ name: "ai", id: "one", address: "h", port: 1 });
    await expect.poll(() => names(watcher.instances)).toBe("one");
    await registration.update({ weight: 3 });
    await expect.poll(() => watcher.instances[0]?.meta.weight).toBe(3);
    await registration.setEnabled(false);
    await expect.poll(() => watcher.instances).toEqual([]);
    await registration.setEnabled(true);
    await expect.poll(() => names(watcher.instances)).toBe("one");
    await registration.close();
    await expect.poll(() => watcher.instances).toEqual([]);
    expect(changes).toEqual(["+ - ~", "+one - ~", "+ - ~one", "+ -one ~", "+one - ~", "+ -one ~"]);
  });

  it("resolves names for a client's target, by URL and by registry", async () => {
    await using registry = registryOf("resolve");
    const stop = new AbortController();
    const own = zookeeper(`zk://${url}${BASE}/resolve/ai`);
    const lists = [zookeeper(registry, "ai"), zookeeper(registry), own].map((resolver) =>
      resolver.watch("ai", { signal: stop.signal })[Symbol.asyncIterator](),
    );
    for (const list of lists) expect((await list.next()).value).toEqual([]);
    await registry.register({
      name: "ai",
      id: "one",
      address: "h",
      port: 1,
      meta: { weight: 2, zone: "a", v: "1", n: 5 },
    });
    const endpoint = { id: "one", host: "h", port: 1, weight: 2, zone: "a", metadata: { v: "1", n: "5" } };
    for (const list of lists) expect((await list.next()).value).toEqual([endpoint]);
    const ends = lists.map((list) => list.next());
    stop.abort();
    for (const end of await Promise.all(ends)) expect(end.done).toBe(true);
    await own.close?.();
  });
});
