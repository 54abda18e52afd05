/** Prints what numbers beyond 2^53 come as: from text and prepared statements, and as insertId. */
import { createDbPool } from "../../src/index.ts";

const db = createDbPool({ url: String(process.argv[2]) });
await db.run(
  "CREATE TABLE exact (id BIGINT AUTO_INCREMENT PRIMARY KEY, u BIGINT UNSIGNED) AUTO_INCREMENT = 9007199254740993",
);
const { insertId } = await db.run("INSERT INTO exact (u) VALUES (?)", [18_446_744_073_709_551_615n]);
const text = await db.one("SELECT id, -id AS negative, u, 9007199254740991 AS safe FROM exact");
const prepared = await db.one("SELECT id, -id AS negative, u, 9007199254740991 AS safe FROM exact WHERE id = ?", [
  insertId,
]);
await db.close();
const show = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);
process.stdout.write(JSON.stringify({ insertId, text, prepared }, show));
