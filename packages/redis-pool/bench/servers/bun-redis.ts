/** Bun.RedisClient's side. */
import { serveLoad } from "@servertech/benchmarks";
import { type Commands, burstOf, getAndSet } from "../get-and-set.ts";

/** What is used of Bun's own. */
interface BunRedisClient extends Commands {
  connect(): Promise<void>;
  close(): void;
}

const { Bun } = globalThis as unknown as {
  readonly Bun: { readonly RedisClient: new (url: string) => BunRedisClient };
};

serveLoad(async (argument) => {
  const { url, callers, burst } = argument as { url: string; callers: number; burst?: number };
  const client = new Bun.RedisClient(url);
  await client.connect();
  const operation = burst === undefined ? getAndSet(client) : burstOf(burst, client);
  return { callers, operation, close: () => client.close() };
});
