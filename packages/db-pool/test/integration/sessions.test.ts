import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type DbConnection, type DbPool, createDbPool } from "../../src/index.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
let db: DbPool;

/** One connection: what a lease leaves behind would meet the next one. */
beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, "db_pool_sessions");
  db = createDbPool({ url, max: 1 });
  await db.run("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB");
});

afterAll(async () => {
  await db.close();
});

describe("the next user", () => {
  it.each<[string, (connection: DbConnection) => Promise<unknown>, string, unknown]>([
    ["variables", (c) => c.run("SET @x = 5"), "SELECT @x", null],
    ["variables set by SELECT", (c) => c.query("SELECT @x := 5"), "SELECT @x", null],
    ["variables set by SELECT INTO", (c) => c.query("SELECT 5 INTO @x"), "SELECT @x", null],
    ["modes", (c) => c.run("SET sql_mode = ''"), "SELECT @@sql_mode = @@global.sql_mode", 1],
    ["autocommit", (c) => c.run("SET autocommit = 0"), "SELECT @@autocommit", 1],
    ["another database", (c) => c.run("USE information_schema"), "SELECT DATABASE()", "db_pool_sessions"],
    ["named locks", (c) => c.value("SELECT GET_LOCK('mine', 0)"), "SELECT IS_FREE_LOCK('mine')", 1],
  ])("does not meet %s", async (_what, leave, sql, clean) => {
    await db.use(leave);
    expect(await db.value(sql)).toEqual(clean);
    expect(db.stats().size).toBe(1);
  });

  it("does not meet an open transaction; its locks are free", async () => {
    await db.use(async (connection) => {
      await connection.run("BEGIN");
      await connection.run("INSERT INTO t VALUES (1)");
    });
    await using other = createDbPool({ url, max: 1 });
    expect(await other.run("INSERT INTO t VALUES (1)", [], { timeoutMs: 5_000 })).toMatchObject({ affectedRows: 1 });
    expect(await db.value("SELECT COUNT(*) FROM t")).toBe(1);
  });

  it("does not meet a temporary table", async () => {
    await db.use((connection) => connection.run("CREATE TEMPORARY TABLE temp_one (a INT)"));
    await expect(db.query("SELECT * FROM temp_one")).rejects.toMatchObject({ errno: 1146 });
  });

  it("does not meet what a call on the pool left", async () => {
    await db.run("SET @y = 1");
    expect(await db.value("SELECT @y")).toBeNull();
  });

  it("gets the same session, without a reset, after plain statements and transactions of them", async () => {
    await using one = createDbPool({ url, max: 1, pipelining: false });
    for (const n of [1, 2, 3]) await one.query("SELECT id FROM t WHERE id = ?", [n]);
    await one.transaction((tx) => tx.query("SELECT id FROM t WHERE id = ?", [4]));
    const sql = "SHOW SESSION STATUS WHERE Variable_name IN ('Com_commit', 'Com_stmt_execute', 'Com_stmt_prepare')";
    // A reset would have begun the counts again.
    expect(await one.query(sql)).toEqual([
      { Variable_name: "Com_commit", Value: "1" },
      { Variable_name: "Com_stmt_execute", Value: "4" },
      { Variable_name: "Com_stmt_prepare", Value: "1" },
    ]);
  });

  it("gets a new connection where the old one cannot be put back into having no database", async () => {
    await using bare = createDbPool({ url: inject("urls").mysql, max: 1 });
    const id = await bare.value("SELECT CONNECTION_ID()");
    await bare.run("USE db_pool_sessions");
    expect(await bare.value("SELECT DATABASE()")).toBeNull();
    expect(await bare.value("SELECT CONNECTION_ID()")).not.toBe(id);
  });

  it("gets a new connection after destroy", async () => {
    const connection = await db.acquire();
    const { threadId } = connection;
    connection.destroy(new Error("not trusted"));
    expect(await db.value("SELECT CONNECTION_ID()")).not.toBe(threadId);
  });

  it("can prepare again after a reset", async () => {
    for (const n of [1, 2, 3]) {
      expect(await db.value("SELECT ? + 1", [n])).toBe(n + 1);
      await db.run("SET @x = 5");
    }
  });
});

describe("a lease", () => {
  it("keeps its session between its statements, which run in the order of the calls", async () => {
    await db.use(async (connection) => {
      const calls = [
        connection.run("SET @n = 1"),
        connection.run("SET @n = @n * 10"),
        connection.run("SET @n = @n + 1"),
      ];
      const last = connection.value("SELECT CAST(@n AS SIGNED)");
      await Promise.all(calls);
      expect(await last).toBe(11);
    });
  });

  it("ends with its block", async () => {
    {
      await using connection = await db.acquire();
      expect(await connection.value("SELECT 1")).toBe(1);
      expect(db.stats().inUse).toBe(1);
    }
    expect(db.stats().inUse).toBe(0);
  });
});

describe("evict", () => {
  it("replaces the connections", async () => {
    const id = await db.value("SELECT CONNECTION_ID()");
    db.evict();
    expect(await db.value("SELECT CONNECTION_ID()")).not.toBe(id);
  });
});

describe("socketPath", () => {
  it("connects through the unix socket", async () => {
    const socketPath = await db.value<string>("SELECT @@socket");
    await using local = createDbPool({ socketPath, user: "root", database: "db_pool_sessions" });
    expect(await local.value("SELECT DATABASE()")).toBe("db_pool_sessions");
  });
});

describe("destroy", () => {
  it("under running statements fails them, and ends them on the server", async () => {
    const connection = await db.acquire();
    const { threadId } = connection;
    const running = failure(connection.run("DO SLEEP(30)"));
    const waiting = failure(connection.run("SET @x = 1"));
    connection.destroy();
    expect(await running).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: true });
    expect(await waiting).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: false });
    const sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?";
    await expect.poll(() => db.value(sql, [threadId])).toBe(0);
  });
});
