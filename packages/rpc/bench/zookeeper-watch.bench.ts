/**
 * What does one change among 1,000 instances cost a watcher: how many bytes come to it, and how long until it knows?
 * One change at a time: an instance comes with its record, then it goes.
 */
import { randomUUID } from "node:crypto";
import { compare, serviceUrls } from "@servertech/benchmarks";
import { createZooKeeperClient, createZooKeeperRegistry } from "@servertech/rpc/zookeeper";
import { createProxy } from "@servertech/services";
import { connectedPeer, record, SERVICE } from "./zookeeper-nodes.ts";

/** Someone who follows `<base>/ai`, by a connection to `connect`. */
interface Follower {
  has(id: string): boolean;
  size(): number;
  /** Calls back whenever the list changed. */
  onChange(listener: () => void): void;
  close(): unknown;
}

async function measured(instances: number, follow: (connect: string, base: string) => Promise<Follower>) {
  const url = serviceUrls().zookeeper;
  const base = `/bench-zookeeper-watch-${randomUUID()}`;
  const folder = `${base}/${SERVICE}`;
  const writer = createZooKeeperClient({ connect: url });
  await writer.mkdirp(folder);
  const ids = Array.from({ length: instances }, () => randomUUID());
  await Promise.all(ids.map((id) => writer.create(`${folder}/${id}`, record(id), { mode: "ephemeral" })));
  // It counts the bytes, for all alike.
  const proxy = await createProxy({ target: url });
  const follower = await follow(proxy.address, base);
  let changed = (): void => {};
  follower.onChange(() => changed());
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return {
    async round({ durationMs, smoke }: { durationMs: number; smoke: boolean }) {
      const start = performance.now();
      const before = proxy.stats().bytesDown;
      const limitMs = smoke ? 0 : durationMs;
      let changes = 0;
      while (changes < 2 || performance.now() - start < limitMs) {
        const id = randomUUID();
        await Promise.all([writer.create(`${folder}/${id}`, record(id)), until(() => follower.has(id))]);
        await Promise.all([writer.delete(`${folder}/${id}`), until(() => !follower.has(id))]);
        changes += 2;
      }
      const bytes = proxy.stats().bytesDown - before;
      return {
        operations: changes,
        value: bytes / changes,
        metrics: { msPerChange: (performance.now() - start) / changes },
      };
    },
    check() {
      if (follower.size() !== instances) throw new Error(`the list has ${follower.size()} of ${instances}`);
    },
    async close() {
      await follower.close();
      await proxy.close();
      await writer.close();
    },
  };
}

async function ours(connect: string, base: string): Promise<Follower> {
  const registry = createZooKeeperRegistry({ connect, base });
  const watcher = registry.watch(SERVICE);
  await watcher.ready();
  return {
    has: (id) => watcher.instances.some((instance) => instance.id === id),
    size: () => watcher.instances.length,
    onChange: (listener) => watcher.on("change", listener),
    close: () => registry.close(),
  };
}

/** Lists at each event, with the watch set anew, and reads the instances that are new: all that this client has. */
async function nodeZooKeeperClient(connect: string, base: string): Promise<Follower> {
  const client = await connectedPeer(connect);
  const known = new Map<string, unknown>();
  let changed = (): void => {};
  const read = (id: string) =>
    new Promise<void>((resolve) => {
      client.getData(`${base}/${SERVICE}/${id}`, (error, data) => {
        if (error === null) known.set(id, JSON.parse(data.toString()));
        resolve();
      });
    });
  const list = () =>
    new Promise<void>((resolve, reject) => {
      const again = () => void list().then(() => changed());
      client.getChildren(`${base}/${SERVICE}`, again, (error, children) => {
        if (error !== null) {
          reject(error);
          return;
        }
        const present = new Set(children);
        for (const id of known.keys()) if (!present.has(id)) known.delete(id);
        const added = children.filter((id) => !known.has(id));
        void Promise.all(added.map((id) => read(id))).then(() => resolve());
      });
    });
  await list();
  return {
    has: (id) => known.has(id),
    size: () => known.size,
    onChange: (listener) => {
      changed = listener;
    },
    close: () => client.close(),
  };
}

export default compare({
  question: "What does one change among 1,000 instances cost a watcher?",
  unit: "B/change",
  params: [{ instances: 1_000 }],
  contenders: [
    {
      name: "@servertech/rpc/zookeeper",
      package: "@servertech/rpc",
      setup: ({ instances }) => measured(instances, ours),
    },
    { name: "node-zookeeper-client", setup: ({ instances }) => measured(instances, nodeZooKeeperClient) },
  ],
  goals: [
    { against: "node-zookeeper-client", bound: "<=", goal: 1 / 12 },
    { against: "node-zookeeper-client", metric: "msPerChange", bound: "<=", goal: 1 },
  ],
  limits: [{ metric: "B/change", bound: "<=", goal: 500 }],
});
