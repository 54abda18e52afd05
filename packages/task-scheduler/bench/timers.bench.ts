/** What do 100,000 pending timers cost: to set one, to keep it, to fire it? Our heap behind one timer of Node.js, and as many of `setTimeout`. */
import { type Measured, type Round, compare } from "@servertech/benchmarks";
import { systemClock } from "../src/timers/clock.ts";
import { Timers } from "../src/timers/timers.ts";

const COUNT = 100_000;
const SMOKE_COUNT = 500;
const FIRST_MS = 500;
const SPREAD_MS = 1_000;
const WARM_UP_MS = 2_000;
/** A prime, so that delays come in no order. */
const STRIDE = 7_919;

/** Memory in use once the garbage is gone, buffers included. */
function bytesInUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

type SetTimer = (ms: number, callback: () => void) => void;

/** Each round has an empty start from `fresh`; all timers share one callback, whose memory belongs to none. */
function timers(fresh: () => SetTimer) {
  return {
    async round({ smoke }: Round): Promise<Measured> {
      const count = smoke ? SMOKE_COUNT : COUNT;
      const delays = Float64Array.from({ length: count }, (_, i) => FIRST_MS + ((i * STRIDE) % SPREAD_MS));
      const inOrder = delays.toSorted();
      let fired = 0;
      let early = 0;
      let allFired!: () => void;
      const done = new Promise<void>((resolve) => (allFired = resolve));
      const set = fresh();
      const bytesBefore = bytesInUse();
      const begin = performance.now();
      // The timers fire in order: the one that fires as number n is early if the n-th of all cannot be due yet.
      const callback = () => {
        if (performance.now() < begin + (inOrder[fired] as number)) early += 1;
        fired += 1;
        if (fired === count) allFired();
      };
      for (const ms of delays) set(ms, callback);
      const insertNs = ((performance.now() - begin) * 1e6) / count;
      const bytesEach = (bytesInUse() - bytesBefore) / count;
      const cpuBefore = cpuUs();
      // The heap's timer does not keep the process alive.
      const alive = setInterval(() => {}, FIRST_MS + SPREAD_MS);
      await done;
      clearInterval(alive);
      const fireCpuNs = ((cpuUs() - cpuBefore) * 1_000) / count;
      return { operations: count, value: insertNs, metrics: { insertNs, bytesEach, fireCpuNs, early } };
    },
  };
}

export default compare({
  question: "What do 100,000 pending timers cost: to set one, to keep it, to fire it?",
  unit: "ns/timer",
  isolate: true,
  warmUpMs: WARM_UP_MS,
  contenders: [
    {
      name: "@servertech/task-scheduler",
      setup: async () =>
        timers(() => {
          const heap = new Timers(systemClock);
          return (ms, callback) => void heap.after(ms, callback);
        }),
    },
    { name: "setTimeout", setup: async () => timers(() => (ms, callback) => void setTimeout(callback, ms)) },
  ],
  goals: [
    { against: "setTimeout", metric: "insertNs", bound: "<=", goal: 0.4 },
    { against: "setTimeout", metric: "bytesEach", bound: "<=", goal: 0.25 },
    { against: "setTimeout", metric: "fireCpuNs", bound: "<=", goal: 0.7 },
  ],
  limits: [{ metric: "early", bound: "<=", goal: 0 }],
});
