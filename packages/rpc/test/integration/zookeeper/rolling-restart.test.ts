/** Servers that are restarted one after the other, under calls of a client that finds them in ZooKeeper. */
import { describe, expect, inject, it } from "vitest";
import { createClient } from "../../../src/index.ts";
import { Echo } from "../../echo-service.ts";
import { PacedCalls } from "../../paced-calls.ts";
import { figure } from "./figure.ts";
import { Owner } from "./owner.ts";

const { zookeeper: connect } = inject("urls");
const BASE = "/rpc-rolling-restart-test";
const CALLS_PER_SECOND = 800;
const WAIT = { timeout: 20_000, interval: 20 };

describe("a rolling restart of four registered servers", () => {
  it("fails none of 800 calls a second", async () => {
    const names = ["a", "b", "c", "d"];
    const servers = new Map<string, Owner>();
    const start = async (id: string) => void servers.set(id, await Owner.startServer(connect, BASE, id));
    await Promise.all(names.map((id) => start(id)));
    await using client = createClient(Echo, { target: `zk://${connect}${BASE}/echo` });
    await client.ready();
    await expect.poll(() => client.stats().connections, WAIT).toBe(4);
    const answered = new Map<string, number>();
    const paced = new PacedCalls(CALLS_PER_SECOND, async () => {
      const { id } = await client.unary({});
      answered.set(id, (answered.get(id) ?? 0) + 1);
    });
    try {
      for (const id of names) {
        const server = servers.get(id);
        server?.signal("SIGTERM");
        expect(await server?.exited).toBe(0);
        const before = answered.get(id) ?? 0;
        await start(id);
        // It is found, and called again.
        await expect.poll(() => answered.get(id) ?? 0, WAIT).toBeGreaterThan(before + 20);
      }
    } finally {
      await paced.end();
      await Promise.all([...servers.values()].map((server) => server.kill()));
    }
    expect(paced.failures).toEqual([]);
    figure("rolling restart of four servers: answered", paced.count, "calls");
    expect(paced.perSecond).toBeGreaterThan(CALLS_PER_SECOND * 0.8);
    expect([...answered.keys()].toSorted()).toEqual(names);
  }, 60_000);
});
