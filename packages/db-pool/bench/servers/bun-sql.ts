/** Bun.SQL's side: a process that makes calls for as long as `POST /<durationMs>` asks, and answers with what it measured. */
import { LatencyHistogram, type Measured, serve } from "@servertech/benchmarks";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What is used of Bun's own. */
interface BunSql {
  (text: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly { readonly id: number }[]>;
  close(): Promise<void>;
}

const { Bun } = globalThis as unknown as {
  readonly Bun: { readonly SQL: new (url: string, options: { readonly max: number }) => BunSql };
};

serve(async (argument) => {
  const { url, callers, pool, rows } = argument as { url: string; callers: number; pool: number; rows: number };
  const sql = new Bun.SQL(url, { max: pool });
  let n = 0;
  const operation = async () => {
    const id = (n = (n + 7) % rows);
    const found = await sql`SELECT * FROM items WHERE id = ${id}`;
    if (found.length !== 1 || found[0]?.id !== id) throw new Error(`wrong row for ${id}`);
  };
  const control = createServer((request, response) => {
    calls(Number(request.url?.slice(1)), callers, operation).then(
      (measured) => response.end(JSON.stringify(measured)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(control, "listening");
  const { port } = control.address() as AddressInfo;
  return {
    address: { port },
    close: async () => {
      await sql.close();
      control.closeAllConnections();
      control.close();
    },
  };
});

async function calls(durationMs: number, callers: number, operation: () => Promise<void>): Promise<Measured> {
  const latencies = new LatencyHistogram();
  const begin = performance.now();
  const end = begin + durationMs;
  const loop = async () => {
    let before = performance.now();
    do {
      await operation();
      const now = performance.now();
      latencies.record((now - before) * 1e3);
      before = now;
    } while (before < end);
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return {
    operations: latencies.total,
    elapsedMs: performance.now() - begin,
    metrics: { p50Us: latencies.quantile(0.5), p99Us: latencies.quantile(0.99) },
  };
}
