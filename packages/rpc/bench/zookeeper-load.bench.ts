/** How long does a new cache take to load 1,000 instances? The session is there already. */
import { randomUUID } from "node:crypto";
import { compare, serviceUrls } from "@servertech/benchmarks";
import { createZooKeeperClient, createZooKeeperRegistry } from "@servertech/rpc/zookeeper";
import { createProxy } from "@servertech/services";
import { connectedPeer, record, SERVICE } from "./zookeeper-nodes.ts";

/** Loads all instances below `<base>/ai` into a cache that follows them, and gives their number. */
type Load = () => Promise<{ size: number; close: () => unknown }>;

async function measured(
  instances: number,
  loader: (connect: string, base: string) => Promise<{ load: Load; close: () => unknown }>,
) {
  const url = serviceUrls().zookeeper;
  const base = `/bench-zookeeper-load-${randomUUID()}`;
  const writer = createZooKeeperClient({ connect: url });
  await writer.mkdirp(`${base}/${SERVICE}`);
  const ids = Array.from({ length: instances }, () => randomUUID());
  await Promise.all(ids.map((id) => writer.create(`${base}/${SERVICE}/${id}`, record(id), { mode: "ephemeral" })));
  // It counts the bytes, for all alike.
  const proxy = await createProxy({ target: url });
  const { load, close } = await loader(proxy.address, base);
  return {
    async round({ durationMs, smoke }: { durationMs: number; smoke: boolean }) {
      const start = performance.now();
      const before = proxy.stats().bytesDown;
      const limitMs = smoke ? 0 : durationMs;
      let loads = 0;
      let spentMs = 0;
      while (loads < 1 || performance.now() - start < limitMs) {
        const began = performance.now();
        const cache = await load();
        spentMs += performance.now() - began;
        if (cache.size !== instances) throw new Error(`the cache has ${cache.size} of ${instances}`);
        await cache.close();
        loads += 1;
      }
      const kilobytes = (proxy.stats().bytesDown - before) / loads / 1_000;
      return { operations: loads, value: spentMs / loads, metrics: { kilobytes } };
    },
    async close() {
      await close();
      await proxy.close();
      await writer.close();
    },
  };
}

async function ours(connect: string, base: string) {
  const registry = createZooKeeperRegistry({ connect, base });
  await registry.ready();
  const load: Load = async () => {
    const watcher = registry.watch(SERVICE);
    await watcher.ready();
    return { size: watcher.instances.length, close: () => watcher.close() };
  };
  return { load, close: () => registry.close() };
}

async function nodeZooKeeperClient(connect: string, base: string) {
  const client = await connectedPeer(connect);
  const folder = `${base}/${SERVICE}`;
  const ignore = () => {};
  const children = () =>
    new Promise<string[]>((resolve, reject) => {
      client.getChildren(folder, ignore, (error, ids) => (error === null ? resolve(ids) : reject(error)));
    });
  const load: Load = async () => {
    const cache = new Map<string, unknown>();
    const read = (id: string) =>
      new Promise<void>((resolve, reject) => {
        client.getData(`${folder}/${id}`, (error, data) => {
          if (error !== null) return reject(error);
          cache.set(id, JSON.parse(data.toString()));
          resolve();
        });
      });
    await Promise.all((await children()).map((id) => read(id)));
    return { size: cache.size, close: ignore };
  };
  return { load, close: () => client.close() };
}

export default compare({
  question: "How long does a new cache take to load 1,000 instances?",
  unit: "ms/load",
  params: [{ instances: 1_000 }],
  contenders: [
    {
      name: "@servertech/rpc/zookeeper",
      package: "@servertech/rpc",
      setup: ({ instances }) => measured(instances, ours),
    },
    { name: "node-zookeeper-client", setup: ({ instances }) => measured(instances, nodeZooKeeperClient) },
  ],
  goals: [{ against: "node-zookeeper-client", bound: "<=", goal: 1 }],
});
