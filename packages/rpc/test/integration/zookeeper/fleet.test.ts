/** 200 clients that each register an instance and follow all 200, and a server that is restarted, then wiped. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { machineSlack } from "../../../../resource-pool/test/machine-slack.ts";
import {
  createZooKeeperRegistry,
  type Registry,
  type RegistryStats,
  type ServiceWatcher,
} from "../../../src/zookeeper/index.ts";
import { figure } from "./figure.ts";
import { ephemeralNodes } from "./four-letter-word.ts";

const CLIENTS = 200;
const WAIT = { timeout: 90_000, interval: 50 };
const slackMs = machineSlack();

interface Member {
  readonly registry: Registry;
  readonly watcher: ServiceWatcher;
  /** How small its list became. */
  fewest: number;
}

interface Fleet extends AsyncDisposable {
  readonly members: readonly Member[];
  isWhole(): boolean;
  fewest(): number;
  total(of: (stats: RegistryStats) => number): number;
}

let server: Server;
beforeAll(async () => {
  server = await startServer("zookeeper");
});
afterAll(() => server?.stop());

/** Clients that all see all, and remember from here on how small their lists became. */
async function startFleet(base: string, sessionTimeoutMs: number): Promise<Fleet> {
  const members = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n): Promise<Member> => {
      const registry = createZooKeeperRegistry({ connect: server.url, base, sessionTimeoutMs });
      await registry.register({ name: "ai", id: `id-${n}`, address: "h", port: 1 });
      return { registry, watcher: registry.watch("ai"), fewest: CLIENTS };
    }),
  );
  const fleet = {
    members,
    isWhole: () => members.every(({ watcher }) => !watcher.stale && watcher.instances.length === CLIENTS),
    fewest: () => Math.min(...members.map(({ fewest }) => fewest)),
    total: (of: (stats: RegistryStats) => number) =>
      members.reduce((sum, { registry }) => sum + of(registry.stats()), 0),
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(({ registry }) => registry.close({ timeoutMs: 2_000 })));
    },
  };
  await vi.waitUntil(() => fleet.isWhole(), WAIT);
  for (const member of members)
    member.watcher.on("change", () => {
      member.fewest = Math.min(member.fewest, member.watcher.instances.length);
    });
  return fleet;
}

describe("a server of 200 clients", () => {
  it("that is restarted costs no list an instance, and no client its session", async () => {
    await using fleet = await startFleet("/restarted", 30_000);
    const bytesBefore = fleet.total(({ bytesIn }) => bytesIn);
    await server.kill("SIGKILL");
    await expect.poll(() => fleet.members.every(({ watcher }) => watcher.stale), WAIT).toBe(true);
    const start = performance.now();
    await server.restart();
    await expect.poll(() => fleet.isWhole(), WAIT).toBe(true);
    figure("200 x 200, restarted: all lists fresh after the command", performance.now() - start);
    expect(fleet.fewest()).toBe(CLIENTS);
    expect([fleet.total(({ expirations }) => expirations), fleet.total(({ reconnects }) => reconnects)]).toEqual([
      0,
      CLIENTS,
    ]);
    // Each client read 200 instances again: 40,000 in all.
    expect(fleet.total(({ bytesIn }) => bytesIn) - bytesBefore).toBeLessThan(20_000_000);
  });

  it("that was wiped has all of them again, and no list was under half", async () => {
    const sessionMs = 10_000;
    await using fleet = await startFleet("/wiped", sessionMs);
    const expiredBefore = fleet.total(({ expirations }) => expirations);
    await server.kill("SIGKILL");
    await rm(join(server.dataDir, "data", "version-2"), { recursive: true });
    await server.restart();
    const start = performance.now();
    await expect.poll(() => ephemeralNodes(server.url, "/wiped").then(({ length }) => length), WAIT).toBe(CLIENTS);
    const registeredMs = performance.now() - start;
    figure("200 x 200, wiped: all registered again after the server is back", registeredMs);
    await expect.poll(() => fleet.isWhole(), WAIT).toBe(true);
    figure("200 x 200, wiped: all lists fresh after the server is back", performance.now() - start);
    figure("200 x 200, wiped: the shortest list", fleet.fewest(), "instances");
    const expired = fleet.total(({ expirations }) => expirations) - expiredBefore;
    expect(expired).toBeGreaterThanOrEqual(CLIENTS);
    // A machine that stops all clients for longer than a session lets more of them expire, and these are dropped rightly.
    expect(fleet.fewest()).toBeGreaterThanOrEqual(CLIENTS / 2 - (expired - CLIENTS));
    expect(registeredMs).toBeLessThan(sessionMs + 5_000 + slackMs());
    expect(fleet.total(({ held }) => held)).toBe(0);
  });
}, 240_000);
