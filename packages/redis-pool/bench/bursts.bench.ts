/** What does a burst take: 256 calls in one turn of the event loop, GET and SET of 100 bytes, and then the next? */
import { bunExecutable, compare } from "@servertech/benchmarks";
import { createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { Redis } from "ioredis";
import { burstOf } from "./get-and-set.ts";

const SIZE = 256;
const BUN = "Bun.RedisClient, in a process of its own";
const BUN_SCRIPT = new URL("servers/bun-redis.ts", import.meta.url);

async function ioredis(enableAutoPipelining: boolean) {
  const server = await startServer("redis");
  const client = new Redis(server.url, { enableAutoPipelining });
  return {
    operation: burstOf(SIZE, client),
    close: async () => {
      await client.quit();
      await server.stop();
    },
  };
}

export default compare({
  question: "What does a burst of 256 commands take?",
  unit: "us/burst",
  contenders: [
    {
      name: "@servertech/redis-pool",
      async setup() {
        const server = await startServer("redis");
        const redis = createRedisPool({ url: server.url });
        await redis.ready();
        return {
          operation: burstOf(SIZE, redis.commands),
          close: async () => {
            await redis.close();
            await server.stop();
          },
        };
      },
    },
    { name: "ioredis", setup: () => ioredis(false) },
    { name: "ioredis, enableAutoPipelining", setup: () => ioredis(true) },
    {
      name: BUN,
      package: "bun",
      native: "bun@1.4.5",
      async setup(_params, context) {
        const server = await startServer("redis");
        const argument = { url: server.url, callers: 1, burst: SIZE };
        const load = await context.loadProcess(BUN_SCRIPT, argument, bunExecutable(context.nativePeer()));
        return { round: (round) => load.round(round), close: () => server.stop() };
      },
    },
  ],
  goals: [
    { against: "ioredis", bound: "<=", goal: 0.3 },
    { against: BUN, bound: "<=", goal: 1 },
  ],
});
