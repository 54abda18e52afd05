/** What does the pool add to, or take from, mysql2's own: a primary-key select, and a transaction of two statements? */
import { compare, serviceUrls } from "@servertech/benchmarks";
import { createDbPool } from "@servertech/db-pool";
import { createPool as createCallbackPool } from "mysql2";
import { createPool, type RowDataPacket } from "mysql2/promise";

const DATABASE = "servertech_bench_query";
const ROWS = 1_000;
const MAX = 10;
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
  readonly call: "query" | "transaction";
  readonly callers: number;
}

/** The pool as it is by default, or with one statement at a time on each connection. */
async function ours({ call, callers }: Cell, pipelining: "auto" | false) {
  const db = createDbPool({ url: await (table ??= makeTable()), max: MAX, pipelining, leakDetectionMs: 0 });
  const next = counter();
  const query = async () => {
    const id = next();
    verify(await db.query<{ id: number }>(SELECT, [id]), id);
  };
  const transaction = async () => {
    const id = next();
    await db.transaction(async (tx) => {
      verify(await tx.query<{ id: number }>(SELECT, [id]), id);
      await tx.run(UPDATE, [id]);
    });
  };
  return { callers, operation: call === "query" ? query : transaction, close: () => db.close() };
}

export default compare<Cell>({
  question: "What does the pool add to, or take from, mysql2's own?",
  unit: "calls/s",
  params: [
    { call: "query", callers: 1 },
    { call: "query", callers: 8 },
    { call: "query", callers: 32 },
    { call: "query", callers: 128 },
    { call: "transaction", callers: 8 },
  ],
  contenders: [
    { name: "@servertech/db-pool", setup: (cell) => ours(cell, "auto") },
    { name: "@servertech/db-pool, one at a time", setup: (cell) => ours(cell, false) },
    {
      name: "mysql2/promise",
      async setup({ call, callers }) {
        const pool = createPool({ uri: await (table ??= makeTable()), connectionLimit: MAX });
        const next = counter();
        const query = async () => {
          const id = next();
          verify((await pool.execute<RowDataPacket[]>(SELECT, [id]))[0], id);
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
        return { callers, operation: call === "query" ? query : transaction, close: () => pool.end() };
      },
    },
    {
      name: "mysql2, callbacks",
      package: "mysql2",
      skip: ({ call }) => (call === "query" ? undefined : "the same driver as mysql2/promise"),
      async setup({ callers }) {
        const pool = createCallbackPool({ uri: await (table ??= makeTable()), connectionLimit: MAX });
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
  ],
  goals: [
    { against: "mysql2/promise", where: { call: "query" }, bound: ">=", goal: 1 },
    { against: "mysql2/promise", where: { call: "query", callers: 32 }, bound: ">=", goal: 1.6 },
    { against: "mysql2/promise", where: { call: "query", callers: 128 }, bound: ">=", goal: 2 },
    { against: "mysql2/promise", where: { call: "query", callers: 32 }, metric: "p99Us", bound: "<=", goal: 1 },
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
      against: "mysql2, callbacks",
      where: { call: "query" },
      bound: ">=",
      goal: 0.95,
    },
  ],
});
