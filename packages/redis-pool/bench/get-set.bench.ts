/** What does the cork bring to ordinary commands? GET and SET of 100 bytes, half and half, in loops of callers. */
import { bunExecutable, compare } from "@servertech/benchmarks";
import { createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { getAndSet } from "./get-and-set.ts";

const BUN = "Bun.RedisClient, in a process of its own";
const BUN_SCRIPT = new URL("servers/bun-redis.ts", import.meta.url);

async function ioredis(enableAutoPipelining: boolean, callers: number) {
  const server = await startServer("redis");
  const client = new Redis(server.url, { enableAutoPipelining });
  return {
    callers,
    operation: getAndSet(client),
    close: async () => {
      await client.quit();
      await server.stop();
    },
  };
}

export default compare({
  question: "What does the cork bring to ordinary commands?",
  unit: "commands/s",
  params: [{ callers: 32 }, { callers: 1 }, { callers: 8 }, { callers: 256 }, { callers: 1_024 }],
  contenders: [
    {
      name: "@servertech/redis-pool",
      async setup({ callers }) {
        const server = await startServer("redis");
        const redis = createRedisPool({ url: server.url });
        await redis.ready();
        return {
          callers,
          operation: getAndSet(redis.commands),
          close: async () => {
            await redis.close();
            await server.stop();
          },
        };
      },
    },
    { name: "ioredis", setup: ({ callers }) => ioredis(false, callers) },
    { name: "ioredis, enableAutoPipelining", setup: ({ callers }) => ioredis(true, callers) },
    {
      name: "redis",
      async setup({ callers }) {
        const server = await startServer("redis");
        const client = await createClient({ url: server.url }).connect();
        return {
          callers,
          operation: getAndSet(client),
          close: async () => {
            await client.close();
            await server.stop();
          },
        };
      },
    },
    {
      name: BUN,
      package: "bun",
      native: "bun@1.4.5",
      async setup({ callers }, context) {
        const server = await startServer("redis");
        const argument = { url: server.url, callers };
        const load = await context.loadProcess(BUN_SCRIPT, argument, bunExecutable(context.nativePeer()));
        return { round: (round) => load.round(round), close: () => server.stop() };
      },
    },
  ],
  goals: [
    { against: "ioredis", where: { callers: 1 }, bound: ">=", goal: 0.95 },
    { against: "ioredis", where: { callers: 32 }, bound: ">=", goal: 2 },
    { against: "ioredis", where: { callers: 256 }, bound: ">=", goal: 3.3 },
    { against: "ioredis", where: { callers: 32 }, metric: "p99Us", bound: "<=", goal: 0.5 },
    { against: "ioredis", where: { callers: 256 }, metric: "p99Us", bound: "<=", goal: 0.5 },
    { against: "ioredis", where: { callers: 1_024 }, metric: "p99Us", bound: "<=", goal: 0.5 },
    { against: "ioredis, enableAutoPipelining", where: { callers: 32 }, bound: ">=", goal: 1.4 },
    { against: "ioredis, enableAutoPipelining", where: { callers: 256 }, bound: ">=", goal: 1.6 },
    { against: "redis", where: { callers: 32 }, bound: ">=", goal: 3 },
    { against: "redis", where: { callers: 256 }, bound: ">=", goal: 3 },
    { against: BUN, where: { callers: 32 }, bound: ">=", goal: 1.5 },
    { against: BUN, where: { callers: 256 }, bound: ">=", goal: 1.5 },
  ],
});
