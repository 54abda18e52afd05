import { createDbPool } from "@servertech/db-pool";
import { applySchema } from "../../src/database.ts";

/** A database of the test file's own, empty at first; with our tables if that is asked for. */
export async function freshDatabase(url: string, name: string, { tables = false } = {}): Promise<string> {
  const db = createDbPool({ url, max: 1 });
  try {
    await db.run(`DROP DATABASE IF EXISTS ${name}`);
  } finally {
    await db.close();
  }
  const whole = new URL(url);
  whole.pathname = `/${name}`;
  if (tables) await applySchema(whole.href, new URL("../../sql/schema.sql", import.meta.url));
  return whole.href;
}
