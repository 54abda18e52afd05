/** What do the calls that put many rows into one statement bring: insertMany against single inserts, loader against selects? */
import { compare, serviceUrls } from "@servertech/benchmarks";
import { type DbPool, createDbPool } from "@servertech/db-pool";

const DATABASE = "servertech_bench_batching";
const ROWS = 1_000;
const CALLERS = 32;

interface Cell {
  readonly [name: string]: string;
  readonly call: "insert" | "select";
}

async function tables(): Promise<DbPool> {
  const db = createDbPool({ url: serviceUrls().mysql, leakDetectionMs: 0 });
  await db.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await db.run(
    `CREATE OR REPLACE TABLE ${DATABASE}.inserted (id INT AUTO_INCREMENT PRIMARY KEY, n INT, text VARCHAR(40))`,
  );
  await db.run(`CREATE OR REPLACE TABLE ${DATABASE}.items (id INT PRIMARY KEY, text VARCHAR(40))`);
  const rows = Array.from({ length: ROWS }, (_, id) => [id, `text of ${id}`]);
  await db.insertMany(`${DATABASE}.items`, ["id", "text"], rows);
  return db;
}

function counter(): () => number {
  let n = 0;
  return () => (n = (n + 7) % ROWS);
}

function verify(row: { readonly id: number } | undefined, id: number): void {
  if (row?.id !== id) throw new Error(`wrong row for ${id}`);
}

const SELECT = `SELECT * FROM ${DATABASE}.items WHERE id = ?`;
const INSERT = `INSERT INTO ${DATABASE}.inserted (n, text) VALUES (?, ?)`;

export default compare<Cell>({
  question: "What do insertMany and loader bring over single statements?",
  unit: "rows/s",
  params: [{ call: "insert" }, { call: "select" }],
  contenders: [
    {
      name: "insertMany, loader",
      async setup({ call }) {
        const db = await tables();
        const next = counter();
        const items = db.loader<{ id: number }, number>(`${DATABASE}.items`, "id");
        const select = async () => {
          const id = next();
          verify(await items.load(id), id);
          return 1;
        };
        const insert = async () => {
          const rows = Array.from({ length: ROWS }, (_, n) => [n, `text of ${n}`]);
          const { affectedRows } = await db.insertMany(`${DATABASE}.inserted`, ["n", "text"], rows);
          if (affectedRows !== ROWS) throw new Error(`inserted ${affectedRows} rows`);
          return ROWS;
        };
        return { round: rounds(call === "insert" ? insert : select), close: () => db.close() };
      },
    },
    {
      name: "single statements",
      async setup({ call }) {
        const db = await tables();
        const next = counter();
        const select = async () => {
          const id = next();
          verify(await db.one<{ id: number }>(SELECT, [id]), id);
          return 1;
        };
        const insert = async () => {
          const n = next();
          const { affectedRows } = await db.run(INSERT, [n, `text of ${n}`]);
          if (affectedRows !== 1) throw new Error(`inserted ${affectedRows} rows`);
          return 1;
        };
        return { round: rounds(call === "insert" ? insert : select), close: () => db.close() };
      },
    },
  ],
  goals: [
    { against: "single statements", where: { call: "insert" }, bound: ">=", goal: 10 },
    { against: "single statements", where: { call: "select" }, bound: ">=", goal: 4 },
  ],
});

/** Callers that go on for the time of a round; counts rows. */
function rounds(call: () => Promise<number>) {
  return async ({ durationMs }: { readonly durationMs: number }) => {
    const started = performance.now();
    let rows = 0;
    const caller = async () => {
      while (performance.now() - started < durationMs) rows += await call();
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const elapsedMs = performance.now() - started;
    return { operations: rows, elapsedMs, value: (rows * 1_000) / elapsedMs };
  };
}
