/** chat-server put together: what each part needs, when it starts, and in which order it ends. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Health, type Lifecycle, type Logger, createLifecycle, health as createHealth } from "@servertech/core";
import { createDbPool } from "@servertech/db-pool";
import { createRedisPool } from "@servertech/redis-pool";
import { createChannel } from "@servertech/rpc";
import { type Registry, createZooKeeperRegistry, zookeeper } from "@servertech/rpc/zookeeper";
import { createScheduler } from "@servertech/task-scheduler";
import { AiClient } from "./ai/ai-client.ts";
import { Generations } from "./ai/generations.ts";
import { RoomAi } from "./ai/room-ai.ts";
import { Accounts } from "./auth/accounts.ts";
import { Passwords } from "./auth/password.ts";
import { RateLimits } from "./auth/rate-limit.ts";
import { Sessions } from "./auth/sessions.ts";
import type { Config } from "./config.ts";
import { ensureSchema, isOutage } from "./database.ts";
import { apiRoutes } from "./http/api.ts";
import { Ops } from "./http/ops.ts";
import { createRouter } from "./http/router.ts";
import { staticFiles } from "./http/static-files.ts";
import { Deletions } from "./rooms/deletions.ts";
import { processStats } from "./instance-stats.ts";
import { History } from "./rooms/history.ts";
import { Posting } from "./rooms/post.ts";
import { Presence } from "./rooms/presence.ts";
import { ReadMarks } from "./rooms/read-marks.ts";
import { RoomFeeds } from "./rooms/room-feed.ts";
import { RoomViewers } from "./rooms/room-viewers.ts";
import { Rooms } from "./rooms/rooms.ts";
import { Gateway } from "./ws/gateway.ts";
import { type Say, waitFor } from "./waiting.ts";
import { UserHub } from "./ws/user-hub.ts";

export interface App {
  /** Where the page is. */
  readonly url: string;
  readonly lifecycle: Lifecycle;
  /** Resolves when the tables are there and every probe says ready. */
  readonly started: Promise<void>;
}

const PING_EVERY_MS = 2_000;
const PRESENCE_EVERY_MS = 1_000;
const TELL_PRESENCE_EVERY_MS = 2_000;
const RENEW_PRESENCE_EVERY_MS = 15_000;
const CHECK_ROOMS_EVERY_MS = 5_000;
const CHECK_SESSIONS_EVERY_MS = 30_000;
const CHECK_TOKENS_EVERY_MS = 60_000;
const WEB_CLIENT = fileURLToPath(new URL("../dist-web", import.meta.url));
const SCHEMA = new URL("../sql/schema.sql", import.meta.url);

/**
 * Starts listening at once; what is behind may come later, and readiness says whether it has.
 *
 * @param say told in one line each what is waited for.
 * @param logStats what the operator's page shows of the logger.
 */
export async function startApp(
  config: Config,
  logger: Logger,
  say: Say = () => {},
  logStats?: () => object,
): Promise<App> {
  const lifecycle = createLifecycle({ logger });
  const health = createHealth();
  lifecycle.add("unready", () => health.unready(), { name: "readiness" });

  const db = createDbPool({ url: config.mysqlUrl, name: "chat", logger });
  const redis = createRedisPool({ url: config.redisUrl, name: "chat", logger });
  lifecycle.add("pools", db, { name: "MySQL pool" }).add("pools", redis, { name: "Redis pool" });

  const passwords = new Passwords(config.scrypt);
  const scheduler = createScheduler({ logger });
  lifecycle
    .add("scheduler", passwords, { name: "password threads" })
    .add("scheduler", scheduler, { name: "scheduler" });

  const { channel, registry } = openAiChannel(config, logger);
  lifecycle.add("drain", channel, { name: "RPC channel" });
  if (registry !== undefined) lifecycle.add("pools", registry, { name: "registry" });

  // A channel opens at its first use; the page is to know from the start whether there is an AI.
  channel.ready().catch((error: unknown) => logger.info({ err: error }, "no ai-server yet"));
  const ai = new AiClient(channel, config.rpcSharedSecret, logger);
  lifecycle.add("drain", () => ai.close(), { name: "AI client" });
  const accounts = new Accounts(db, passwords);
  const sessions = new Sessions(redis);
  const limits = new RateLimits(redis, config.limits);
  const deletions = new Deletions(redis);
  const history = new History(redis, accounts, deletions);
  const feeds = new RoomFeeds({ redis, history, deletions, logger });
  const hub = new UserHub(redis, logger);
  const posting = new Posting(redis, { maxMessages: config.roomMaxMessages, nonceTtlS: config.nonceTtlS });
  const instanceId = randomBytes(6).toString("hex");
  const presence = new Presence({ redis, instanceId, logger });
  const viewers = new RoomViewers({ redis, presence, logger });
  const roomAi = new RoomAi({ redis, ai, history, posting, viewers, logger });
  const gateway = new Gateway(
    {
      rooms: new Rooms(db),
      feeds,
      history,
      posting,
      deletions,
      presence,
      viewers,
      roomAi: config.roomAi ? roomAi : undefined,
      readMarks: new ReadMarks(redis, history),
      limits,
      hub,
      ai,
      generations: new Generations(ai, logger),
      nonceTtlS: config.nonceTtlS,
      logger,
      sessions,
      accounts,
    },
    config,
  );

  const processNow = processStats();
  const ops = new Ops({
    token: config.opsToken,
    collect: () => ({
      at: Date.now(),
      instance: instanceId,
      process: processNow(),
      sockets: { open: gateway.sockets, rooms: feeds.rooms },
      mysql: db.stats(),
      redis: redis.stats(),
      passwords: passwords.stats(),
      scheduler: scheduler.stats(),
      rpc: channel.stats(),
      ...(registry === undefined ? {} : { registry: registry.stats() }),
      ...(logStats === undefined ? {} : { log: logStats() }),
    }),
  });
  lifecycle.add("drain", () => ops.close(), { name: "operator's page" });
  const routes = apiRoutes({
    accounts,
    sessions,
    limits,
    health,
    logger,
    origin: config,
    ops,
    endSession: (session, userId, code) => gateway.endSession(session, userId, code),
  });
  const http = await listen(config, logger, { routes, gateway, ops });
  lifecycle.add("drain", gateway, { name: "WebSockets" }).add("drain", () => closeServer(http), { name: "HTTP" });
  lifecycle.add("drain", roomAi, { name: "AI in rooms" }).add("drain", presence, { name: "presence" });

  scheduler.every(PING_EVERY_MS, () => gateway.ping());
  scheduler.every(PRESENCE_EVERY_MS, () => presence.announce(), { mode: "fixed-delay" });
  scheduler.every(TELL_PRESENCE_EVERY_MS, () => viewers.tellChanges());
  scheduler.every(RENEW_PRESENCE_EVERY_MS, () => presence.renew(), { mode: "fixed-delay" });
  scheduler.every(CHECK_ROOMS_EVERY_MS, () => feeds.check(), { mode: "fixed-delay" });
  scheduler.every(CHECK_TOKENS_EVERY_MS, () => ai.revokeIdle((userId) => hub.membersOf(userId).size > 0), {
    mode: "fixed-delay",
  });
  scheduler.every(CHECK_SESSIONS_EVERY_MS, () => gateway.closeExpired(), { mode: "fixed-delay" });

  const starting = new AbortController();
  lifecycle.add("unready", () => starting.abort(new Error("shutting down")), { name: "start" });
  const { signal } = starting;
  const waitForMysql = async () => {
    await waitFor(`MySQL at ${new URL(config.mysqlUrl).host}`, () => ensureSchema(config.mysqlUrl, SCHEMA), {
      say,
      signal,
      isFinal: isNoOutage,
    });
    await db.ready({ signal });
  };
  const started = (async () => {
    await Promise.all([
      waitForMysql(),
      waitFor(`Redis at ${new URL(config.redisUrl).host}`, (options) => redis.ready(options), { say, signal }),
      passwords.warmUp(),
    ]);
    await presence.renew();
  })();
  started.catch(() => {}); // whoever waits for it has the error
  if (registry !== undefined)
    waitFor(`ZooKeeper at ${config.zookeeper}`, (options) => registry.ready(options), { say, signal }).catch(() => {}); // ends with the start
  addChecks(health, { started, db, redis });
  // Shown, and never a reason to be taken out: an outage of the registry would take out every chat-server.
  if (registry !== undefined)
    health.add("registry", () => ({ ok: true, health: registry.health, ...registry.stats() }));
  const { address, port } = http.address() as AddressInfo;
  const host = address.includes(":") ? `[${address}]` : address;
  return { url: `http://${host}:${port}/`, lifecycle, started };
}

function openAiChannel(config: Config, logger: Logger) {
  if (config.zookeeper === undefined)
    return { channel: createChannel({ target: config.aiTarget, logger }), registry: undefined };
  const registry: Registry = createZooKeeperRegistry({ connect: config.zookeeper, logger });
  return { channel: createChannel({ target: zookeeper(registry, "ai"), logger }), registry };
}

const isNoOutage = (error: unknown): boolean => !isOutage(error);

interface Checked {
  readonly started: Promise<void>;
  readonly db: ReturnType<typeof createDbPool>;
  readonly redis: ReturnType<typeof createRedisPool>;
}

function addChecks(health: Health, { started, db, redis }: Checked): void {
  let tables = false;
  started.then(
    () => {
      tables = true;
    },
    () => {},
  );
  health
    .add("schema", () => tables)
    .add("mysql", () => db.stats().size > 0)
    .add("redis", () => redis.stats().ready);
}

async function listen(
  config: Config,
  logger: Logger,
  { routes, gateway, ops }: { routes: ReturnType<typeof apiRoutes>; gateway: Gateway; ops: Ops },
): Promise<Server> {
  const fallback = staticFiles({
    root: config.staticDir ?? WEB_CLIENT,
    ownClient: config.staticDir === undefined,
    showsOps: ops.mayLoad,
  });
  const onError = (error: unknown, path: string): void => logger.error({ err: error, path }, "a request failed");
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 },
    createRouter({ routes, fallback, onError }),
  );
  server.on("upgrade", gateway.onUpgrade);
  server.listen(config.port, config.host);
  await once(server, "listening");
  return server;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await closed;
}
