/** What a server of before 3.6 makes different: nothing that a user sees. */
import { describe, expect, inject, it, vi } from "vitest";
import { seededRandom } from "../../../../../tools/seeded-random.ts";
import { createZooKeeperClient, createZooKeeperRegistry, type ServiceWatcher } from "../../../src/zookeeper/index.ts";
import { OldServer, type Refusal } from "./old-server.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-old-server-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const ADD_WATCH = 106;
const record = (weight: number) => Buffer.from(JSON.stringify({ address: "h", port: 1, meta: { weight } }));
const content = ({ instances }: ServiceWatcher) => new Map(instances.map(({ id, meta }) => [id, meta.weight]));
const refusals: Refusal[] = ["answers and closes", "closes"];

describe.each(refusals)("a server that %s on what it does not know", (refusal) => {
  const folder = refusal.replaceAll(" ", "-");

  it("has its services followed by watches that tell one change", async () => {
    await using server = await OldServer.start(url, refusal);
    await using writer = createZooKeeperClient({ connect: url });
    const base = `${BASE}/${folder}`;
    await using registry = createZooKeeperRegistry({ connect: server.address, base, panicGuard: false });
    const watcher = registry.watch("ai");
    await watcher.ready();
    expect([watcher.stale, content(watcher)]).toEqual([false, new Map()]);
    // A folder that comes, goes and comes again.
    await writer.mkdirp(`${base}/ai`);
    await writer.create(`${base}/ai/x`, record(1));
    await expect.poll(() => content(watcher), WAIT).toEqual(new Map([["x", 1]]));
    await writer.delete(`${base}/ai/x`);
    await writer.delete(`${base}/ai`);
    await expect.poll(() => content(watcher), WAIT).toEqual(new Map());
    await writer.mkdirp(`${base}/ai`);
    const truth = new Map<string, number>();
    const random = seededRandom(5);
    for (let burst = 0; burst < 20; burst += 1) {
      const writes: Promise<unknown>[] = [];
      for (let step = 0; step < 50; step += 1) {
        const id = `id-${Math.floor(random() * 30)}`;
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
      if (burst % 5 === 4) server.cut();
      await Promise.all(writes);
    }
    await expect.poll(() => content(watcher), WAIT).toEqual(truth);
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
    // It is asked twice at most until it is known, and once for each connection after that.
    expect(server.refused.every((opcode) => opcode === ADD_WATCH)).toBe(true);
    expect(server.refused.length).toBeLessThan(8);
  });
});

describe("a server that says what it does not know", () => {
  it("has registrations in plain folders", async () => {
    await using server = await OldServer.start(url, "answers and closes");
    await using registry = createZooKeeperRegistry({ connect: server.address, base: `${BASE}/folders/deep` });
    const registration = await registry.register({ name: "ai", id: "one", address: "h", port: 1 });
    expect(registration.state).toBe("registered");
    await registration.update({ weight: 2 });
    await using reader = createZooKeeperClient({ connect: url });
    expect((await reader.getChildren(`${BASE}/folders/deep/ai`)).children).toEqual(["one"]);
    await expect(registration.close()).resolves.toBe(true);
  });

  it("is asked once, whatever the number of services", async () => {
    await using server = await OldServer.start(url, "answers and closes");
    await using registry = createZooKeeperRegistry({ connect: server.address, base: `${BASE}/many` });
    const watchers = Array.from({ length: 20 }, (_, n) => registry.watch(`service-${n}`));
    await Promise.all(watchers.map((watcher) => watcher.ready()));
    expect(watchers.map(({ stale }) => stale)).not.toContain(true);
    expect(server.refused).toEqual([ADD_WATCH]);
    await expect(createOnce(server.address)).rejects.toMatchObject({ code: "ZK_UNIMPLEMENTED", op: "addWatch" });
  });
});

/** The plain client says so to its caller. */
async function createOnce(connect: string): Promise<void> {
  await using client = createZooKeeperClient({ connect });
  await client.addWatch("/x", "persistentRecursive");
}
