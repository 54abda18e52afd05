import { createProxy } from "@servertech/services";
import { describe, expect, inject, it, vi } from "vitest";
import { seededRandom } from "../../../../../tools/seeded-random.ts";
import { machineSlack } from "../../../../resource-pool/test/machine-slack.ts";
import { createZooKeeperClient, createZooKeeperRegistry, type ServiceWatcher } from "../../../src/zookeeper/index.ts";
import { figure } from "./figure.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-watch-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const slackMs = machineSlack();
const record = (weight: number) => Buffer.from(JSON.stringify({ address: "h", port: 1, meta: { weight } }));
const content = ({ instances }: ServiceWatcher) => new Map(instances.map(({ id, meta }) => [id, meta.weight]));

describe("a watcher's list", () => {
  it("equals the truth after a storm of 4,000 changes with six cuts of its connection", async () => {
    await using proxy = await createProxy({ target: url });
    await using writer = createZooKeeperClient({ connect: url });
    const base = `${BASE}/storm`;
    await writer.mkdirp(`${base}/ai`);
    const registries = Array.from({ length: 5 }, () =>
      createZooKeeperRegistry({ connect: proxy.address, base, panicGuard: false }),
    );
    const watchers = registries.map((registry) => registry.watch("ai"));
    await Promise.all(watchers.map((watcher) => watcher.ready()));
    const random = seededRandom(Date.now());
    const truth = new Map<string, number>();
    for (let burst = 0; burst < 40; burst += 1) {
      const writes: Promise<unknown>[] = [];
      for (let step = 0; step < 100; step += 1) {
        const id = `id-${Math.floor(random() * 50)}`;
        const path = `${base}/ai/${id}`;
        const weight = burst * 100 + step + 1;
        if (!truth.has(id)) writes.push(writer.create(path, record(weight)));
        else if (random() < 0.5) writes.push(writer.setData(path, record(weight)));
        else {
          writes.push(writer.delete(path));
          truth.delete(id);
          continue;
        }
        truth.set(id, weight);
      }
      // While changes are on their way.
      if (burst % 6 === 5) await proxy.set("reset");
      await Promise.all(writes);
      await proxy.set("pass");
    }
    const start = performance.now();
    await expect.poll(() => watchers.map((watcher) => content(watcher)), WAIT).toEqual(watchers.map(() => truth));
    await expect.poll(() => watchers.some(({ stale }) => stale), WAIT).toBe(false);
    const trueMs = performance.now() - start;
    figure("storm of 4,000 changes, 6 cuts: five lists are true after it", trueMs);
    expect(trueMs).toBeLessThan(1_500 + slackMs());
    for (const registry of registries) {
      expect(registry.stats()).toMatchObject({ protocolErrors: 0, invalidNodes: 0, instances: truth.size });
      expect(registry.stats().reconnects).toBeGreaterThan(0);
      await registry.close();
    }
  });

  it("leaves out what is no instance, and reads the rest", async () => {
    await using writer = createZooKeeperClient({ connect: url });
    await using registry = createZooKeeperRegistry({ connect: url, base: `${BASE}/junk` });
    const folder = `${BASE}/junk/ai`;
    await writer.mkdirp(folder);
    const junk = [
      "",
      "{",
      "null",
      "[]",
      "7",
      "{}",
      '{"address":5}',
      '{"address":"h","port":"80"}',
      '{"address":"h","meta":1}',
    ];
    for (const [index, text] of junk.entries()) await writer.create(`${folder}/junk-${index}`, Buffer.from(text));
    await writer.create(`${folder}/none`, null);
    for (const id of ["__proto__", "constructor", "100%", "a b", "日本"])
      await writer.create(`${folder}/${id}`, record(1));
    const watcher = registry.watch("ai");
    await watcher.ready();
    expect([...content(watcher).keys()].toSorted()).toEqual(["100%", "__proto__", "a b", "constructor", "日本"]);
    expect(registry.stats().invalidNodes).toBe(junk.length + 1);
    await writer.create(`${folder}/a b/deeper`, record(9));
    await writer.setData(`${folder}/100%`, Buffer.from("broken"));
    await expect.poll(() => content(watcher).size, WAIT).toBe(4);
    expect(registry.stats().invalidNodes).toBe(junk.length + 3);
  });

  it("creates nothing, and sees a service that begins to exist", async () => {
    await using writer = createZooKeeperClient({ connect: `${url}${BASE}/absent` });
    await using registry = createZooKeeperRegistry({ connect: `${url}${BASE}/absent`, base: "/" });
    const watcher = registry.watch("ai");
    await watcher.ready();
    expect(await writer.exists("/ai")).toBeUndefined();
    await writer.mkdirp("/ai/one");
    await writer.setData("/ai/one", record(1));
    await expect.poll(() => content(watcher), WAIT).toEqual(new Map([["one", 1]]));
    await watcher.close();
    expect(registry.stats()).toMatchObject({ services: 0, instances: 0 });
  });
});
