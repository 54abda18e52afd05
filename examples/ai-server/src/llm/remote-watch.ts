import { abortable, sleep } from "@servertech/core";
import type { ChatChunk } from "../gen/ai_server.ts";
import { generationIdOf } from "../store/generation-id.ts";
import type { SharedGenerations } from "../store/generations.ts";
import type { MessageStatus } from "../store/messages.ts";
import { AiFault } from "./faults.ts";
import { type LostGenerations, type RunningRow, doneOf } from "./lost-generations.ts";

/** A publication can be lost, and a dead owner says nothing: one looks by oneself, too. */
const LOOK_MS = 2_000;
const KEEP_WATCH_MS = 5_000;

/**
 * Watches an answer that another instance makes, or has made: Started, what came after `afterSeq`, then live, then Done.
 *
 * @throws AiFault `AI_NOT_FOUND` when Redis does not have it any more.
 */
export async function* watchRemote(
  shared: SharedGenerations,
  lost: LostGenerations,
  row: RunningRow & { readonly status: MessageStatus },
  { afterSeq, signal }: { afterSeq: number; signal: AbortSignal },
): AsyncGenerator<ChatChunk, void, undefined> {
  const id = generationIdOf(row);
  const bell = new Bell();
  const subscription = await shared.onMore(id, () => bell.ring());
  try {
    let next = 0;
    let keptAt = -Infinity;
    while (!signal.aborted) {
      const { state, chunks } = await shared.read(id, next);
      yield* next === 0 ? chunks.filter((chunk, n) => n === 0 || n > afterSeq || chunk.event?.case === "done") : chunks;
      next += chunks.length;
      if (doneOf(chunks) !== undefined) return;
      if (state === "ended") throw new AiFault("AI_NOT_FOUND");
      const forgotten = state === "lost" && (row.status === "running" ? await lost.repair(row) : "forgotten");
      if (forgotten === "forgotten") throw new AiFault("AI_NOT_FOUND");
      if (performance.now() - keptAt > KEEP_WATCH_MS) {
        await shared.keepWatch(id);
        keptAt = performance.now();
      }
      await bell.wait(LOOK_MS, signal);
    }
  } finally {
    await subscription.close();
  }
}

/** Wakes who waits; rung before, the next wait is none. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const stop = new AbortController();
      const rung = new Promise<void>((resolve) => (this.#wake = resolve));
      try {
        await abortable(Promise.race([rung, sleep(ms, { signal: stop.signal }).catch(() => {})]), signal);
      } catch {
        // The watcher has gone, which the caller sees by itself.
      } finally {
        stop.abort();
      }
    }
    this.#rung = false;
  }
}
