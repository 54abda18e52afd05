/** ai-server put together: what each part needs, in which order it starts, and in which it ends. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Lifecycle, type Logger, createLifecycle } from "@servertech/core";
import { type DbPool, createDbPool } from "@servertech/db-pool";
import { type RedisPool, createRedisPool } from "@servertech/redis-pool";
import { type HealthModule, createServer, health } from "@servertech/rpc";
import { createZooKeeperRegistry } from "@servertech/rpc/zookeeper";
import { createScheduler } from "@servertech/task-scheduler";
import { type Config, ConfigError } from "./config.ts";
import { applySchema } from "./database.ts";
import { DEMO_MODEL, startDemoServer } from "./demo/server.ts";
import { AiServer } from "./gen/ai_server.ts";
import { LostGenerations } from "./llm/lost-generations.ts";
import { OpenAiCompatible } from "./llm/openai-compat.ts";
import { RunningGenerations } from "./llm/running-generations.ts";
import { handlersOf, requireSecret } from "./rpc/handlers.ts";
import { KeyCipher, randomCipherKey } from "./rpc/key-cipher.ts";
import type { Models } from "./rpc/models.ts";
import { AiService } from "./rpc/service.ts";
import { Tokens } from "./rpc/tokens.ts";
import { Conversations } from "./store/conversations.ts";
import { SharedGenerations } from "./store/generations.ts";
import { Keys } from "./store/keys.ts";
import { Messages } from "./store/messages.ts";
import { waitFor } from "./wait-for.ts";

export interface App {
  readonly lifecycle: Lifecycle;
  /** Where it will listen, once everything it needs is there and, if that is wanted, it is registered. */
  readonly started: Promise<{ readonly host: string; readonly port: number }>;
  /** The counters of the pools and, as they are there, of the scheduler, the RPC server and the registry. */
  readonly stats: () => Readonly<Record<string, object>>;
}

/** What has counters, by its name in the stats. */
type Parts = Map<string, { stats(): object }>;

const SCHEMA = new URL("../sql/schema.sql", import.meta.url);
const SERVICE_NAME = "ai";
const DRAIN_MS = 10_000;
/** What interrupted answers need to be saved within the drain. */
const SAVE_MS = 1_500;

/**
 * Starts at once to look for what it needs, and waits for it as long as it takes.
 *
 * @param say gets one line when MySQL, Redis or ZooKeeper is away, and one when it is there.
 */
export function startApp(config: Config, logger: Logger, say: (line: string) => void): App {
  const lifecycle = createLifecycle({ logger });
  const starting = new AbortController();
  lifecycle.add("unready", () => starting.abort(new Error("shutting down")), { name: "start" });
  const db = createDbPool({ url: config.mysqlUrl, name: "ai", logger });
  const redis = createRedisPool({ url: config.redisUrl, name: "ai", logger });
  const parts: Parts = new Map<string, { stats(): object }>([
    ["mysql", db],
    ["redis", redis],
  ]);
  lifecycle.add("pools", db, { name: "MySQL pool" }).add("pools", redis, { name: "Redis pool" });
  const wait = (what: string, attempt: () => Promise<unknown>) =>
    waitFor(what, attempt, { signal: starting.signal, say, logger });
  const started = (async () => {
    // A wrong configuration is told at once, whatever is away.
    const ca = await readCa(config.provider?.caFile);
    await Promise.all([
      wait(`MySQL at ${new URL(config.mysqlUrl).host}`, () => applySchema(config.mysqlUrl, SCHEMA)),
      wait(`Redis at ${new URL(config.redisUrl).host}`, () =>
        redis.ready({ timeoutMs: 2_000, signal: starting.signal }),
      ),
    ]);
    // Ready once callers find it. What becomes of the registry after that is no reason to be taken out.
    const readiness = health();
    lifecycle.add("unready", () => readiness.set("", "NOT_SERVING"), { name: "readiness" });
    if (config.zookeeper !== undefined) readiness.set("", "NOT_SERVING");
    const address = await listen({ config, ca, logger, lifecycle, db, redis, readiness, parts });
    if (config.zookeeper !== undefined) {
      const registry = createZooKeeperRegistry({ connect: config.zookeeper, logger });
      lifecycle.add("pools", registry, { name: "registry" });
      parts.set("registry", registry);
      await wait(`ZooKeeper at ${config.zookeeper}`, () =>
        registry.ready({ timeoutMs: 2_000, signal: starting.signal }),
      );
      const service = { name: SERVICE_NAME, address: config.rpcAdvertise, port: address.port };
      const registration = await registry.register(service, { signal: starting.signal });
      lifecycle.add("deregister", registration, { name: "registration", timeoutMs: 1_000 });
      readiness.set("", "SERVING");
      logger.info({ id: registration.id }, "registered");
    }
    return address;
  })();
  const stats = () => Object.fromEntries([...parts].map(([name, part]) => [name, part.stats()]));
  return { lifecycle, started, stats };
}

interface Foundation {
  readonly config: Config;
  readonly ca: string | undefined;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly db: DbPool;
  readonly redis: RedisPool;
  readonly readiness: HealthModule;
  readonly parts: Parts;
}

async function listen({ config, ca, logger, lifecycle, db, redis, readiness, parts }: Foundation) {
  const scheduler = createScheduler({ logger });
  lifecycle.add("scheduler", scheduler, { name: "scheduler" });
  const { provider, models } = await openProvider(config, ca, lifecycle);
  const cipher = new KeyCipher(config.cipherKeys.length > 0 ? config.cipherKeys : [randomCipherKey()]);
  const shared = new SharedGenerations(redis, randomUUID());
  const messages = new Messages(db);
  const { detachGraceMs, contextTokens, tokenTtlS } = config;
  const running = new RunningGenerations({ provider, shared, messages, scheduler, logger, detachGraceMs });
  const stops = await shared.onStop((id) => running.stop(id));
  const service = new AiService({
    conversations: new Conversations(db),
    messages,
    shared,
    running,
    lost: new LostGenerations(shared, messages, logger),
    models,
    contextTokens,
    tokens: new Tokens(redis, cipher, tokenTtlS),
    keys: new Keys(db, cipher),
    provider,
    operatorKey: config.provider?.apiKey,
    logger,
  });
  const server = createServer({ logger })
    .use(requireSecret(config.rpcSharedSecret))
    .add(AiServer, handlersOf(service, logger))
    .add(readiness);
  lifecycle
    .add("settle", () => server.goAway(), { name: "RPC clients" })
    .add("drain", ({ timeoutMs }) => running.drain(Math.max(0, timeoutMs - SAVE_MS)), {
      name: "answers",
      timeoutMs: DRAIN_MS,
    })
    .add("drain", server, { name: "RPC server", timeoutMs: DRAIN_MS })
    .add("scheduler", () => stops.close(), { name: "stop channel" });
  parts.set("scheduler", scheduler).set("rpc", server);
  const { host, port } = await server.listen({ host: config.rpcHost, port: config.rpcPort });
  return { host: host.includes(":") ? `[${host}]` : host, port };
}

async function openProvider({ provider: configured }: Config, ca: string | undefined, lifecycle: Lifecycle) {
  if (configured === undefined) {
    const demo = await startDemoServer();
    const provider = new OpenAiCompatible({ baseUrl: demo.baseUrl });
    lifecycle.add("pools", provider, { name: "provider" }).add("pools", demo, { name: "demo model" });
    const models: Models = { names: [DEMO_MODEL], fallback: DEMO_MODEL, demo: true };
    return { provider, models };
  }
  const { baseUrl, model, models: names } = configured;
  const provider = new OpenAiCompatible({ baseUrl, ca });
  lifecycle.add("pools", provider, { name: "provider" });
  const models: Models = { names, fallback: model, demo: false };
  return { provider, models };
}

async function readCa(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ConfigError(
      `AI_CA_FILE: must be a readable file (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
