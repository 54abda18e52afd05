import { createServer, connect } from "node:net";
import { createProxy, startServer } from "@servertech/services";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type DbPool, type DbPoolOptions, createDbPool } from "../../src/index.ts";
import { machineSlack } from "../../../resource-pool/test/machine-slack.ts";
import { failure, freshDatabase, watch } from "./database.ts";

const slackMs = machineSlack();

let url: string;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  url = await freshDatabase(inject("urls").mysql, "db_pool_table");
});

afterEach((context) => {
  context.expect(unhandled.splice(0)).toEqual([]);
});

afterAll(() => {
  process.off("unhandledRejection", note);
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function through(port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

async function timed<T>(work: () => PromiseLike<T>): Promise<{ ms: number; value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

/** CPU time of this process, and with it of the pool, while it waits: the better of two halves, for one garbage collection. */
async function cpuPercent(ms: number): Promise<number> {
  const halves: number[] = [];
  for (let n = 0; n < 2; n++) {
    const begun = process.cpuUsage();
    const { ms: took } = await timed(() => sleep(ms / 2));
    const { user, system } = process.cpuUsage(begun);
    halves.push((user + system) / 10 / took);
  }
  return Math.min(...halves);
}

/** Callers that go on through everything, and what they met. */
function hammer(db: DbPool, callers: number, call: (db: DbPool) => Promise<unknown>) {
  const state = { stop: false, ok: 0, lastErrorAt: 0, errors: [] as unknown[] };
  const caller = async () => {
    while (!state.stop) {
      try {
        await call(db);
        state.ok += 1;
      } catch (error) {
        state.errors.push(error);
        state.lastErrorAt = performance.now();
      }
      await sleep(1);
    }
  };
  const done = Promise.all(Array.from({ length: callers }, caller));
  const stop = async () => {
    state.stop = true;
    await done;
  };
  return { state, stop };
}

describe("all connections lent, 20 waiters", () => {
  it("reject at their deadline; none is left; the pool has its full size after", async () => {
    await using db = createDbPool({ url, max: 5, acquireTimeoutMs: 1_000 });
    const held = await Promise.all(Array.from({ length: 5 }, () => db.acquire()));
    const calls = Array.from({ length: 20 }, (_, n) =>
      timed(() => failure(n % 2 === 0 ? db.query("SELECT 1") : db.value("SELECT ? + 1", [1]))),
    );
    for (const { ms, value } of await Promise.all(calls)) {
      expect(value).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
      expect(ms).toBeGreaterThanOrEqual(995);
      expect(ms).toBeLessThan(1_050 + slackMs());
    }
    expect(db.stats()).toMatchObject({ waiting: 0, inUse: 5, timeouts: 20 });
    for (const connection of held) connection.release();
    expect(db.stats()).toMatchObject({ size: 5, inUse: 0 });
  });
});

describe("server down at start", () => {
  it.each([
    ["a text statement", (db: DbPool) => db.query("SELECT 1")],
    ["one that shares connections", (db: DbPool) => db.value("SELECT ? + 1", [0])],
  ])("%s: rejects in time with the cause, few attempts, recovers at once", async (_what, call) => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("refuse");
    await using db = createDbPool({ url: through(proxy.port), max: 5, acquireTimeoutMs: 1_000 });
    const calling = Promise.all(Array.from({ length: 10 }, () => timed(() => failure(call(db)))));
    expect(await cpuPercent(900)).toBeLessThan(5);
    const calls = await calling;
    for (const { ms, value } of calls) {
      expect(ms).toBeLessThan(1_050 + slackMs());
      expect(value).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT", cause: { code: "POOL_CONNECT_FAILED" } });
    }
    expect(db.stats().errors).toBeLessThanOrEqual(14);
    const waiting = call(db);
    await proxy.set("pass");
    const { ms } = await timed(() => waiting);
    expect(ms).toBeLessThan(300 + slackMs());
  });
});

describe("outage of 2 s under 50 query loops", () => {
  it("service is back at most 300 ms after the server, and no error comes later", async () => {
    await using proxy = await createProxy({ target: url });
    await using db = createDbPool({ url: through(proxy.port), max: 5, acquireTimeoutMs: 1_000 });
    const load = hammer(db, 50, () => db.value("SELECT ? + 1", [1]));
    await expect.poll(() => load.state.ok).toBeGreaterThan(100);
    await proxy.set("reset");
    await proxy.set("refuse");
    const { accepted } = proxy.stats();
    const percent = await cpuPercent(2_000);
    const before = load.state.ok;
    await proxy.set("pass");
    const backAt = performance.now();
    await expect.poll(() => load.state.ok, { interval: 5 }).toBeGreaterThan(before);
    expect(performance.now() - backAt).toBeLessThan(300 + slackMs());
    await sleep(300);
    await load.stop();
    expect(load.state.lastErrorAt).toBeLessThan(backAt + 20 + slackMs());
    for (const error of load.state.errors) expect(error).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    expect(proxy.stats().accepted - accepted).toBeLessThanOrEqual(20);
    expect(percent).toBeLessThan(5);
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  });
});

describe("a server that accepts and resets for 3 s, max 50, 200 callers", () => {
  it("few attempts, at most 4 handshakes at a time, first answer soon", async () => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("reset");
    await using db = createDbPool({ url: through(proxy.port), max: 50, acquireTimeoutMs: 10_000 });
    let most = 0;
    const calls = Array.from({ length: 200 }, (_, n) => db.value("SELECT ? + 1", [n]));
    const end = performance.now() + 3_000;
    while (performance.now() < end) {
      most = Math.max(most, db.stats().connecting);
      await sleep(5);
    }
    expect(proxy.stats().accepted).toBeLessThanOrEqual(25);
    await proxy.set("pass");
    const { ms } = await timed(() => Promise.race(calls));
    expect(ms).toBeLessThan(300 + slackMs());
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe("black hole under load, 3 s", () => {
  it("errors come in time, service within a second after it ends", async () => {
    await using proxy = await createProxy({ target: url });
    const limits = { max: 5, acquireTimeoutMs: 1_000, queryTimeoutMs: 2_000, connectTimeoutMs: 1_500 };
    await using db = createDbPool({ url: through(proxy.port), ...limits });
    let longest = 0;
    const load = hammer(db, 20, async () => {
      const started = performance.now();
      try {
        await db.value("SELECT ? + 1", [1]);
      } finally {
        longest = Math.max(longest, performance.now() - started);
      }
    });
    await expect.poll(() => load.state.ok).toBeGreaterThan(100);
    await proxy.set("blackhole");
    await sleep(3_000);
    await proxy.set("pass");
    const before = load.state.ok;
    const { ms } = await timed(() =>
      expect.poll(() => load.state.ok, { interval: 5, timeout: 5_000 }).toBeGreaterThan(before),
    );
    expect(ms).toBeLessThan(1_000 + slackMs());
    await load.stop();
    // One that was lost with its connection and sent again included.
    expect(longest).toBeLessThan(limits.queryTimeoutMs + 50 + slackMs());
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  });
});

describe("the server's wait_timeout, with the event loop blocked meanwhile", () => {
  it("nobody notices", async () => {
    await using server = await startServer("mysql", { config: ["wait_timeout=1"] });
    await using db = createDbPool({ url: server.url, max: 10 });
    await Promise.all(Array.from({ length: 10 }, () => db.value("SELECT SLEEP(?)", [0.05])));
    await sleep(200);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    const values = await Promise.all(Array.from({ length: 10 }, (_, n) => db.value("SELECT ? + 1", [n])));
    expect(values).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
  });
});

describe("too many connections (1040)", () => {
  it("waiters are served by the connections there are, with few attempts at more", async () => {
    await using server = await startServer("mysql");
    await using others = createDbPool({ url: server.url, max: 6 });
    await others.run("SET GLOBAL max_connections = 10");
    await others.warmup(6);
    await using db = createDbPool({ url: server.url, max: 20, acquireTimeoutMs: 5_000 });
    const started = performance.now();
    const values = await Promise.all(Array.from({ length: 300 }, (_, n) => db.value("SELECT ? + 1", [n])));
    expect(values).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
    expect(performance.now() - started).toBeLessThan(2_000);
    const { errors, size } = db.stats();
    expect(size).toBeLessThanOrEqual(5);
    expect(errors).toBeLessThanOrEqual(15);
  });
});

describe("a handshake that takes 2 s", () => {
  it("the caller is rejected in time; the late connection enters the pool", async () => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("latency", { upMs: 600, downMs: 600 });
    const options = { max: 5, acquireTimeoutMs: 1_000, connectTimeoutMs: 10_000, pipelining: false } as const;
    await using db = createDbPool({ url: through(proxy.port), ...options });
    const { ms, value } = await timed(() => failure(db.query("SELECT 1")));
    expect(value).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    expect(ms).toBeLessThan(1_050 + slackMs());
    await expect.poll(() => db.stats(), { timeout: 5_000 }).toMatchObject({ size: 1, idle: 1, connecting: 0 });
    await proxy.set("pass");
    expect(await db.value("SELECT 7")).toBe(7);
    expect(proxy.stats().accepted).toBe(1);
  });
});

describe("query timeout of 500 ms on SLEEP(3)", () => {
  it.each([
    ["text", "SELECT SLEEP(3)", undefined],
    ["prepared", "SELECT SLEEP(?)", [3]],
  ])("%s: error, next statement and the server's thread in time", async (_what, text, params) => {
    await using db = createDbPool({ url, max: 1, queryTimeoutMs: 500 });
    await using admin = createDbPool({ url, max: 1 });
    await Promise.all([db.value("SELECT 1"), admin.value("SELECT 1")]);
    const { ms, value } = await timed(() => failure(db.query(text, params)));
    expect(value).toMatchObject({ code: "QUERY_TIMEOUT" });
    expect(ms).toBeLessThan(550 + slackMs());
    const next = await timed(() => db.value("SELECT 1"));
    expect(next.ms).toBeLessThan(50 + slackMs());
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP%'";
    await expect.poll(() => admin.value(running), { timeout: 200 + slackMs() }).toBe(0);
  });
});

describe("locks", () => {
  const held = "UPDATE locked SET n = n + 1 WHERE id = 1";
  const next = "UPDATE locked SET n = n + 1 WHERE id = ?";
  const freedMs = () => 100 + slackMs();

  async function locked(): Promise<{ readonly db: DbPool; readonly other: DbPool } & AsyncDisposable> {
    const db = createDbPool({ url, max: 2 });
    const other = createDbPool({ url, max: 1 });
    await db.run("CREATE OR REPLACE TABLE locked (id INT PRIMARY KEY, n INT) ENGINE=InnoDB");
    await db.run("INSERT INTO locked VALUES (1, 0)");
    const close = async () => void (await Promise.all([db.close(), other.close()]));
    return { db, other, [Symbol.asyncDispose]: close };
  }

  it("of a transaction that a caller left open are free soon after its release", async () => {
    await using pools = await locked();
    const connection = await pools.db.acquire();
    await connection.run("BEGIN");
    await connection.run(held);
    const waiting = pools.other.run(next, [1]);
    await expect.poll(() => pools.other.stats().inUse).toBe(1);
    connection.release();
    const { ms } = await timed(() => waiting);
    expect(ms).toBeLessThan(freedMs());
    // The open transaction is undone.
    expect(await pools.other.value("SELECT n FROM locked")).toBe(1);
  });

  it.each([
    ["a statement", (db: DbPool) => db.run("UPDATE locked SET n = n + 1 + SLEEP(30)", [], { timeoutMs: 300 })],
    [
      "one that shares connections",
      (db: DbPool) => db.run("UPDATE locked SET n = n + 1 + SLEEP(?)", [30], { timeoutMs: 300 }),
    ],
    [
      "a transaction",
      (db: DbPool) =>
        db.transaction(
          async (tx) => {
            await tx.run(held);
            await tx.query("SELECT SLEEP(30)");
          },
          { timeoutMs: 300 },
        ),
    ],
  ])("of %s are free soon after its deadline", async (_what, call) => {
    await using pools = await locked();
    await Promise.all([pools.db.value("SELECT 1"), pools.other.value("SELECT ? + 1", [1])]);
    expect(await failure(call(pools.db))).toMatchObject({ code: "QUERY_TIMEOUT" });
    const { ms } = await timed(() => pools.other.run(next, [1]));
    expect(ms).toBeLessThan(freedMs());
    expect(await pools.other.value("SELECT n FROM locked")).toBe(1);
  });
});

describe("slow destroys that overlap creates, max 5", () => {
  it("never more sockets than max", async () => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("latency", { upMs: 40, downMs: 40 });
    await using db = createDbPool({ url: through(proxy.port), max: 5, acquireTimeoutMs: 10_000, pipelining: false });
    const load = hammer(db, 20, () => db.value("SELECT ? + 1", [1]));
    await expect.poll(() => db.stats().size, { timeout: 5_000 }).toBe(5);
    let most = 0;
    let closing = 0;
    for (let n = 0; n < 150; n++) {
      if (n % 30 === 0) db.evict();
      closing = Math.max(closing, db.stats().closing);
      most = Math.max(most, proxy.stats().connections);
      await sleep(10);
    }
    await load.stop();
    expect(load.state.errors).toEqual([]);
    expect(closing).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    expect(db.stats().created).toBeGreaterThan(10);
  });
});

describe("close with work in flight", () => {
  it("lets it end, refuses waiters, and the server has no connection left when it resolves", async () => {
    const mine = await freshDatabase(inject("urls").mysql, "db_pool_table_close");
    await using watcher = await watch(url, "db_pool_table_close");
    const db = createDbPool({ url: mine, max: 2, pipelining: false });
    const running = [db.value("SELECT SLEEP(?)", [0.3]), db.value("SELECT SLEEP(0.3)")];
    await expect.poll(() => db.stats().inUse).toBe(2);
    const waiting = [failure(db.value("SELECT ? + 1", [1])), failure(db.query("SELECT 1"))];
    const { value } = await timed(() => db.close());
    expect(value).toEqual({ leaked: 0 });
    expect(await watcher.connections()).toBe(0);
    expect(await Promise.all(running)).toEqual([0, 0]);
    for (const one of waiting) expect(await one).toMatchObject({ code: "POOL_CLOSED" });
  });
});

describe("min 5, all connections reset", () => {
  it("are replaced within a second", async () => {
    await using proxy = await createProxy({ target: url });
    await using db = createDbPool({ url: through(proxy.port), max: 10, min: 5 });
    await db.query("SELECT 1");
    await expect.poll(() => db.stats().size).toBe(5);
    await proxy.set("reset");
    await proxy.set("pass");
    await expect.poll(() => db.stats().created, { timeout: 1_000 + slackMs() }).toBeGreaterThanOrEqual(10);
    await expect.poll(() => db.stats().size, { timeout: 1_000 + slackMs() }).toBe(5);
  });
});

describe("a name that leads to another server now, under load", () => {
  /** One name for two servers: where a new connection goes, and how many each has. */
  async function movingName() {
    const target = new URL(url);
    const moved = { to: 0 };
    const counts = [0, 0];
    const server = createServer((socket) => {
      counts[moved.to] = (counts[moved.to] as number) + 1;
      const to = moved.to;
      const other = connect(Number(target.port), target.hostname);
      for (const [a, b] of [[socket, other] as const, [other, socket] as const])
        a.on("data", (bytes) => b.write(bytes))
          .on("error", () => b.destroy())
          .on("close", () => b.destroy());
      socket.on("close", () => (counts[to] = (counts[to] as number) - 1));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
    return { url: through(port), moved, counts, [Symbol.asyncDispose]: close };
  }

  // Without evict nothing would move for half an hour, so that a busy machine may take its time.
  it.each<[string, DbPoolOptions, (db: DbPool) => void, () => number]>([
    ["within maxLifetimeMs", { maxLifetimeMs: 1_500, keepaliveMs: 1_000 }, () => {}, () => 1_500 + slackMs()],
    ["at once with evict", {}, (db: DbPool) => db.evict(), () => 10_000],
  ])(
    "all connections move %s, and no statement fails",
    async (_how, options, move, limitMs) => {
      await using name = await movingName();
      const { counts, moved } = name;
      await using db = createDbPool({ url: name.url, max: 5, ...options });
      const load = hammer(db, 50, () => db.value("SELECT ? + 1", [1]));
      await expect.poll(() => counts[0], { timeout: 5_000 }).toBe(5);
      moved.to = 1;
      move(db);
      await expect.poll(() => counts, { timeout: limitMs() + 1_000 }).toEqual([0, 5]);
      await load.stop();
      expect(load.state.errors).toEqual([]);
    },
    20_000,
  );
});

describe("always", () => {
  it("under random trouble: never more connections than max, nothing left over, no unhandled rejection", async () => {
    const mine = await freshDatabase(inject("urls").mysql, "db_pool_table_random");
    await using watcher = await watch(url, "db_pool_table_random");
    await using db = createDbPool({ url: mine, max: 4, acquireTimeoutMs: 5_000 });
    await db.run("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT) ENGINE=InnoDB");
    const load = hammer(db, 40, async () => {
      switch (Math.floor(Math.random() * 7)) {
        case 0:
          return db.transaction((tx) => tx.run("INSERT INTO t (n) VALUES (?)", [1]));
        case 1:
          return db.use(async (connection) => {
            await connection.run("SET @x = 1");
            if (Math.random() < 0.2) connection.destroy();
          });
        case 2:
          return db.query("SELECT SLEEP(?)", [0.05], { timeoutMs: 20 });
        case 3:
          for await (const row of db.stream<{ seq: number }>("SELECT seq FROM seq_1_to_1000"))
            if (row.seq === 500 && Math.random() < 0.5) break;
          return undefined;
        default:
          return db.value("SELECT ? + 1", [1]);
      }
    });
    let most = 0;
    const end = performance.now() + 4_000;
    const kill =
      "SELECT id FROM information_schema.processlist WHERE db = 'db_pool_table_random' ORDER BY RAND() LIMIT 1";
    while (performance.now() < end) {
      // The killer's own connection comes on top.
      most = Math.max(most, db.stats().size + db.stats().connecting + db.stats().closing);
      const id = await watcher.watcher.maybeOne<{ id: number }>(kill);
      if (id !== undefined) await watcher.watcher.run(`KILL ${id.id}`).catch(() => {});
      await sleep(50);
    }
    await load.stop();
    expect(most).toBeLessThanOrEqual(4);
    const codes = new Set(load.state.errors.map((error) => (error as { code: string }).code));
    expect([...codes].filter((code) => !["CONNECTION_LOST", "QUERY_TIMEOUT", "COMMIT_UNKNOWN"].includes(code))).toEqual(
      [],
    );
    await expect.poll(() => db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
    await db.close();
    await expect.poll(() => watcher.connections()).toBe(0);
  }, 30_000);
});
