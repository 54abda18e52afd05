/**
 * Registrations, watchers and plain requests for 10 minutes (SERVERTECH_SOAK_MINUTES says otherwise) through a network that breaks
 * off now and then, many of them given up: in the end the truth is told, and counts, timers and the heap are back where they were.
 */
import { createProxy } from "@servertech/services";
import { expect, inject, it } from "vitest";
import { createZooKeeperClient, createZooKeeperRegistry, type Registration } from "../../src/zookeeper/index.ts";
import { Random } from "../fuzz/random.ts";
import { ephemeralNodes } from "../integration/zookeeper/four-letter-word.ts";
import { heapBytes, pause } from "./heap.ts";

const MINUTES = Number(process.env.SERVERTECH_SOAK_MINUTES ?? 10);
const WARM_UP_MS = Math.min(30_000, MINUTES * 6_000);
const BASE = "/rpc-zookeeper-soak";
const WAIT = { timeout: 30_000, interval: 50 };
const MiB = 1 << 20;

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

it("leaves nothing behind", { timeout: MINUTES * 60_000 + 120_000 }, async () => {
  const random = new Random(Date.now());
  const { zookeeper: url } = inject("urls");
  await using proxy = await createProxy({ target: url });
  const options = { connect: proxy.address, sessionTimeoutMs: 2_000, requestTimeoutMs: 1_000 };
  await using registry = createZooKeeperRegistry({ ...options, base: BASE, jitterMs: 50 });
  await using client = createZooKeeperClient(options);
  const open = new Map<string, Registration>();
  let ids = 0;

  /** One thing that a user does; whether it comes to anything is the network's choice. */
  async function act(): Promise<void> {
    const caller = new AbortController();
    const giveUp = random.chance(0.3) ? setTimeout(() => caller.abort(), random.below(300)) : undefined;
    const { signal } = caller;
    try {
      const [id, registration] = [...open][random.below(Math.max(1, open.size))] ?? [];
      switch (random.below(6)) {
        case 0: {
          if (open.size >= 30) return;
          const registered = await registry.register(
            { name: "ai", id: `id-${ids++}`, address: "h", port: 1 },
            { signal },
          );
          open.set(registered.id, registered);
          return;
        }
        case 1:
          if (id !== undefined) open.delete(id);
          await registration?.close();
          return;
        case 2:
          await registration?.update({ weight: 1 + random.below(100) });
          return;
        case 3: {
          const watcher = registry.watch(`ai-${random.below(5)}`);
          await watcher.ready({ timeoutMs: 500, signal }).catch(() => {}); // it may be away
          await watcher.close();
          return;
        }
        case 4: {
          const path = `${BASE}/x-${random.below(5)}`;
          await client.addWatch(path, "persistentRecursive", { signal });
          await client.removeWatch(path);
          return;
        }
        default:
          await client.getChildren("/", { signal });
      }
    } finally {
      clearTimeout(giveUp);
    }
  }

  async function run(ms: number): Promise<void> {
    const until = performance.now() + ms;
    const users = Array.from({ length: 20 }, async () => {
      while (performance.now() < until) await Promise.all([act().catch(() => {}), pause(random.below(20))]); // any typed error will do
    });
    while (performance.now() < until) {
      await pause(500 + random.below(2_000));
      if (random.chance(0.4)) await proxy.set("reset");
      else if (random.chance(0.3)) await proxy.set("blackhole");
      else await proxy.set("cutAfter", { bytes: random.below(5_000), direction: "down" });
      await pause(random.below(random.chance(0.2) ? 3_000 : 100));
      await proxy.set("pass");
    }
    await Promise.all(users);
  }

  /** Nothing under way, and as much registered as is open. */
  async function rest(): Promise<void> {
    const paths = () => [...open.keys()].map((id) => `${BASE}/ai/${id}`).toSorted();
    await expect.poll(() => ephemeralNodes(url, BASE), WAIT).toEqual(paths());
    await expect
      .poll(() => client.stats(), WAIT)
      .toMatchObject({ inFlight: 0, queued: 0, watches: 0, state: "connected" });
    await expect.poll(() => registry.stats(), WAIT).toMatchObject({ registrations: open.size, services: 0, held: 0 });
  }

  await client.mkdirp(BASE);
  await run(WARM_UP_MS);
  await rest();
  const [before, timersBefore] = [await heapBytes(), timers()];
  await run(MINUTES * 60_000 - WARM_UP_MS);
  await rest();
  expect(registry.stats().expirations).toBeGreaterThan(0);
  expect((await heapBytes()) - before).toBeLessThan(4 * MiB);
  expect(timers()).toBeLessThanOrEqual(timersBefore + 2);
});
