import { readFile } from "node:fs/promises";
import { isServertechError } from "@servertech/core";
import { type DbPool, createDbPool } from "@servertech/db-pool";

/** Something is missing that the user of the URL may not make. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

const DENIED = new Set([
  // to a database
  1044,
  // to a table
  1142,
]);
const NO_SUCH_TABLE = 1146;

/**
 * Makes the database and its tables where they are missing.
 *
 * @param url with the name of the database.
 * @throws SchemaError naming what is missing; a PoolError when the server is away.
 */
export async function applySchema(url: string, schema: URL): Promise<void> {
  const statements = await readFile(schema, "utf8");
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = "/";
  await usingPool(server.href, async (db) => {
    const sql = "SELECT COUNT(*) AS n FROM information_schema.schemata WHERE schema_name = ?";
    if ((await db.value<number>(sql, [name])) > 0) return;
    const create = `CREATE DATABASE IF NOT EXISTS \`${name.replaceAll("`", "``")}\` CHARACTER SET utf8mb4`;
    await db.run(create).catch((error: unknown) => {
      throw isDenied(error) ? missing(`database ${name}`, error) : error;
    });
  });
  await usingPool(url, async (db) => {
    for (const statement of statements.replaceAll(/^--.*$/gm, "").split(";")) {
      const table = /CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
      if (table !== undefined) await db.run(statement).catch((error: unknown) => needTable(db, table, error));
    }
  });
}

/** A user that may not create tables needs no right to when they are there. */
async function needTable(db: DbPool, table: string, error: unknown): Promise<void> {
  if (!isDenied(error)) throw error;
  await db.query(`SELECT 1 FROM ${table} LIMIT 1`).catch((cause: unknown) => {
    throw errnoOf(cause) === NO_SUCH_TABLE ? missing(`table ${table}`, error) : cause;
  });
}

function missing(what: string, cause: unknown): SchemaError {
  return new SchemaError(
    `the ${what} is missing and the user of MYSQL_URL may not create it: apply sql/schema.sql with a user that may`,
    { cause },
  );
}

const isDenied = (error: unknown): boolean => DENIED.has(errnoOf(error));

function errnoOf(error: unknown): number {
  return isServertechError(error) ? ((error as { errno?: number }).errno ?? 0) : 0;
}

async function usingPool(url: string, body: (db: DbPool) => Promise<void>): Promise<void> {
  const db = createDbPool({ url, max: 1, acquireTimeoutMs: 2_000 });
  try {
    await body(db);
  } finally {
    await db.close({ timeoutMs: 1_000 });
  }
}
