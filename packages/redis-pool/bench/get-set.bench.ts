/** What does the cork bring to ordinary commands? GET and SET of 100 bytes, half and half, in loops of callers. */
import { compare } from "@servertech/benchmarks";
import { createRedisPool } from "@servertech/redis-pool";
import { startServer } from "@servertech/services";
import { Redis } from "ioredis";
import { createClient } from "redis";

const VALUE = "x".repeat(100);
const KEYS = Array.from({ length: 1_024 }, (_, n) => `bench:${n}`);

interface Commands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
}

/** Every second call reads what the one before has written. */
function getAndSet(commands: Commands): () => Promise<void> {
  let n = 0;
  return async () => {
    const key = KEYS[(n >> 1) % KEYS.length] as string;
    if ((n++ & 1) === 0) await commands.set(key, VALUE);
    else {
      const value = await commands.get(key);
      if (value !== VALUE) throw new Error(`${key} has the value ${value}`);
    }
  };
}

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
  params: [{ callers: 1 }, { callers: 64 }, { callers: 512 }],
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
  ],
  goals: [
    { against: "ioredis", where: { callers: 1 }, bound: ">=", goal: 0.95 },
    { against: "ioredis", where: { callers: 64 }, bound: ">=", goal: 2 },
    { against: "ioredis", where: { callers: 512 }, bound: ">=", goal: 3.3 },
    { against: "ioredis, enableAutoPipelining", where: { callers: 64 }, bound: ">=", goal: 1.4 },
    { against: "ioredis, enableAutoPipelining", where: { callers: 512 }, bound: ">=", goal: 1.6 },
    { against: "redis", where: { callers: 64 }, bound: ">=", goal: 3 },
    { against: "redis", where: { callers: 512 }, bound: ">=", goal: 3 },
  ],
});
