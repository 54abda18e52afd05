import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type DbPool, createDbPool } from "../../src/index.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
let db: DbPool;

beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, "db_pool_queries");
  db = createDbPool({ url, session: { timeZone: "+00:00", isolation: "READ COMMITTED" } });
  await db.run("CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL, age INT)");
});

afterAll(async () => {
  await db.close();
});

beforeEach(async () => {
  await db.run("TRUNCATE TABLE users");
  await db.run("INSERT INTO users (name, age) VALUES ('Ann', 30), ('Bob', 40)");
});

describe("query", () => {
  it("gives the rows", async () => {
    expect(await db.query("SELECT id, name FROM users ORDER BY id")).toEqual([
      { id: 1, name: "Ann" },
      { id: 2, name: "Bob" },
    ]);
  });

  it("gives an empty array where there are none", async () => {
    expect(await db.query("SELECT id FROM users WHERE id > 99")).toEqual([]);
    expect(await db.query("UPDATE users SET age = 1")).toEqual([]);
  });

  it("takes positional parameters", async () => {
    expect(await db.query("SELECT name FROM users WHERE id = ? OR name = ?", [1, "Bob"])).toHaveLength(2);
  });

  it("takes named parameters, in any order and as often as wanted", async () => {
    const sql = "SELECT name, ':age' AS text, :age AS a /* :no */ FROM users WHERE age = :age AND name = :name";
    expect(await db.query(sql, { name: "Bob", age: 40, unused: 1 })).toEqual([{ name: "Bob", text: ":age", a: 40 }]);
  });

  it("takes LIMIT and OFFSET as parameters", async () => {
    expect(await db.query("SELECT name FROM users ORDER BY id LIMIT ? OFFSET ?", [1, 1])).toEqual([{ name: "Bob" }]);
  });

  it("sends no statement whose parameters do not fit", async () => {
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => db.query("SELECT ?", [1, 2]), /params: must have 1 values.*got 2/],
      [() => db.query("SELECT ?, ?", [1]), /params: must have 2 values.*got 1/],
      [() => db.query("SELECT :a", { b: 1 }), /params\.a: must be given/],
      [() => db.query("SELECT ?", { b: 1 }), /params: must be an array/],
      [() => db.query("SELECT ?", [Number.NaN]), /params\[0\]: must be a finite number/],
      [() => db.query("SELECT ?", [undefined as never]), /params\[0\]: must be a value \(null for NULL\)/],
      [() => db.query("SELECT ?", [new Date(Number.NaN)]), /params\[0\]: must be a valid date/],
      [() => db.query("SELECT ?", [new Map() as never]), /params\[0\]: must be a value, an array or a plain object/],
      [() => db.query("SELECT ?", "x" as never), /params: must be an array or an object/],
      [() => db.query(""), /sql: must be a statement/],
      [() => db.query("SELECT 1", [], { timeoutMs: -1 }), /timeoutMs: must be whole milliseconds/],
      [() => db.query("SELECT 1", [], { timeout: 5 } as never), /timeout: unknown option, did you mean timeoutMs/],
      [() => db.query("SELECT 1", [], { signal: {} as never }), /signal: must have the methods/],
    ];
    const { acquired } = db.stats();
    for (const [call, message] of cases)
      expect(await failure(call())).toMatchObject({
        code: "OPTION_INVALID",
        message: expect.stringMatching(message) as string,
      });
    expect(db.stats().acquired).toBe(acquired);
  });

  it("gives the first result of a CALL", async () => {
    await db.run("CREATE OR REPLACE PROCEDURE two_results() BEGIN SELECT 1 AS a; SELECT 2 AS b; END");
    expect(await db.query("CALL two_results()")).toEqual([{ a: 1 }]);
  });

  it("never runs a second statement after a semicolon", async () => {
    expect(await failure(db.query("SELECT 1; SELECT 2"))).toMatchObject({ code: "QUERY_FAILED", errno: 1064 });
  });

  it("keeps no statement when the cache is off", async () => {
    await using uncached = createDbPool({ pipelining: false, url, statementCacheSize: 0, max: 1 });
    await uncached.use(async (connection) => {
      for (const n of [1, 2, 3]) expect(await connection.value("SELECT ? + 0", [n])).toBe(n);
      const { Value } = await connection.one<{ Value: string }>("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
      expect(Number(Value)).toBe(3);
    });
  });
});

describe("one, maybeOne, value", () => {
  it("give the row, or its first value", async () => {
    expect(await db.one("SELECT name FROM users WHERE id = ?", [1])).toEqual({ name: "Ann" });
    expect(await db.maybeOne("SELECT name FROM users WHERE id = ?", [1])).toEqual({ name: "Ann" });
    expect(await db.maybeOne("SELECT name FROM users WHERE id = ?", [99])).toBeUndefined();
    expect(await db.value<number>("SELECT COUNT(*) AS n FROM users")).toBe(2);
  });

  it("reject on any other number of rows", async () => {
    const none = "SELECT name FROM users WHERE id = 99";
    const two = "SELECT name FROM users";
    const calls = [db.one(none), db.one(two), db.maybeOne(two), db.value(none), db.value(two)];
    for (const error of await Promise.all(calls.map(failure)))
      expect(error).toMatchObject({ name: "DbPoolError", code: "ROW_COUNT", retryable: false });
    expect(await failure(db.one(two))).toMatchObject({ message: "expected one row, got 2" });
  });
});

describe("run", () => {
  it("gives the new id and the number of rows", async () => {
    const inserted = await db.run("INSERT INTO users (name) VALUES (:name)", { name: "Cid" });
    expect(inserted).toEqual({ insertId: 3, affectedRows: 1 });
    expect(await db.run("UPDATE users SET age = 5")).toEqual({ insertId: 0, affectedRows: 3 });
    expect(await db.run("DELETE FROM users WHERE id = ?", [99])).toEqual({ insertId: 0, affectedRows: 0 });
  });
});

describe("values", () => {
  const columns = `b BIGINT, dec1 DECIMAL(20,2), d DATE, dt DATETIME(3), ts TIMESTAMP(3) NULL,
    j JSON, t TINYINT(1), bin VARBINARY(10), bl BLOB, txt TEXT, dbl DOUBLE, nothing INT`;
  const at = new Date("2026-03-04T05:06:07.089Z");
  const expected = {
    b: 42,
    dec1: "123456789012345678.90",
    d: new Date("2026-03-04T00:00:00Z"),
    dt: at,
    ts: at,
    j: { a: [1, null], b: "ü" },
    t: 1,
    bin: Buffer.from([1, 2, 255]),
    bl: Buffer.from("blob"),
    txt: "täxt 😀",
    dbl: 0.1,
    nothing: null,
  };

  beforeAll(async () => {
    await db.run(`CREATE TABLE kinds (${columns})`);
    const names = Object.keys(expected);
    const values = { ...expected, t: true, bin: new Uint8Array([1, 2, 255]) };
    await db.run(`INSERT INTO kinds (${names.join()}) VALUES (${names.map((name) => `:${name}`).join()})`, values);
  });

  it("come as documented from a text statement", async () => {
    expect(await db.one("SELECT * FROM kinds")).toEqual(expected);
  });

  it("come as documented from a prepared statement", async () => {
    expect(await db.one("SELECT * FROM kinds WHERE t = ?", [1])).toEqual(expected);
  });

  it("are sent in the session's time zone", async () => {
    expect(await db.value("SELECT CAST(dt AS CHAR) FROM kinds")).toBe("2026-03-04 05:06:07.089");
    await using east = createDbPool({ url, session: { timeZone: "+09:00" } });
    expect(await east.one("SELECT ts, @@time_zone AS zone FROM kinds WHERE ts = ?", [at])).toEqual({
      ts: at,
      zone: "+09:00",
    });
  });

  it.each([
    ["text", []],
    ["prepared", [1]],
  ])("can be read by typeCast: %s", async (_kind, params) => {
    await using cast = createDbPool({
      url,
      typeCast: (field, next) => (field.type === "NEWDECIMAL" ? Number(field.string()) : next()),
    });
    const sql = `SELECT dec1, b, j FROM kinds${params.length === 0 ? "" : " WHERE t = ?"}`;
    expect(await cast.one(sql, params)).toEqual({ dec1: 123_456_789_012_345_680, b: expected.b, j: expected.j });
  });

  it.each([
    ["text", []],
    ["prepared", [1]],
  ])(
    "that typeCast fails to read: the call rejects, and nobody else gets the rest of its rows: %s",
    async (_kind, params) => {
      const thrown = new Error("cannot read it");
      await using cast = createDbPool({
        url,
        max: 1,
        typeCast: (field, next) => {
          if (field.name === "bad") throw thrown;
          return next();
        },
      });
      const sql = `SELECT seq AS bad, REPEAT('x', 1000) AS more FROM seq_1_to_5000${params.length === 0 ? "" : " WHERE seq >= ?"}`;
      const calls = [cast.query(sql, params), cast.value("SELECT 'mine'")];
      expect(await failure(calls[0] as Promise<unknown>)).toMatchObject({ code: "QUERY_FAILED", cause: thrown });
      expect(await calls[1]).toBe("mine");
    },
  );

  it("of a JSON column that are not JSON stay text", async () => {
    await db.run("CREATE TABLE loose (j JSON)");
    await db.run("SET STATEMENT check_constraint_checks = OFF FOR INSERT INTO loose VALUES ('{oops')");
    expect(await db.value("SELECT j FROM loose")).toBe("{oops");
  });

  it("of two columns with one name: the last counts", async () => {
    expect(await db.query("SELECT j AS x, txt AS x FROM kinds")).toEqual([{ x: expected.txt }]);
  });
});

describe("session", () => {
  it("is set on each connection, and again after a reset", async () => {
    const sql = "SELECT @@tx_isolation AS level, @@time_zone AS zone, DATABASE() AS base";
    const set = { level: "READ-COMMITTED", zone: "+00:00", base: "db_pool_queries" };
    await using one = createDbPool({ url, max: 1, session: { timeZone: "+00:00", isolation: "READ COMMITTED" } });
    expect(await one.one(sql)).toEqual(set);
    await one.run("SET time_zone = '+05:00', tx_isolation = 'SERIALIZABLE'");
    expect(await one.one(sql)).toEqual(set);
    expect(one.stats()).toMatchObject({ created: 1 });
  });
});
