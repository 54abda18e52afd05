/** Turns a subject of any form into measured rounds. */
import { BenchmarkError } from "./benchmark-error.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { Measured, Round, Subject } from "./subject.ts";

type Driver = (round: Round) => Promise<Measured>;

// A batch this long makes the reading of the clock (about 0.1 µs) vanish, and still ends a round nearly on time.
const BATCH_MS = 5;
// Loop counters stay small integers.
const MAX_BATCH = 2 ** 30;
const CALLS_PER_CLOCK = 16;

/** How `subject` is measured. @throws {@link BenchmarkError} when it has no form, several, or a wrong number of callers. */
export function driverOf(subject: Subject): Driver {
  const forms = ["operation", "batch", "round"].filter((form) => form in subject);
  if (forms.length !== 1) {
    throw new BenchmarkError(
      `a subject has one of operation, batch and round; this one has ${forms.join(", ") || "none"}`,
    );
  }
  if ("round" in subject) return async (round) => subject.round(round);
  if ("batch" in subject) return batchDriver(subject.batch);
  const { operation, callers = 1, latency = true } = subject;
  if (!Number.isInteger(callers) || callers < 1) {
    throw new BenchmarkError(`callers: must be an integer of at least 1, got ${callers}`);
  }
  return latency ? (round) => timedLoops(round, callers, operation) : (round) => plainLoops(round, callers, operation);
}

async function timedLoops({ durationMs }: Round, callers: number, operation: (caller: number) => unknown) {
  const latencies = new LatencyHistogram();
  const begin = performance.now();
  const end = begin + durationMs;
  const loop = async (caller: number) => {
    let before = performance.now();
    do {
      await operation(caller);
      const now = performance.now();
      latencies.record((now - before) * 1e3);
      before = now;
    } while (before < end);
  };
  await allLoops(callers, loop);
  return { operations: latencies.total, elapsedMs: performance.now() - begin, latencies };
}

async function plainLoops({ durationMs }: Round, callers: number, operation: (caller: number) => unknown) {
  let operations = 0;
  const begin = performance.now();
  const end = begin + durationMs;
  const loop = async (caller: number) => {
    do {
      for (let call = 0; call < CALLS_PER_CLOCK; call += 1) await operation(caller);
      operations += CALLS_PER_CLOCK;
    } while (performance.now() < end);
  };
  await allLoops(callers, loop);
  return { operations, elapsedMs: performance.now() - begin };
}

async function allLoops(callers: number, loop: (caller: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
}

function batchDriver(batch: (count: number) => unknown): Driver {
  let count = 1;
  return async ({ durationMs }) => {
    let operations = 0;
    let elapsedMs = 0;
    while (elapsedMs < durationMs) {
      const before = performance.now();
      await batch(count);
      const tookMs = performance.now() - before;
      operations += count;
      elapsedMs += tookMs;
      if (tookMs < BATCH_MS) count = Math.min(count * 2, MAX_BATCH);
    }
    return { operations, elapsedMs };
  };
}
