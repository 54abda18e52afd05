/** What does a caller pay for the lease and the deadline on top of the bare pool? One borrow and return, no waiting. */
import { compare } from "@servertech/benchmarks";
import { createResourcePool } from "@servertech/resource-pool";
import { createPool } from "generic-pool";

const factory = { create: async () => ({}), destroy: async () => {} };
const MAX = 10;

export default compare({
  question: "What does a caller pay for the lease and the deadline on top of the bare pool?",
  unit: "ns/borrow",
  params: [{ callers: 1 }, { callers: 64 }],
  contenders: [
    {
      name: "@servertech/resource-pool",
      setup({ callers }) {
        // As in production: the peer does not look for leaks either.
        const pool = createResourcePool({ ...factory, max: MAX, leakDetectionMs: 0 });
        return {
          callers,
          latency: false,
          operation: async () => (await pool.acquire()).release(),
          close: () => pool.close(),
        };
      },
    },
    {
      name: "generic-pool",
      setup({ callers }) {
        const pool = createPool(factory, { max: MAX, acquireTimeoutMillis: 5_000 });
        return {
          callers,
          latency: false,
          operation: async () => pool.release(await pool.acquire()),
          close: async () => {
            await pool.drain();
            await pool.clear();
          },
        };
      },
    },
  ],
  goals: [
    { against: "generic-pool", where: { callers: 1 }, bound: "<=", goal: 0.2 },
    { against: "generic-pool", where: { callers: 64 }, bound: "<=", goal: 0.35 },
  ],
});
