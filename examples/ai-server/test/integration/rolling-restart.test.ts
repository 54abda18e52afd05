/** Four ai-servers that are restarted one after the other, under calls of a client that finds them in ZooKeeper. */
import { createClient } from "@servertech/rpc";
import { expect, inject, it } from "vitest";
import { PacedCalls } from "../../../../packages/rpc/test/paced-calls.ts";
import { AiServer } from "../../src/contract.ts";
import { freshDatabase } from "./fresh-database.ts";
import { type RunningServer, eventually, startAiServer, tokenFor } from "./harness.ts";

const SERVERS = 4;
const CALLS_PER_SECOND = 800;

it("fails none of 800 calls a second", { timeout: 240_000 }, async () => {
  const { mysql, redis, zookeeper } = inject("urls");
  const chroot = `${zookeeper}/ai_rolling_restart_${process.pid}`;
  const url = await freshDatabase(mysql, "ai_rolling_restart_test");
  const env = { MYSQL_URL: url, REDIS_URL: redis, ZOOKEEPER: `zk://${chroot}` };
  const servers: RunningServer[] = [];
  try {
    for (let n = 0; n < SERVERS; n += 1) servers.push(await startAiServer(env));
    await using client = createClient(AiServer, { target: `zk://${chroot}/services/ai` });
    await client.ready({ timeoutMs: 20_000 });
    const token = await tokenFor(client, 1);
    await eventually(() => client.stats().connections).toBe(SERVERS);
    const paced = new PacedCalls(CALLS_PER_SECOND, () => client.listModels({ token }));
    try {
      for (let n = 0; n < SERVERS; n += 1) {
        const server = servers[n] as RunningServer;
        server.process.kill("SIGTERM");
        await expect(server.exited).resolves.toBe(0);
        servers[n] = await startAiServer(env);
        await eventually(() => client.stats().connections).toBe(SERVERS);
      }
    } finally {
      await paced.end();
    }
    expect(paced.failures).toEqual([]);
    expect(paced.perSecond).toBeGreaterThan(CALLS_PER_SECOND * 0.8);
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
});
