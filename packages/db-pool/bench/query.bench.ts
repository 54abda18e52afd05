/** What does the pool add to, or take from, mysql2's own: a primary-key select, and a transaction of two statements? */
import { bunExecutable, compare, serviceUrls } from "@servertech/benchmarks";
import { createDbPool } from "@servertech/db-pool";
import { instrument } from "@servertech/db-pool/otel";
import { createPool as createCallbackPool } from "mysql2";
import { createPool, type RowDataPacket } from "mysql2/promise";
import { addingMeter } from "./adding-meter.ts";

const DATABASE = "servertech_bench_query";
const ROWS = 1_000;
const SELECT = "SELECT * FROM items WHERE id = ?";
const UPDATE = "UPDATE items SET c1 = c1 + 1 WHERE id = ?";

/** A table of ten columns, made once. */
let table: Promise<string> | undefined;

async function makeTable(): Promise<string> {
  const db = createDbPool({ url: serviceUrls().mysql, max: 1 });
  const columns = Array.from({ length: 9 }, (_, n) => `c${n + 1}`);
  await db.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await db.run(`DROP TABLE IF EXISTS ${DATABASE}.items`);
  const definitions = columns.map((name, n) => `${name} ${n < 4 ? "INT NOT NULL" : "VARCHAR(40) NOT NULL"}`);
  await db.run(`CREATE TABLE ${DATABASE}.items (id INT PRIMARY KEY, ${definitions.join()}) ENGINE=InnoDB`);
  const values = Array.from({ length: ROWS }, (_, id) => `(${id}, ${columns.map(() => `'${id}'`).join()})`);
  await db.run(`INSERT INTO ${DATABASE}.items VALUES ${values.join()}`);
  await db.close();
  const url = new URL(serviceUrls().mysql);
  url.pathname = DATABASE;
  return url.href;
}

function counter(): () => number {
  let n = 0;
  return () => (n = (n + 7) % ROWS);
}

function verify(rows: readonly object[], id: number): void {
  if (rows.length !== 1 || (rows[0] as { id?: unknown }).id !== id) throw new Error(`wrong row for ${id}`);
}

interface Cell {
  readonly [name: string]: string | number;
  /** `query` is prepared, `text` has its value in the text. */
  readonly call: "query" | "text" | "transaction";
  readonly callers: number;
  /** Most connections. */
  readonly pool: number;
}

const BUN_SQL = "Bun.SQL, in a process of its own";
const BUN_SCRIPT = new URL("servers/bun-sql.ts", import.meta.url);

function textOf(id: number): string {
  return `SELECT * FROM items WHERE id = ${id}`;
}

interface Settings {
  readonly pipelining?: false;
  readonly metrics?: true;
}

/** The pool as it is by default, or with these settings. */
async function ours({ call, callers, pool }: Cell, { pipelining, metrics }: Settings = {}) {
  const db = createDbPool({ url: await (table ??= makeTable()), max: pool, pipelining, leakDetectionMs: 0 });
  const recorded = metrics === true ? instrument({ target: db, meter: addingMeter() }) : undefined;
  const next = counter();
  const query = async () => {
    const id = next();
    verify(await db.query<{ id: number }>(SELECT, [id]), id);
  };
  const text = async () => {
    const id = next();
    verify(await db.query<{ id: number }>(textOf(id)), id);
  };
  const transaction = async () => {
    const id = next();
    await db.transaction(async (tx) => {
      verify(await tx.query<{ id: number }>(SELECT, [id]), id);
      await tx.run(UPDATE, [id]);
    });
  };
  const close = () => {
    recorded?.[Symbol.dispose]();
    return db.close();
  };
  return { callers, operation: { query, text, transaction }[call], close };
}

export default compare<Cell>({
  question: "What does the pool add to, or take from, mysql2's own?",
  unit: "calls/s",
  params: [
    { call: "query", callers: 32, pool: 4 },
    { call: "query", callers: 1, pool: 10 },
    { call: "query", callers: 8, pool: 10 },
    { call: "query", callers: 32, pool: 10 },
    { call: "query", callers: 128, pool: 10 },
    { call: "query", callers: 1, pool: 4 },
    { call: "query", callers: 8, pool: 4 },
    { call: "query", callers: 128, pool: 4 },
    { call: "query", callers: 32, pool: 2 },
    { call: "query", callers: 32, pool: 20 },
    { call: "text", callers: 1, pool: 10 },
    { call: "text", callers: 32, pool: 10 },
    { call: "text", callers: 128, pool: 10 },
    { call: "transaction", callers: 8, pool: 10 },
  ],
  contenders: [
    { name: "@servertech/db-pool", setup: (cell) => ours(cell) },
    {
      name: "@servertech/db-pool, one at a time",
      skip: ({ call }) => (call === "query" ? undefined : "there is nothing to share a connection"),
      setup: (cell) => ours(cell, { pipelining: false }),
    },
    {
      name: "@servertech/db-pool, metrics on",
      skip: ({ call, callers, pool }) =>
        call === "transaction" || (callers === 32 && pool === 10) ? undefined : "as above",
      setup: (cell) => ours(cell, { metrics: true }),
    },
    {
      name: "mysql2/promise",
      async setup({ call, callers, pool: connectionLimit }) {
        const pool = createPool({ uri: await (table ??= makeTable()), connectionLimit });
        const next = counter();
        const query = async () => {
          const id = next();
          verify((await pool.execute<RowDataPacket[]>(SELECT, [id]))[0], id);
        };
        const text = async () => {
          const id = next();
          verify((await pool.query<RowDataPacket[]>(textOf(id)))[0], id);
        };
        const transaction = async () => {
          const id = next();
          const connection = await pool.getConnection();
          try {
            await connection.beginTransaction();
            verify((await connection.execute<RowDataPacket[]>(SELECT, [id]))[0], id);
            await connection.execute(UPDATE, [id]);
            await connection.commit();
          } catch (error) {
            await connection.rollback();
            throw error;
          } finally {
            connection.release();
          }
        };
        return { callers, operation: { query, text, transaction }[call], close: () => pool.end() };
      },
    },
    {
      name: "mysql2, callbacks",
      package: "mysql2",
      skip: ({ call }) => (call === "query" ? undefined : "the same driver as mysql2/promise"),
      async setup({ callers, pool: connectionLimit }) {
        const pool = createCallbackPool({ uri: await (table ??= makeTable()), connectionLimit });
        const next = counter();
        const operation = () =>
          new Promise<void>((resolve, reject) => {
            const id = next();
            pool.execute<RowDataPacket[]>(SELECT, [id], (error, rows) => {
              if (error !== null) return reject(error);
              verify(rows, id);
              resolve();
            });
          });
        const close = () =>
          new Promise<void>((resolve) => {
            pool.end(() => resolve());
          });
        return { callers, operation, close };
      },
    },
    {
      name: BUN_SQL,
      package: "bun",
      native: "bun@1.4.5",
      skip: ({ call, pool }) => (call === "query" && pool === 4 ? undefined : "measured with 4 connections"),
      async setup({ callers, pool }, context) {
        const argument = { url: await (table ??= makeTable()), callers, pool, rows: ROWS };
        return context.loadProcess(BUN_SCRIPT, argument, bunExecutable(context.nativePeer()));
      },
    },
  ],
  goals: [
    { against: "mysql2/promise", where: { call: "query" }, bound: ">=", goal: 1 },
    { against: "mysql2/promise", where: { call: "text" }, bound: ">=", goal: 1 },
    { against: "mysql2/promise", where: { call: "query", callers: 32, pool: 10 }, bound: ">=", goal: 1.6 },
    { against: "mysql2/promise", where: { call: "query", callers: 128, pool: 10 }, bound: ">=", goal: 2 },
    { against: "mysql2/promise", where: { call: "query", callers: 32 }, metric: "p99Us", bound: "<=", goal: 1 },
    { against: BUN_SQL, where: { call: "query", callers: 1, pool: 4 }, bound: ">=", goal: 0.85 },
    { against: BUN_SQL, where: { call: "query", callers: 8, pool: 4 }, bound: ">=", goal: 0.95 },
    { against: BUN_SQL, where: { call: "query", callers: 32, pool: 4 }, bound: ">=", goal: 0.95 },
    { against: BUN_SQL, where: { call: "query", callers: 128, pool: 4 }, bound: ">=", goal: 0.95 },
    { against: BUN_SQL, where: { call: "query", callers: 128, pool: 4 }, metric: "p99Us", bound: "<=", goal: 1.2 },
    {
      of: "@servertech/db-pool, metrics on",
      against: "@servertech/db-pool",
      where: { callers: 32, pool: 10, call: "query" },
      bound: ">=",
      goal: 0.97,
    },
    {
      of: "@servertech/db-pool, metrics on",
      against: "@servertech/db-pool",
      where: { call: "transaction" },
      bound: ">=",
      goal: 0.97,
    },
    {
      of: "@servertech/db-pool, one at a time",
      against: "mysql2/promise",
      where: { call: "query" },
      over: "median",
      bound: ">=",
      goal: 1.15,
    },
    {
      of: "@servertech/db-pool, one at a time",
      against: "mysql2/promise",
      where: { call: "query" },
      bound: ">=",
      goal: 1,
    },
    {
      of: "@servertech/db-pool, one at a time",
      against: "mysql2/promise",
      where: { call: "query" },
      metric: "p99Us",
      bound: "<=",
      goal: 1,
    },
    {
      of: "@servertech/db-pool, one at a time",
      against: "mysql2, callbacks",
      where: { call: "query" },
      bound: ">=",
      goal: 0.95,
    },
  ],
});
