import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type DbPool, createDbPool, sql } from "../../src/index.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
let db: DbPool;

async function all(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, "db_pool_rows");
  db = createDbPool({ url, max: 3 });
  await db.run(
    "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) UNIQUE, big BIGINT, about LONGTEXT)",
  );
  const rows = Array.from({ length: 5_000 }, (_, n) => [n + 1, `user${n + 1}`, n * 1_000, "x"]);
  await db.insertMany("users", ["id", "name", "big", "about"], rows);
});

afterAll(async () => {
  await db.close();
});

describe("stream", () => {
  it.each([
    ["text", "SELECT id, big FROM users ORDER BY id", undefined],
    ["prepared", "SELECT id, big FROM users WHERE id > ? ORDER BY id", [0]],
  ])("gives all rows in order, values as elsewhere: %s", async (_what, text, params) => {
    let n = 0;
    for await (const row of db.stream<{ id: number; big: number }>(text, params, { highWaterMark: 16 })) {
      expect(row).toEqual({ id: n + 1, big: n * 1_000 });
      n += 1;
      if (n % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(n).toBe(5_000);
    expect(db.stats()).toMatchObject({ inUse: 0, destroyed: 0 });
  });

  it("keeps few rows in memory while the reader is slow", async () => {
    await using one = createDbPool({ url, max: 1 });
    const wide = "SELECT a.id, REPEAT('x', 10000) AS text FROM users a JOIN (SELECT 1 UNION SELECT 2) b";
    const before = process.memoryUsage().rss;
    let n = 0;
    for await (const row of one.stream<{ text: string }>(wide, [], { highWaterMark: 8 })) {
      expect(row.text).toHaveLength(10_000);
      if (++n % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(n).toBe(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 2 ** 20);
  });

  it("ends with a break: the statement ends on the server, the place is free", async () => {
    await using one = createDbPool({ url, max: 1 });
    for await (const row of one.stream("SELECT a.id FROM users a, users b, users c")) {
      expect(row).toHaveProperty("id");
      break;
    }
    expect(await one.value("SELECT 1")).toBe(1);
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT a.id FROM users a, users b%'";
    await expect.poll(() => db.value(running)).toBe(0);
    expect(one.stats()).toMatchObject({ inUse: 0, size: 1 });
  });

  it("on loan and in a transaction a break ends the statement, and the session goes on", async () => {
    await db.transaction(async (tx) => {
      await tx.run("INSERT INTO users (id, name) VALUES (900001, 'tx')");
      for await (const row of tx.stream("SELECT a.id FROM users a, users b, users c")) if (row !== undefined) break;
      expect(await tx.value("SELECT name FROM users WHERE id = ?", [900_001])).toBe("tx");
      await tx.run("DELETE FROM users WHERE id = 900001");
    });
  });

  it("rejects with the server's error, the signal's reason, at its timeout, and on wrong options", async () => {
    expect(await failure(all(db.stream("SELECT nothing FROM users")))).toMatchObject({
      code: "QUERY_FAILED",
      errno: 1054,
    });
    const slow = db.stream("SELECT SLEEP(20)", [], { timeoutMs: 100 });
    expect(await failure(all(slow))).toMatchObject({ code: "QUERY_TIMEOUT" });
    const caller = new AbortController();
    const aborted = failure(all(db.stream("SELECT SLEEP(20)", [], { signal: caller.signal })));
    setTimeout(() => caller.abort(new Error("gone")), 50);
    expect(await aborted).toBe(caller.signal.reason);
    expect(await failure(all(db.stream("SELECT 1", [], { highWaterMark: 0 })))).toMatchObject({
      code: "OPTION_INVALID",
    });
    await expect.poll(() => db.stats().inUse).toBe(0);
  });
});

describe("insertMany", () => {
  it("splits at the largest packet, and is all or nothing", async () => {
    await db.run(
      "CREATE TABLE wide (id INT AUTO_INCREMENT PRIMARY KEY, text LONGTEXT, data JSON, at DATETIME(3), bytes BLOB)",
    );
    const packet = await db.value<number>("SELECT @@max_allowed_packet");
    const text = "é".repeat(Math.floor(packet / 7));
    const at = new Date("2026-01-02T03:04:05.678Z");
    const rows = Array.from({ length: 10 }, (_, n) => ({
      text: `${text}${n}`,
      data: { n },
      at,
      bytes: Buffer.from([n]),
    }));
    expect(await db.insertMany("wide", ["text", "data", "at", "bytes"], rows)).toEqual({
      insertId: 1,
      affectedRows: 10,
    });
    const stored = await db.query("SELECT data, at, bytes, CHAR_LENGTH(text) AS length FROM wide ORDER BY id");
    expect(stored).toEqual(rows.map(({ data, bytes }) => ({ data, at, bytes, length: text.length + 1 })));
    await db.run("CREATE TABLE keyed (id INT PRIMARY KEY, n INT) ENGINE=InnoDB");
    const many = Array.from({ length: 3_000 }, (_, n) => [n, n]);
    const twice = [...many, [7, 7]];
    expect(await failure(db.insertMany("keyed", ["id", "n"], twice))).toMatchObject({
      code: "DUPLICATE_KEY",
      key: "PRIMARY",
    });
    expect(await db.value("SELECT COUNT(*) FROM keyed")).toBe(0);
    expect(await db.insertMany("db_pool_rows.keyed", ["id", "n"], many)).toMatchObject({ affectedRows: 3_000 });
  });

  it("updates or ignores rows whose keys are there", async () => {
    await db.run("CREATE TABLE keyed2 (id INT PRIMARY KEY, n INT)");
    await db.insertMany(
      "keyed2",
      ["id", "n"],
      [
        [1, 1],
        [2, 2],
      ],
    );
    expect(
      await db.insertMany(
        "keyed2",
        ["id", "n"],
        [
          [1, 10],
          [3, 3],
        ],
        { onDuplicate: "ignore" },
      ),
    ).toMatchObject({ affectedRows: 1 });
    expect(
      await db.insertMany(
        "keyed2",
        ["id", "n"],
        [
          [2, 20],
          [4, 4],
        ],
        { onDuplicate: "update" },
      ),
    ).toMatchObject({ affectedRows: 3 });
    expect(await db.query("SELECT id, n FROM keyed2 ORDER BY id")).toEqual([
      { id: 1, n: 1 },
      { id: 2, n: 20 },
      { id: 3, n: 3 },
      { id: 4, n: 4 },
    ]);
    expect(await db.insertMany("keyed2", ["id", "n"], [])).toEqual({ insertId: 0, affectedRows: 0 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["no columns", () => db.insertMany("users", [], [[1]])],
    ["a name that is none", () => db.insertMany("users", [""], [[1]])],
    ["a row that is too short", () => db.insertMany("users", ["id", "name"], [[1]])],
    ["a missing value", () => db.insertMany("users", ["id", "name"], [{ id: 1 }])],
    ["a wrong option", () => db.insertMany("users", ["id"], [[1]], { onDuplicate: "fail" as "ignore" })],
  ])("refuses %s", async (_what, call) => {
    expect(await failure(call())).toMatchObject({ code: "OPTION_INVALID" });
  });

  it("quotes names: none can end the statement", async () => {
    expect(await failure(db.insertMany("users", ["id`) VALUES (1); -- "], [[1]]))).toMatchObject({ errno: 1054 });
  });
});

describe("loader", () => {
  it("reads what is asked for in one turn with one statement", async () => {
    await using one = createDbPool({ url, max: 1, pipelining: false });
    const users = one.loader<{ id: number; name: string }, number>("users", "id", { columns: ["id", "name"] });
    const executed = "SHOW SESSION STATUS LIKE 'Com_stmt_execute'";
    const rows = await Promise.all([
      ...Array.from({ length: 100 }, (_, n) => users.load(n + 1)),
      users.load(7),
      users.load(-1),
    ]);
    expect(rows.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, n) => ({ id: n + 1, name: `user${n + 1}` })));
    expect(rows.slice(100)).toEqual([{ id: 7, name: "user7" }, undefined]);
    expect(await one.one(executed)).toMatchObject({ Value: "1" });
  });

  it("splits at maxBatch, takes texts, and tells of several rows", async () => {
    const users = db.loader<{ id: number }, string>("db_pool_rows.users", "name", { maxBatch: 10 });
    const rows = await Promise.all(Array.from({ length: 35 }, (_, n) => users.load(`user${n + 1}`)));
    expect(rows.map((row) => row?.id)).toEqual(Array.from({ length: 35 }, (_, n) => n + 1));
    const about = db.loader<{ id: number }, string>("users", "about", { columns: ["id"] });
    expect(await failure(about.load("x"))).toMatchObject({ code: "ROW_COUNT" });
  });

  it("rejects all who asked when it fails, and refuses wrong keys", async () => {
    const none = db.loader("nothing", "id");
    const [a, b] = await Promise.all([failure(none.load(1)), failure(none.load(2))]);
    expect(a).toMatchObject({ errno: 1146 });
    expect(b).toBe(a);
    expect(await failure(none.load(1.5))).toMatchObject({ code: "OPTION_INVALID" });
    expect(() => db.loader("users", "")).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

describe("sql", () => {
  it("sends values as parameters, lists, names and fragments", async () => {
    const ids = [1, 2, 3];
    const only = sql`${sql.id("id")} IN ${ids} AND ${sql.id("users", "name")} <> ${"user2"}`;
    expect(await db.sql<{ id: number }>`SELECT id FROM users WHERE ${only} ORDER BY id`).toEqual([
      { id: 1 },
      { id: 3 },
    ]);
    const conditions = [sql`id > ${1}`, sql`id < ${4}`];
    expect(await db.value(sql`SELECT COUNT(*) FROM users WHERE ${sql.join(conditions, sql` AND `)}`)).toBe(2);
    expect(await db.value(sql`SELECT COUNT(*) FROM users WHERE id IN ${[]}`)).toBe(0);
    expect(await db.value(sql`SELECT COUNT(*) FROM users WHERE id NOT IN ${[]} AND id < ${3}`)).toBe(2);
    expect(await db.value(sql`SELECT JSON_VALUE(${sql.json({ a: [1, 2] })}, '$.a[1]')`)).toBe("2");
  });

  it("cannot inject: neither values nor names end what they stand in", async () => {
    const evil = "x' OR '1'='1";
    expect(await db.sql`SELECT id FROM users WHERE name = ${evil}`).toEqual([]);
    expect(await failure(db.sql`SELECT ${sql.id("id` FROM users; -- ")} FROM users`)).toMatchObject({ errno: 1054 });
    const forged = { text: "1 OR 1 = 1", values: [] } as unknown as string;
    expect(await db.sql`SELECT id FROM users WHERE name = ${forged}`).toEqual([]);
    expect(await failure(db.sql`SELECT id FROM users WHERE name = '${evil}'`)).toMatchObject({
      code: "OPTION_INVALID",
    });
    const plain = db as unknown as { sql: (text: string) => Promise<unknown> };
    expect(await failure(plain.sql("SELECT 1"))).toMatchObject({ code: "OPTION_INVALID" });
    expect(await failure(db.query(sql`SELECT ${1}`, [1]))).toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("rowsAsArray", () => {
  it("gives rows as arrays, values as elsewhere, in streams, too", async () => {
    await using arrays = createDbPool({ url, rowsAsArray: true, max: 1 });
    const text = "SELECT id, big, name FROM users WHERE id = ?";
    expect(await arrays.query(text, [2])).toEqual([[2, 1_000, "user2"]]);
    expect(await arrays.value(text, [2])).toBe(2);
    expect(await all(arrays.stream(text, [2]))).toEqual([[2, 1_000, "user2"]]);
  });
});
