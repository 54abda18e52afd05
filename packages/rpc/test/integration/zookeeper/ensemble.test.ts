/** What an ensemble of three goes through, and what clients and lists see of it: the table of faults in the guide. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { machineSlack } from "../../../../resource-pool/test/machine-slack.ts";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  type Registry,
  type ServiceChange,
  type ServiceWatcher,
  type ZooKeeperClient,
} from "../../../src/zookeeper/index.ts";
import { type Ensemble, startEnsemble } from "./ensemble.ts";
import { figure } from "./figure.ts";
import { ephemeralNodes, sessionsAt } from "./four-letter-word.ts";

const WAIT = { timeout: 40_000, interval: 5 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const slackMs = machineSlack();
const ids = ({ instances }: ServiceWatcher) => instances.map(({ id }) => id).toSorted();

let ensemble: Ensemble;
beforeAll(async () => {
  ensemble = await startEnsemble();
});
afterAll(async () => ensemble?.[Symbol.asyncDispose]());

const registryAt = (base: string, sessionTimeoutMs: number): Registry =>
  createZooKeeperRegistry({ connect: ensemble.connect, base, sessionTimeoutMs });

describe("an ensemble of three", () => {
  it("keeps sessions and lists when its leader is killed", async () => {
    // The time without a leader is the ensemble's own, and counts for the session.
    const sessionTimeoutMs = 10_000;
    await using owner = registryAt("/leader", sessionTimeoutMs);
    await using caller = registryAt("/leader", sessionTimeoutMs);
    await using client = createZooKeeperClient({ connect: ensemble.connect, sessionTimeoutMs });
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((id) => owner.register({ name: "ai", id, address: "h", port: 1 })));
    const watcher = caller.watch("ai");
    await expect.poll(() => ids(watcher), WAIT).toEqual(names);
    await client.ready();
    const session = client.sessionId;
    const changes: ServiceChange[] = [];
    watcher.on("change", (change) => changes.push(change));
    const killed = await ensemble.leader();
    await killed.kill("SIGKILL");
    const leaderUrl = () =>
      ensemble.leader().then(
        ({ url }) => url,
        () => killed.url,
      );
    await expect.poll(leaderUrl, WAIT).not.toBe(killed.url);
    const elected = performance.now();
    await expect
      .poll(
        () =>
          client.getChildren("/leader/ai").then(
            ({ children }) => children.length,
            () => 0,
          ),
        WAIT,
      )
      .toBe(4);
    const readMs = performance.now() - elected;
    await expect.poll(() => [owner.health, watcher.stale], WAIT).toEqual(["ok", false]);
    figure("leader killed: reads after the new leader", readMs);
    expect(readMs).toBeLessThan(2_000 + slackMs());
    expect(client.sessionId).toBe(session);
    expect([ids(watcher), changes]).toEqual([names, []]);
    for (const { expirations } of [owner.stats(), caller.stats(), client.stats()]) expect(expirations).toBe(0);
    const paths = names.map((id) => `/leader/ai/${id}`);
    const alive = ensemble.servers.find((server) => server !== killed);
    expect(await ephemeralNodes(alive?.url ?? "", "/leader")).toEqual(paths);
    await killed.restart();
    await ensemble.ready();
  });

  it("keeps sessions when one of its servers hangs: their clients go to another", async () => {
    const sessionTimeoutMs = 3_000;
    const leader = await ensemble.leader();
    const follower = ensemble.servers.find((server) => server !== leader);
    if (follower === undefined) throw new Error("no follower");
    // As many as it takes until some are at that server.
    const all: ZooKeeperClient[] = [];
    let there: bigint[] = [];
    while (there.length < 2) {
      const client = createZooKeeperClient({ connect: ensemble.connect, sessionTimeoutMs });
      await client.ready();
      all.push(client);
      there = await sessionsAt(follower.url);
    }
    const sessions = all.map(({ sessionId }) => sessionId);
    const start = performance.now();
    await follower.kill("SIGSTOP");
    try {
      const moved = all.filter(({ sessionId }) => there.includes(sessionId));
      await expect.poll(() => moved.map((client) => client.stats().reconnects), WAIT).toEqual(moved.map(() => 1));
      const movedMs = performance.now() - start;
      figure("one of three hung: moved to another", movedMs);
      expect(movedMs).toBeLessThan(sessionTimeoutMs + slackMs());
      await Promise.all(all.map((client) => client.sync("/")));
      expect(all.map(({ sessionId }) => sessionId)).toEqual(sessions);
      expect(all.map((client) => client.stats().expirations)).toEqual(all.map(() => 0));
    } finally {
      await follower.kill("SIGCONT");
      await Promise.all(all.map((client) => client.close()));
    }
    await ensemble.ready();
  });
});
