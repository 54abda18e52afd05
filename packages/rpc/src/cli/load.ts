/** Makes calls, several at a time, and measures them. */
import { setImmediate } from "node:timers/promises";
import { sleep } from "@servertech/core";
import { isRpcError } from "../rpc-error.ts";
import { statusName } from "../status.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

export interface LoadOptions {
  /** Calls in flight at a time. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** Before the measurement. */
  readonly warmUpMs: number;
  /** Calls begun a second; 0 = as fast as they are answered. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** Once a second: calls answered and failed in the last one. */
  readonly tick: (perSecond: number, failed: number) => void;
}

export interface LoadResult {
  readonly elapsedMs: number;
  readonly ok: number;
  /** By the name of the status. */
  readonly errors: ReadonlyMap<string, number>;
  /** Of calls that went well. */
  readonly latency: LatencyHistogram;
  /** Of this process. */
  readonly cpuMs: { readonly user: number; readonly system: number };
}

const TICK_MS = 1_000;

/**
 * Runs `call` again and again. Resolves when the time is over or the signal aborts; calls that are in flight then are left
 * to their channel, and count nowhere.
 *
 * With a rate, a call that begins late is measured from when it was due: a slow server cannot slow the measurement down.
 */
export async function makeLoad(call: () => Promise<unknown>, options: LoadOptions): Promise<LoadResult> {
  const { warmUpMs, durationMs, concurrency, signal } = options;
  const load = new Load(call, options);
  for (let i = 0; i < concurrency; i++) void load.work();
  await pause(warmUpMs, signal);
  load.measure();
  const cpuAtStart = process.cpuUsage();
  const startedAt = performance.now();
  const ticker = setInterval(() => load.tick(), TICK_MS);
  await pause(durationMs, signal);
  clearInterval(ticker);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuAtStart);
  load.stop();
  const { latency, errors } = load;
  return { elapsedMs, ok: latency.count, errors, latency, cpuMs: { user: user / 1_000, system: system / 1_000 } };
}

/** Ends early, and well, when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, { signal });
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

class Load {
  latency = new LatencyHistogram();
  errors = new Map<string, number>();
  readonly #call: () => Promise<unknown>;
  readonly #options: LoadOptions;
  readonly #startedAt = performance.now();
  #begun = 0;
  #ended = 0;
  #failed = 0;
  #told = { ended: 0, failed: 0 };
  #stopped = false;

  constructor(call: () => Promise<unknown>, options: LoadOptions) {
    this.#call = call;
    this.#options = options;
  }

  /** What was counted so far was the warm-up. */
  measure(): void {
    this.latency = new LatencyHistogram();
    this.errors = new Map();
    this.#told = { ended: this.#ended, failed: this.#failed };
  }

  tick(): void {
    const { ended, failed } = this.#told;
    this.#told = { ended: this.#ended, failed: this.#failed };
    this.#options.tick(this.#ended - ended, this.#failed - failed);
  }

  stop(): void {
    this.#stopped = true;
  }

  async work(): Promise<void> {
    while (!this.#stopped) {
      const startedAt = await this.#due();
      if (this.#stopped) return;
      try {
        await this.#call();
        if (this.#stopped) return;
        this.latency.record(performance.now() - startedAt);
      } catch (error) {
        if (this.#stopped) return;
        const name = isRpcError(error) ? statusName(error.status) : "UNKNOWN";
        this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
        this.#failed += 1;
        // A call that fails without a wait must not keep all else from running.
        await setImmediate();
      }
      this.#ended += 1;
    }
  }

  /** Waits until the next call is due. @returns since when its latency counts. */
  async #due(): Promise<number> {
    const { rate } = this.#options;
    const now = performance.now();
    if (rate === 0) return now;
    const dueAt = this.#startedAt + (this.#begun++ * 1_000) / rate;
    const waitMs = Math.floor(dueAt - now);
    if (waitMs < 1) return Math.min(now, dueAt);
    await sleep(waitMs, { ref: false });
    return Math.min(performance.now(), dueAt);
  }
}
