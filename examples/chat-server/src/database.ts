import { readFile } from "node:fs/promises";
import { isServertechError } from "@servertech/core";
import { type DbPool, createDbPool } from "@servertech/db-pool";

/**
 * Makes the database and its tables where they are missing.
 *
 * @param url with the name of the database.
 * @throws when the tables are missing and the user of the URL may not make them; `isOutage` tells that from a server that is away.
 */
export async function ensureSchema(url: string, schema: URL): Promise<void> {
  await applySchema(url, await readFile(schema, "utf8"));
}

async function applySchema(url: string, schema: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = "/";
  await usingPool(server.href, async (db) => {
    const sql = "SELECT COUNT(*) AS n FROM information_schema.schemata WHERE schema_name = ?";
    const exists = (await db.value<number>(sql, [name])) > 0;
    if (!exists) await db.run(`CREATE DATABASE IF NOT EXISTS \`${name.replaceAll("`", "``")}\` CHARACTER SET utf8mb4`);
  });
  await usingPool(url, async (db) => {
    for (const statement of schema.replaceAll(/^--.*$/gm, "").split(";")) {
      if (statement.trim() === "") continue;
      try {
        await db.run(statement);
      } catch (error) {
        if (!(await mayIgnore(db, error, statement))) throw error;
      }
    }
  });
}

/** A user that may not create tables needs no right to when they are there. */
async function mayIgnore(db: DbPool, error: unknown, statement: string): Promise<boolean> {
  const table = /CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
  const denied = isServertechError(error, "QUERY_FAILED") && (error as { errno?: number }).errno === 1142;
  if (!denied || table === undefined) return false;
  await db.query(`SELECT 1 FROM ${table} LIMIT 1`);
  return true;
}

async function usingPool(url: string, body: (db: DbPool) => Promise<void>): Promise<void> {
  const db = createDbPool({ url, max: 1 });
  try {
    await body(db);
  } finally {
    await db.close({ timeoutMs: 1_000 });
  }
}

/** Whether the server is away: trying again may help. */
export function isOutage(error: unknown): boolean {
  return isServertechError(error) && /^(POOL_ACQUIRE_TIMEOUT|POOL_CONNECT_|CONNECTION_LOST)/.test(error.code);
}
