/** How long do 1,000 registrations on one session take, until somebody else sees them all? Whoever registers, the same watcher looks. */
import { randomUUID } from "node:crypto";
import { compare, serviceUrls } from "@servertech/benchmarks";
import { createZooKeeperClient, createZooKeeperRegistry } from "@servertech/rpc/zookeeper";
import zookeeper from "node-zookeeper-client";
import { connectedPeer, record, SERVICE } from "./zookeeper-nodes.ts";

/** Registers these below `<base>/ai`; what it gives takes them out again. */
type Register = (ids: readonly string[]) => Promise<() => Promise<unknown>>;

async function measured(
  registrations: number,
  owner: (connect: string, base: string) => Promise<{ register: Register; close: () => unknown }>,
) {
  const connect = serviceUrls().zookeeper;
  const base = `/bench-zookeeper-register-${randomUUID()}`;
  const writer = createZooKeeperClient({ connect });
  await writer.mkdirp(`${base}/${SERVICE}`);
  const { register, close } = await owner(connect, base);
  const registry = createZooKeeperRegistry({ connect, base });
  const watcher = registry.watch(SERVICE);
  await watcher.ready();
  let changed = (): void => {};
  watcher.on("change", () => changed());
  const until = async (count: number) => {
    while (watcher.instances.length !== count) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return {
    async round({ durationMs, smoke }: { durationMs: number; smoke: boolean }) {
      const start = performance.now();
      const limitMs = smoke ? 0 : durationMs;
      let turns = 0;
      let spentMs = 0;
      while (turns < 1 || performance.now() - start < limitMs) {
        const ids = Array.from({ length: registrations }, () => randomUUID());
        const began = performance.now();
        const [takeOut] = await Promise.all([register(ids), until(registrations)]);
        spentMs += performance.now() - began;
        await Promise.all([takeOut(), until(0)]);
        turns += 1;
      }
      return { operations: turns, value: spentMs / turns };
    },
    async close() {
      await close();
      await registry.close();
      await writer.close();
    },
  };
}

async function ours(connect: string, base: string) {
  const registry = createZooKeeperRegistry({ connect, base });
  await registry.ready();
  const register: Register = async (ids) => {
    const meta = { weight: 1, zone: "a", proto: "ttrpc", v: "1.4.0" };
    const all = await Promise.all(
      ids.map((id) => registry.register({ name: SERVICE, id, address: "10.0.0.5", port: 9_000, meta })),
    );
    return () => Promise.all(all.map((registration) => registration.close({ timeoutMs: 10_000 })));
  };
  return { register, close: () => registry.close() };
}

async function nodeZooKeeperClient(connect: string, base: string) {
  const client = await connectedPeer(connect);
  const settle = (call: (done: (error: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      call((error) => (error === null ? resolve() : reject(error)));
    });
  const { EPHEMERAL } = zookeeper.CreateMode;
  const register: Register = async (ids) => {
    const paths = ids.map((id) => ({ id, path: `${base}/${SERVICE}/${id}` }));
    await Promise.all(paths.map(({ id, path }) => settle((done) => client.create(path, record(id), EPHEMERAL, done))));
    return () => Promise.all(paths.map(({ path }) => settle((done) => client.remove(path, -1, done))));
  };
  return { register, close: () => client.close() };
}

export default compare({
  question: "How long do 1,000 registrations on one session take, until somebody else sees them all?",
  unit: "ms/1,000",
  params: [{ registrations: 1_000 }],
  contenders: [
    {
      name: "@servertech/rpc/zookeeper",
      package: "@servertech/rpc",
      setup: ({ registrations }) => measured(registrations, ours),
    },
    { name: "node-zookeeper-client", setup: ({ registrations }) => measured(registrations, nodeZooKeeperClient) },
  ],
  goals: [{ against: "node-zookeeper-client", bound: "<=", goal: 1 }],
});
