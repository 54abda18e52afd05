/**
 * What does waiting for a lent connection cost beside mysql2's own pool? Connections of the same driver to the same server, no
 * statement: the pool alone.
 */
import { compare, serviceUrls } from "@servertech/benchmarks";
import { createResourcePool } from "@servertech/resource-pool";
import { type Connection, type PoolConnection, createConnection, createPool } from "mysql2";

const MAX = 10;

/** Held for one turn of the microtask queue, so that the others meet an empty pool. */
async function held(): Promise<void> {}

function open(uri: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = createConnection({ uri });
    connection.connect((error) => (error === null ? resolve(connection) : reject(error)));
  });
}

function end(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.end(() => resolve());
  });
}

export default compare({
  question: "What does waiting for a lent connection cost beside mysql2's own pool?",
  unit: "ns/borrow",
  params: [{ callers: 64 }, { callers: 32 }, { callers: 8 }, { callers: 1 }],
  contenders: [
    {
      name: "@servertech/resource-pool",
      setup({ callers }) {
        const create = () => open(serviceUrls().mysql);
        const pool = createResourcePool<Connection>({ create, destroy: end, max: MAX, leakDetectionMs: 0 });
        return {
          callers,
          latency: false,
          operation: async () => {
            const lease = await pool.acquire();
            await held();
            lease.release();
          },
          close: () => pool.close(),
        };
      },
    },
    {
      name: "mysql2",
      setup({ callers }) {
        const pool = createPool({ uri: serviceUrls().mysql, connectionLimit: MAX });
        const acquire = () =>
          new Promise<PoolConnection>((resolve, reject) => {
            pool.getConnection((error, connection) => (error === null ? resolve(connection) : reject(error)));
          });
        return {
          callers,
          latency: false,
          operation: async () => {
            const connection = await acquire();
            await held();
            connection.release();
          },
          close: () =>
            new Promise<void>((resolve) => {
              pool.end(() => resolve());
            }),
        };
      },
    },
  ],
  goals: [
    { against: "mysql2", where: { callers: 64 }, bound: "<=", goal: 1 },
    { against: "mysql2", where: { callers: 32 }, bound: "<=", goal: 1 },
  ],
});
