import { readFile } from "node:fs/promises";
import { isServertechError } from "@servertech/core";
import { type DbPool, createDbPool } from "@servertech/db-pool";

/**
 * Makes the database and its tables where they are missing.
 *
 * @param url with the name of the database.
 * @throws when the server is away, or when the tables are missing and the user of the URL may not make them.
 */
export async function applySchema(url: string, schema: URL): Promise<void> {
  const statements = await readFile(schema, "utf8");
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = "/";
  await usingPool(server.href, async (db) => {
    const sql = "SELECT COUNT(*) AS n FROM information_schema.schemata WHERE schema_name = ?";
    const exists = (await db.value<number>(sql, [name])) > 0;
    if (!exists) await db.run(`CREATE DATABASE IF NOT EXISTS \`${name.replaceAll("`", "``")}\` CHARACTER SET utf8mb4`);
  });
  await usingPool(url, async (db) => {
    for (const statement of statements.replaceAll(/^--.*$/gm, "").split(";")) {
      if (statement.trim() === "") continue;
      try {
        await db.run(statement);
      } catch (error) {
        if (!(await isThere(db, error, statement))) throw error;
      }
    }
  });
}

const TABLE_ACCESS_DENIED = 1142;

/** A user that may not create tables needs no right to when they are there. */
async function isThere(db: DbPool, error: unknown, statement: string): Promise<boolean> {
  const table = /CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
  const denied = isServertechError(error) && (error as { errno?: unknown }).errno === TABLE_ACCESS_DENIED;
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
