import { type Logger, abortable, sleep } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";
import { Bell } from "./bell.ts";
import { KeptList } from "./kept-list.ts";

/** What one look-up found. */
export interface Found {
  readonly endpoints: readonly Endpoint[];
  /** How long the answer holds, in milliseconds. Undefined: it does not say. */
  readonly ttlMs: number | undefined;
}

/** Asks once; rejects when there is no usable answer. What it holds is freed when the signal aborts. */
export type LookUp = (signal: AbortSignal) => Promise<Found>;

/** Between the end of a look-up and the next, whoever asks. */
const MIN_GAP_MS = 1_000;
/** A longer time to live is asked again all the same; it also keeps within what a timer can count. */
const MAX_TTL_MS = 24 * 3_600_000;
/** 30 s ± 20 %: many clients shall not ask in step. */
const DEFAULT_MIN_MS = 24_000;
const DEFAULT_SPREAD_MS = 12_000;

/**
 * Follows what can only be asked for: again when the answer's time to live has passed, else after 30 s ± 20 %, and when
 * `refresh` is called; never twice within a second.
 *
 * Yields a list that differs from the last. Once there was one, a look-up that fails changes nothing; it is logged when
 * that begins and when it is over. Before that it ends the watch with its error, so that callers learn the cause.
 */
export class PolledResolver implements Resolver {
  readonly #target: string;
  readonly #lookUp: LookUp;
  readonly #logger: Logger;
  readonly #bells = new Set<Bell>();
  #lastEndedAt = -Infinity;

  constructor(target: string, lookUp: LookUp, logger: Logger) {
    this.#target = target;
    this.#lookUp = lookUp;
    this.#logger = logger;
  }

  refresh(): void {
    for (const bell of this.#bells) bell.ring();
  }

  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly Endpoint[]> {
    const bell = new Bell();
    this.#bells.add(bell);
    const list = new KeptList(this.#logger, {
      fields: { target: this.#target },
      failing: "an RPC target cannot be looked up; its last answer stays",
      good: "an RPC target can be looked up again",
    });
    try {
      for (;;) {
        await this.#gap(signal);
        if (signal.aborted) return;
        // The look-up that begins now is what they asked for.
        bell.hush();
        const result = await this.#ask(signal);
        if (signal.aborted) return;
        const changed = list.next(result instanceof Error ? result : result.endpoints);
        if (changed !== undefined) yield changed;
        await bell.wait(result instanceof Error ? pauseMs(undefined) : pauseMs(result.ttlMs), signal);
      }
    } finally {
      this.#bells.delete(bell);
    }
  }

  async #gap(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Timers count whole milliseconds, and may fire a little early by this clock.
      const ms = Math.ceil(this.#lastEndedAt + MIN_GAP_MS - performance.now());
      if (ms <= 0) return;
      await sleep(ms, { signal, ref: false }).catch(() => {}); // the caller looks at the signal
    }
  }

  async #ask(signal: AbortSignal): Promise<Found | Error> {
    try {
      return await abortable(this.#lookUp(signal), signal);
    } catch (error) {
      return error instanceof Error ? error : new Error("the look-up failed", { cause: error });
    } finally {
      this.#lastEndedAt = performance.now();
    }
  }
}

/** A time to live where something else is to be asked for after the default at the latest. */
export function atMostDefault(ttlMs: number): number | undefined {
  return ttlMs < DEFAULT_MIN_MS ? ttlMs : undefined;
}

function pauseMs(ttlMs: number | undefined): number {
  return ttlMs === undefined
    ? DEFAULT_MIN_MS + Math.random() * DEFAULT_SPREAD_MS
    : Math.min(Math.max(ttlMs, MIN_GAP_MS), MAX_TTL_MS);
}
