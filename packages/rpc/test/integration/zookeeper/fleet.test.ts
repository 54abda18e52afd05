/** 200 clients that each register an instance and follow all 200, and a server that is restarted, then wiped. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { machineSlack } from "../../../../resource-pool/test/machine-slack.ts";
import { createZooKeeperRegistry, type Registry, type ServiceWatcher } from "../../../src/zookeeper/index.ts";
import { figure } from "./figure.ts";
import { ephemeralNodes } from "./four-letter-word.ts";

const CLIENTS = 200;
const SESSION_MS = 5_000;
const WAIT = { timeout: 40_000, interval: 20 };
const slackMs = machineSlack();

interface Member {
  readonly registry: Registry;
  readonly watcher: ServiceWatcher;
  /** How small its list became. */
  fewest: number;
}

let server: Server;
let fleet: Member[];

beforeAll(async () => {
  server = await startServer("zookeeper");
  fleet = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const registry = createZooKeeperRegistry({ connect: server.url, sessionTimeoutMs: SESSION_MS });
      await registry.register({ name: "ai", id: `id-${n}`, address: "h", port: 1 });
      const watcher = registry.watch("ai");
      return { registry, watcher, fewest: CLIENTS };
    }),
  );
  await vi.waitUntil(() => fleet.every(isWhole), WAIT);
  for (const member of fleet)
    member.watcher.on("change", () => {
      member.fewest = Math.min(member.fewest, member.watcher.instances.length);
    });
});
afterAll(async () => {
  await Promise.all((fleet ?? []).map(({ registry }) => registry.close({ timeoutMs: 2_000 })));
  await server?.stop();
});

function isWhole({ watcher }: Member): boolean {
  return !watcher.stale && watcher.instances.length === CLIENTS;
}

const total = (of: (stats: ReturnType<Registry["stats"]>) => number) =>
  fleet.reduce((sum, { registry }) => sum + of(registry.stats()), 0);

describe("a server of 200 clients", () => {
  it("that is restarted costs no list an instance, and no client its session", async () => {
    const bytesBefore = total(({ bytesIn }) => bytesIn);
    await server.kill("SIGKILL");
    await expect.poll(() => fleet.every(({ watcher }) => watcher.stale), WAIT).toBe(true);
    const start = performance.now();
    await server.restart();
    await expect.poll(() => fleet.every(isWhole), WAIT).toBe(true);
    figure("200 x 200, restarted: all lists fresh after the command", performance.now() - start);
    expect(Math.min(...fleet.map(({ fewest }) => fewest))).toBe(CLIENTS);
    expect([total(({ expirations }) => expirations), total(({ reconnects }) => reconnects)]).toEqual([0, CLIENTS]);
    // Each client read 200 instances again: 40,000 in all.
    expect(total(({ bytesIn }) => bytesIn) - bytesBefore).toBeLessThan(20_000_000);
  });

  it("that was wiped has all of them again, and no list was under half", async () => {
    await server.kill("SIGKILL");
    await rm(join(server.dataDir, "data", "version-2"), { recursive: true });
    await server.restart();
    const start = performance.now();
    await expect.poll(() => ephemeralNodes(server.url, "/services").then(({ length }) => length), WAIT).toBe(CLIENTS);
    const registeredMs = performance.now() - start;
    figure("200 x 200, wiped: all registered again after the server is back", registeredMs);
    await expect.poll(() => fleet.every(isWhole), WAIT).toBe(true);
    figure("200 x 200, wiped: all lists fresh after the server is back", performance.now() - start);
    const fewest = Math.min(...fleet.map((member) => member.fewest));
    figure("200 x 200, wiped: the shortest list", fewest, "instances");
    expect(fewest).toBeGreaterThanOrEqual(CLIENTS / 2);
    expect(registeredMs).toBeLessThan(SESSION_MS + 5_000 + slackMs());
    expect(total(({ expirations }) => expirations)).toBe(CLIENTS);
    expect(total(({ held }) => held)).toBe(0);
  });
}, 60_000);
