/** Bun.SQL's side. */
import { serveLoad } from "@servertech/benchmarks";

/** What is used of Bun's own. */
interface BunSql {
  (text: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly { readonly id: number }[]>;
  close(): Promise<void>;
}

const { Bun } = globalThis as unknown as {
  readonly Bun: { readonly SQL: new (url: string, options: { readonly max: number }) => BunSql };
};

serveLoad((argument) => {
  const { url, callers, pool, rows } = argument as { url: string; callers: number; pool: number; rows: number };
  const sql = new Bun.SQL(url, { max: pool });
  let n = 0;
  const operation = async () => {
    const id = (n = (n + 7) % rows);
    const found = await sql`SELECT * FROM items WHERE id = ${id}`;
    if (found.length !== 1 || found[0]?.id !== id) throw new Error(`wrong row for ${id}`);
  };
  return { callers, operation, close: () => sql.close() };
});
