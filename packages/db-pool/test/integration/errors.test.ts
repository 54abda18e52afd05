import { startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type DbPool, createDbPool } from "../../src/index.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
let db: DbPool;

beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, "db_pool_errors");
  db = createDbPool({ url, name: "app" });
  await db.run(
    "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(50), UNIQUE KEY email_key (email)) ENGINE=InnoDB",
  );
  await db.run(
    "CREATE TABLE posts (id INT PRIMARY KEY, user_id INT, FOREIGN KEY (user_id) REFERENCES users (id)) ENGINE=InnoDB",
  );
  await db.run("INSERT INTO users VALUES (1, 'a@b'), (2, 'c@d')");
});

afterAll(async () => {
  await db.close();
});

describe("errors of the server", () => {
  it("DUPLICATE_KEY names the key and not the value", async () => {
    const error = await failure(db.run("INSERT INTO users VALUES (3, ?)", ["a@b"]));
    expect(error).toMatchObject({
      name: "DbPoolError",
      code: "DUPLICATE_KEY",
      key: "email_key",
      errno: 1062,
      sqlState: "23000",
      retryable: false,
      maybeExecuted: false,
    });
    const { message, stack, cause } = error as Error;
    expect([message, stack, (cause as Error).message, (cause as Error).stack].join()).not.toContain("a@b");
    expect(await failure(db.run("INSERT INTO users VALUES (1, 'x')"))).toMatchObject({ key: "PRIMARY" });
  });

  it("FOREIGN_KEY from both sides", async () => {
    expect(await failure(db.run("INSERT INTO posts VALUES (1, 99)"))).toMatchObject({
      code: "FOREIGN_KEY",
      errno: 1452,
    });
    await db.run("INSERT INTO posts VALUES (1, 1)");
    expect(await failure(db.run("DELETE FROM users WHERE id = 1"))).toMatchObject({ code: "FOREIGN_KEY", errno: 1451 });
  });

  it("QUERY_FAILED for any other, in text and prepared statements", async () => {
    const expected = { code: "QUERY_FAILED", errno: 1146, sqlState: "42S02", retryable: false };
    expect(await failure(db.query("SELECT * FROM nowhere"))).toMatchObject(expected);
    expect(await failure(db.query("SELECT * FROM nowhere WHERE id = ?", [1]))).toMatchObject(expected);
    expect(await db.value("SELECT 1")).toBe(1);
  });

  it("LOCK_TIMEOUT when a lock is not to be had", async () => {
    await using holder = await db.acquire();
    await holder.run("BEGIN");
    await holder.run("UPDATE users SET email = 'locked' WHERE id = 2");
    await using other = await db.acquire();
    await other.run("SET innodb_lock_wait_timeout = 1");
    const error = await failure(other.run("UPDATE users SET email = 'x' WHERE id = 2"));
    expect(error).toMatchObject({ code: "LOCK_TIMEOUT", errno: 1205, retryable: true });
  });

  it("READ_ONLY replaces all connections, as after a failover, and says so", async () => {
    const lines: string[] = [];
    const warn = (_fields: object | string, message?: string) => void lines.push(message ?? "");
    const logger = { debug: () => {}, info: () => {}, warn, error: warn };
    await using server = await startServer("mysql");
    await using admin = createDbPool({ url: server.url, max: 1 });
    await admin.run("CREATE DATABASE app");
    await admin.run("CREATE TABLE app.users (id INT)");
    await admin.run("CREATE USER writer@'%'");
    await admin.run("GRANT ALL ON app.* TO writer@'%'");
    await using reader = createDbPool({ url: `mysql://writer@127.0.0.1:${server.port}/app`, logger });
    await reader.run("INSERT INTO users VALUES (50)");
    await admin.run("SET GLOBAL read_only = 1");
    const error = await failure(reader.run("INSERT INTO users VALUES (51)"));
    expect(error).toMatchObject({ code: "READ_ONLY", errno: 1290, retryable: true });
    await admin.run("SET GLOBAL read_only = 0");
    await expect.poll(() => reader.stats()).toMatchObject({ size: 0, destroyed: 1 });
    expect(lines).toEqual(["the server is read-only, replacing all connections"]);
    expect(await reader.run("DELETE FROM users WHERE id = 50")).toMatchObject({ affectedRows: 1 });
  });

  it("READ_ONLY of a transaction that was asked to be so keeps the connections", async () => {
    const { destroyed } = db.stats();
    const body = db.transaction((tx) => tx.run("DELETE FROM users"), { readOnly: true });
    expect(await failure(body)).toMatchObject({ code: "READ_ONLY", errno: 1792 });
    expect(db.stats().destroyed).toBe(destroyed);
  });
});

describe("QUERY_TIMEOUT", () => {
  it("comes in time, ends the statement on the server, and leaves the connection usable", async () => {
    await using one = createDbPool({ url, max: 1, queryTimeoutMs: 300 });
    const id = await one.value<number>("SELECT CONNECTION_ID()");
    const started = performance.now();
    const error = await failure(one.query("SELECT SLEEP(30)"));
    expect(performance.now() - started).toBeGreaterThanOrEqual(299);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(error).toMatchObject({ code: "QUERY_TIMEOUT", retryable: true, maybeExecuted: false });
    expect(await one.value("SELECT CONNECTION_ID()")).toBe(id);
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP%'";
    expect(await db.value(running)).toBe(0);
  });

  it("says that a write may have been carried out", async () => {
    const call = db.run("INSERT INTO posts SELECT 100 + SLEEP(30), NULL", [], { timeoutMs: 50 });
    expect(await failure(call)).toMatchObject({ code: "QUERY_TIMEOUT", retryable: false, maybeExecuted: true });
    expect(await db.value("SELECT COUNT(*) FROM posts WHERE id >= 100")).toBe(0);
  });

  it("of a call overrides that of the pool, and 0 is none", async () => {
    await using strict = createDbPool({ url, queryTimeoutMs: 50 });
    expect(await strict.value("SELECT SLEEP(0.3)", [], { timeoutMs: 0 })).toBe(0);
    expect(await failure(db.query("SELECT SLEEP(?)", [30], { timeoutMs: 50 }))).toMatchObject({
      code: "QUERY_TIMEOUT",
    });
  });

  it("within a lease ends only its own statement; those behind it run after it has ended", async () => {
    await using connection = await db.acquire();
    const slow = failure(connection.query("SELECT SLEEP(30)", [], { timeoutMs: 100 }));
    const waits = failure(connection.run("INSERT INTO posts VALUES (200, NULL)", [], { timeoutMs: 40 }));
    const next = connection.value("SELECT 5");
    expect(await waits).toMatchObject({ code: "QUERY_TIMEOUT", maybeExecuted: false, retryable: true });
    expect(await slow).toMatchObject({ code: "QUERY_TIMEOUT" });
    expect(await next).toBe(5);
    expect(await connection.value("SELECT COUNT(*) FROM posts WHERE id = 200")).toBe(0);
  });

  it("of many at once are all ended over one further connection", async () => {
    await using many = createDbPool({ url, max: 8, queryTimeoutMs: 200 });
    const errors = await Promise.all(Array.from({ length: 8 }, () => failure(many.query("SELECT SLEEP(30)"))));
    for (const error of errors) expect(error).toMatchObject({ code: "QUERY_TIMEOUT" });
    await Promise.all(Array.from({ length: 8 }, () => many.query("SELECT 1")));
    expect(many.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  });
});

describe("abort", () => {
  it("before a call sends nothing", async () => {
    const reason = new Error("gone");
    const { acquired } = db.stats();
    const signal = AbortSignal.abort(reason);
    expect(await failure(db.query("SELECT 1", [], { signal }))).toBe(reason);
    expect(await failure(db.acquire({ signal }))).toBe(reason);
    expect(await failure(db.transaction(() => {}, { signal }))).toBe(reason);
    expect(db.stats().acquired).toBe(acquired);
  });

  it("while waiting for a connection", async () => {
    await using one = createDbPool({ url, max: 1 });
    await using held = await one.acquire();
    const caller = new AbortController();
    const waiting = failure(one.query("SELECT 1", [], { signal: caller.signal }));
    await expect.poll(() => one.stats().waiting).toBe(1);
    caller.abort(new Error("gone"));
    expect(await waiting).toBe(caller.signal.reason);
    expect(one.stats()).toMatchObject({ waiting: 0, inUse: 1 });
    expect(await held.value("SELECT 1")).toBe(1);
  });

  it("while a statement runs rejects at once and ends it on the server", async () => {
    await using one = createDbPool({ url, max: 1 });
    const caller = new AbortController();
    const running = failure(one.query("SELECT SLEEP(30)", [], { signal: caller.signal }));
    await expect.poll(() => one.stats().inUse).toBe(1);
    caller.abort(new Error("gone"));
    expect(await running).toBe(caller.signal.reason);
    expect(await one.value("SELECT 1")).toBe(1);
  });

  it("after the end does nothing", async () => {
    const caller = new AbortController();
    await db.query("SELECT 1", [], { signal: caller.signal });
    caller.abort();
    expect(await db.value("SELECT 1")).toBe(1);
  });

  it("10,000 calls on one signal leave no listener and no warning", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    await using wide = createDbPool({ url, maxWaiting: 10_000, acquireTimeoutMs: 60_000 });
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await Promise.all(Array.from({ length: 10_000 }, () => wide.query("SELECT 1", [], { signal })));
    await new Promise(setImmediate);
    process.off("warning", note);
    expect(add).toHaveBeenCalled();
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
    expect(warnings).toEqual([]);
  });
});

describe("a login that is refused for good", () => {
  it("rejects at once with POOL_REFUSED_AUTH, without the password", async () => {
    const wrong = new URL(url);
    wrong.username = "nobody";
    wrong.password = "hunter2hunter2";
    await using refused = createDbPool({ url: wrong.href });
    const error = await failure(refused.query("SELECT 1"));
    expect(error).toMatchObject({ name: "PoolError", code: "POOL_REFUSED_AUTH", retryable: false });
    expect((error as Error).message).not.toContain("hunter2");
    await using missing = createDbPool({ url: `${inject("urls").mysql}no_such_database` });
    expect(await failure(missing.ready())).toMatchObject({ code: "POOL_REFUSED_AUTH" });
  });
});

describe("misuse", () => {
  it("of a lease or a transaction that has ended is loud", async () => {
    const connection = await db.acquire();
    expect(connection.threadId).toBeGreaterThan(0);
    connection.release();
    const ended = { code: "POOL_LEASE_RELEASED" };
    expect(await failure(connection.query("SELECT 1"))).toMatchObject(ended);
    expect(() => connection.release()).toThrow(expect.objectContaining(ended) as Error);
    expect(() => connection.destroy()).toThrow(expect.objectContaining(ended) as Error);
    const kept = await db.transaction((tx) => tx);
    expect(await failure(kept.run("DELETE FROM posts"))).toMatchObject(ended);
  });

  it("a throw in use gives the connection back", async () => {
    const thrown = new Error("mine");
    const body = db.use(() => {
      throw thrown;
    });
    expect(await failure(body)).toBe(thrown);
    expect(db.stats().inUse).toBe(0);
  });

  it("a release with a statement still running gives the next user a free connection", async () => {
    await using one = createDbPool({ url, max: 1 });
    const connection = await one.acquire();
    const forgotten = connection.value("SELECT SLEEP(0.1)");
    connection.release();
    expect(await one.value("SELECT 2")).toBe(2);
    expect(await forgotten).toBe(0);
  });
});
