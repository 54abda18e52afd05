/**
 * What do 100,000 pending timers cost: to set one, to keep it, to fire or to cancel it? Our heap behind one timer of
 * Node.js, and as many of `setTimeout`: due within a second, many in the same millisecond, and within an hour.
 */
import { type Measured, type Round, compare } from "@servertech/benchmarks";
import { systemClock } from "../src/timers/clock.ts";
import { type Timer, Timers } from "../src/timers/timers.ts";

const COUNT = 100_000;
const SMOKE_COUNT = 500;
const FIRST_MS = 500;
/** Timers of a longer spread are not waited for but cancelled. */
const FIRED_MS = 1_000;
const WARM_UP_MS = 2_000;
/** A prime, so that delays come in no order. */
const STRIDE = 7_919;

/** Memory in use once the garbage is gone, buffers included. */
function bytesInUse(): number {
  // The second waits for what the first one frees in the background.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface TimerSet {
  set(ms: number, callback: () => void): unknown;
  clear(timer: unknown): void;
}

interface Params {
  spreadMs: number;
}

/** Each round has an empty start from `fresh`; all timers share one callback, whose memory belongs to none. */
function timers(fresh: () => TimerSet, { spreadMs }: Params) {
  return {
    async round({ smoke }: Round): Promise<Measured> {
      const count = smoke ? SMOKE_COUNT : COUNT;
      const delays = Float64Array.from({ length: count }, (_, i) => FIRST_MS + ((i * STRIDE) % spreadMs));
      const inOrder = delays.toSorted();
      let fired = 0;
      let early = 0;
      let allFired!: () => void;
      const done = new Promise<void>((resolve) => (allFired = resolve));
      const all = fresh();
      const handles: unknown[] = Array.from({ length: count });
      const bytesBefore = bytesInUse();
      const begin = performance.now();
      // The timers fire in order: the one that fires as number n is early if the n-th of all cannot be due yet.
      const callback = () => {
        if (performance.now() < begin + (inOrder[fired] as number)) early += 1;
        fired += 1;
        if (fired === count) allFired();
      };
      for (let i = 0; i < count; i += 1) handles[i] = all.set(delays[i] as number, callback);
      const insertNs = ((performance.now() - begin) * 1e6) / count;
      const bytesEach = (bytesInUse() - bytesBefore) / count;
      if (spreadMs > FIRED_MS) {
        const start = performance.now();
        for (const handle of handles) all.clear(handle);
        const cancelNs = ((performance.now() - start) * 1e6) / count;
        return { operations: count, value: insertNs, metrics: { insertNs, bytesEach, cancelNs } };
      }
      const cpuBefore = cpuUs();
      // The heap's timer does not keep the process alive.
      const alive = setInterval(() => {}, FIRST_MS + spreadMs);
      await done;
      clearInterval(alive);
      const fireCpuNs = ((cpuUs() - cpuBefore) * 1_000) / count;
      return { operations: count, value: insertNs, metrics: { insertNs, bytesEach, fireCpuNs, early } };
    },
  };
}

export default compare({
  question: "What do 100,000 pending timers cost: to set one, to keep it, to fire or to cancel it?",
  unit: "ns/timer",
  params: [{ spreadMs: FIRED_MS }, { spreadMs: 3_600_000 }],
  isolate: true,
  warmUpMs: WARM_UP_MS,
  contenders: [
    {
      name: "@servertech/task-scheduler",
      setup: async (params) =>
        timers(() => {
          const heap = new Timers(systemClock);
          return {
            set: (ms, callback) => heap.after(ms, callback),
            clear: (timer) => void heap.cancel(timer as Timer),
          };
        }, params),
    },
    {
      name: "setTimeout",
      setup: async (params) =>
        timers(
          () => ({
            set: (ms, callback) => setTimeout(callback, ms),
            clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
          }),
          params,
        ),
    },
  ],
  goals: [
    { against: "setTimeout", where: { spreadMs: 3_600_000 }, metric: "insertNs", bound: "<=", goal: 0.4 },
    { against: "setTimeout", where: { spreadMs: 3_600_000 }, metric: "bytesEach", bound: "<=", goal: 0.25 },
    { against: "setTimeout", where: { spreadMs: FIRED_MS }, metric: "fireCpuNs", bound: "<=", goal: 0.7 },
  ],
  limits: [{ where: { spreadMs: FIRED_MS }, metric: "early", bound: "<=", goal: 0 }],
});
