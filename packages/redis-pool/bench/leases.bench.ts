/** What does a connection of one's own cost beside a generic pool of ioredis clients? One GET on a lease, 10 connections. */
import { type Histogram, type Meter, createNoopMeter } from "@opentelemetry/api";
import { compare } from "@servertech/benchmarks";
import { createRedisPool } from "@servertech/redis-pool";
import { instrument } from "@servertech/redis-pool/otel";
import { startServer } from "@servertech/services";
import { createPool } from "generic-pool";
import { Redis } from "ioredis";
import { createClientPool } from "redis";

const KEY = "bench:lease";
const VALUE = "x".repeat(100);
const MAX = 10;

/** Adds up what is recorded, by attributes, as an SDK does at least. */
function summingMeter(): Meter {
  const histogram = (): Histogram => {
    const sums = new Map<string, number>();
    return {
      record(value, attributes) {
        const series = Object.values(attributes ?? {}).join();
        sums.set(series, (sums.get(series) ?? 0) + value);
      },
    };
  };
  return Object.assign(createNoopMeter(), { createHistogram: histogram });
}

function check(value: unknown): void {
  if (value !== VALUE) throw new Error(`${KEY} has the value ${String(value)}`);
}

async function ours(callers: number, metrics: boolean) {
  const server = await startServer("redis");
  const redis = createRedisPool({ url: server.url, exclusive: { max: MAX }, leakDetectionMs: 0 });
  await redis.commands.set(KEY, VALUE);
  const instrumented = metrics ? instrument({ target: redis, meter: summingMeter() }) : undefined;
  return {
    callers,
    operation: async () => check(await redis.use((commands) => commands.get(KEY))),
    close: async () => {
      instrumented?.[Symbol.dispose]();
      await redis.close();
      await server.stop();
    },
  };
}

export default compare({
  question: "What does a connection of one's own cost beside a generic pool of ioredis clients?",
  unit: "leases/s",
  params: [{ callers: 32 }, { callers: 1 }, { callers: 256 }],
  contenders: [
    { name: "@servertech/redis-pool", setup: ({ callers }) => ours(callers, false) },
    { name: "@servertech/redis-pool, with metrics", setup: ({ callers }) => ours(callers, true) },
    {
      name: "generic-pool, ioredis",
      async setup({ callers }) {
        const server = await startServer("redis");
        const pool = createPool(
          { create: async () => new Redis(server.url), destroy: async (client) => void (await client.quit()) },
          { max: MAX, acquireTimeoutMillis: 5_000 },
        );
        await pool.use((client) => client.set(KEY, VALUE));
        return {
          callers,
          operation: async () => check(await pool.use((client) => client.get(KEY))),
          close: async () => {
            await pool.drain();
            await pool.clear();
            await server.stop();
          },
        };
      },
    },
    {
      name: "redis, createClientPool",
      async setup({ callers }) {
        const server = await startServer("redis");
        const pool = createClientPool({ url: server.url }, { maximum: MAX });
        await pool.connect();
        await pool.execute((client) => client.set(KEY, VALUE));
        return {
          callers,
          operation: async () => check(await pool.execute((client) => client.get(KEY))),
          close: async () => {
            await pool.close();
            await server.stop();
          },
        };
      },
    },
  ],
  goals: [
    { against: "generic-pool, ioredis", where: { callers: 32 }, bound: ">=", goal: 1.05 },
    { against: "generic-pool, ioredis", where: { callers: 256 }, bound: ">=", goal: 1.05 },
    {
      of: "@servertech/redis-pool, with metrics",
      against: "@servertech/redis-pool",
      where: { callers: 32 },
      bound: ">=",
      goal: 0.97,
    },
  ],
});
