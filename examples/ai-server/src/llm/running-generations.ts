import { type Logger, abortable, backoffMs, onAbort, sleep, withDeadline } from "@servertech/core";
import type { Scheduler } from "@servertech/task-scheduler";
import type { RowIdentity } from "../store/generation-id.ts";
import { LEASE_MS, type SharedGenerations } from "../store/generations.ts";
import type { Ending, Messages } from "../store/messages.ts";
import { AiFault } from "./faults.ts";
import { Generation, type GenerationOptions } from "./generation.ts";
import type { ModelCall, OpenAiCompatible } from "./openai-compat.ts";

export interface RunningGenerationsParts {
  readonly provider: OpenAiCompatible;
  readonly shared: SharedGenerations;
  readonly messages: Messages;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly detachGraceMs: number;
}

/** Where an answer is kept. */
export interface StoredAnswer {
  readonly conversation: RowIdentity;
  readonly messageId: number;
  /** The answer that this one takes the place of. */
  readonly replaces: number | undefined;
  /** What the conversation's lock is held as. */
  readonly lockId: string;
}

export interface GenerationStart extends Pick<GenerationOptions, "started" | "userId" | "detachable"> {
  readonly call: Omit<ModelCall, "signal">;
  /** Undefined: a one-off that is kept nowhere. */
  readonly stored: StoredAnswer | undefined;
  /** Its abort stops a generation that is not detachable. */
  readonly signal: AbortSignal;
}

interface Entry {
  readonly generation: Generation;
  readonly stored: StoredAnswer | undefined;
  grace: NodeJS.Timeout | undefined;
  /** The conversation's lock is not held any more. */
  freed: boolean;
  settled: Promise<void>;
}

/** Renewals of a lease within its time. */
const RENEW_MS = LEASE_MS / 3;
/** Watchers get the end after so long although it is not saved yet. */
const SAVE_FIRST_MS = 2_000;
const SAVE_FOR_MS = 60_000;
/** Each holds up to 400 KB of words, and a connection to the provider. */
const MAX_RUNNING = 1_000;

/** The answers that this instance makes: it drives each, saves it, shows it to other instances, and ends it when nobody watches. */
export class RunningGenerations {
  readonly #parts: RunningGenerationsParts;
  readonly #running = new Map<string, Entry>();
  #draining = false;

  constructor(parts: RunningGenerationsParts) {
    this.#parts = parts;
    parts.scheduler.every(RENEW_MS, () => this.#keepLocks(), { mode: "fixed-delay" });
  }

  /** Begins an answer. It goes on by itself, to be watched. @throws AiFault `AI_UNAVAILABLE`. */
  start(start: GenerationStart): Generation {
    this.refuseWhenBusy();
    const { started, userId, detachable, stored, signal } = start;
    const onFirstText = stored?.replaces === undefined ? undefined : () => this.#removeReplaced(stored);
    const generation = new Generation({
      started,
      userId,
      detachable,
      onFirstText,
      onUnwatched: () => this.#unwatched(entry),
    });
    const entry: Entry = { generation, stored, grace: undefined, freed: false, settled: Promise.resolve() };
    this.#running.set(generation.id, entry);
    const unlink = detachable ? () => {} : onAbort(signal, () => generation.stop("stopped"));
    if (detachable) this.#unwatched(entry);
    entry.settled = this.#drive(entry, start.call)
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error, generationId: generation.id }, "an answer was lost"),
      )
      .finally(() => {
        unlink();
        clearTimeout(entry.grace);
        this.#running.delete(generation.id);
      });
    return generation;
  }

  /** @throws AiFault `AI_UNAVAILABLE` while draining, and while there are too many. */
  refuseWhenBusy(): void {
    if (this.#draining) throw new AiFault("AI_UNAVAILABLE", {}, "the ai-server is shutting down");
    if (this.#running.size >= MAX_RUNNING)
      throw new AiFault("AI_UNAVAILABLE", {}, `the ai-server makes ${MAX_RUNNING} answers already`);
  }

  find(id: string): Generation | undefined {
    return this.#running.get(id)?.generation;
  }

  /** Stops a generation, if it is of this instance. */
  stop(id: string): void {
    this.find(id)?.stop("stopped");
  }

  /** Takes no more, lets those that run finish, interrupts what still runs after `timeoutMs`, and waits until all are saved. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const all = (): Promise<unknown> => Promise.all([...this.#running.values()].map(({ settled }) => settled));
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), timeoutMs);
    try {
      await abortable(all(), time.signal);
    } catch {
      this.#parts.logger.warn({ running: this.#running.size }, "answers are interrupted by the shutdown");
      for (const { generation } of this.#running.values()) generation.stop("interrupted");
      await all();
    } finally {
      clearTimeout(timer);
    }
  }

  async #drive(entry: Entry, call: Omit<ModelCall, "signal">): Promise<void> {
    const { generation, stored } = entry;
    const { provider, logger } = this.#parts;
    const { id, userId } = generation;
    const mirrored = stored === undefined ? Promise.resolve() : this.#mirror(generation);
    const { ending, finishReason, fault } = await generation.run(
      provider.stream({ ...call, signal: generation.signal }),
    );
    if (fault !== undefined)
      logger.warn(
        { generationId: id, userId, code: fault.code, detail: fault.detail, err: fault.cause },
        "an answer failed",
      );
    // The conversation is free before anybody hears of the end: the next question may follow at once.
    const freed = stored === undefined ? Promise.resolve() : this.#saveAndFree(entry, stored, ending);
    // A database that is away must not keep the end from those who watch.
    await withDeadline(freed, SAVE_FIRST_MS, () => new Error("not saved yet")).catch((error: unknown) =>
      logger.warn({ err: error, generationId: id }, "an answer ends before it is saved"),
    );
    generation.finish(ending, finishReason, fault);
    await Promise.all([mirrored, freed]);
  }

  async #saveAndFree(entry: Entry, stored: StoredAnswer, ending: Ending): Promise<void> {
    const { shared, logger } = this.#parts;
    await this.#save(entry.generation, stored, ending);
    entry.freed = true;
    await shared
      .unlock(stored.conversation, stored.lockId)
      .catch((error: unknown) =>
        logger.info({ err: error, generationId: entry.generation.id }, "a conversation's lock is left to expire"),
      );
  }

  async #save({ id }: Generation, { messageId, replaces }: StoredAnswer, ending: Ending): Promise<void> {
    const { messages, scheduler, logger } = this.#parts;
    const giveUpAt = performance.now() + SAVE_FOR_MS;
    const retry = {
      retries: Infinity,
      baseMs: 200,
      maxMs: 5_000,
      jitter: 0.5,
      when: () => performance.now() < giveUpAt,
    };
    try {
      const first = await scheduler.run(() => messages.finish(messageId, ending, replaces), { retry });
      if (!first) logger.info({ generationId: id }, "an answer was ended elsewhere, or its conversation is gone");
    } catch (error) {
      logger.error({ err: error, generationId: id, messageId }, "an answer could not be saved");
    }
  }

  #removeReplaced({ replaces, messageId }: StoredAnswer): void {
    if (replaces === undefined) return;
    // It is tried again when the new answer is saved.
    this.#parts.messages
      .remove(replaces)
      .catch((error: unknown) =>
        this.#parts.logger.warn({ err: error, messageId }, "cannot remove a replaced answer yet"),
      );
  }

  /** Shows other instances what there is, and holds the lease, until the last chunk is there or Redis stays away. */
  async #mirror(generation: Generation): Promise<void> {
    const { shared, logger } = this.#parts;
    let next = 0;
    let failures = 0;
    let giveUpAt = Infinity;
    for (;;) {
      const last = generation.done;
      const chunks = generation.chunksFrom(next);
      if (last) giveUpAt = Math.min(giveUpAt, performance.now() + SAVE_FOR_MS);
      try {
        const appended = await shared.append(generation.id, next, chunks, { last });
        failures = 0;
        if (appended === "not-owner") return this.#disowned(generation);
        next = appended === "restart" ? 0 : next + chunks.length;
        if (appended === "ok" && last) return;
        if (appended === "ok" && generation.chunksFrom(next).length === 0) await generation.more(undefined, RENEW_MS);
      } catch (error) {
        if (failures === 0)
          logger.warn({ err: error, generationId: generation.id }, "other instances cannot see an answer for now");
        if (performance.now() > giveUpAt) {
          logger.error({ err: error, generationId: generation.id }, "other instances never saw the end of an answer");
          return;
        }
        await sleep(backoffMs(failures, { minMs: 100, maxMs: 2_000, jitter: 0.5 }));
        failures += 1;
      }
    }
  }

  /** This process was away for so long that another one has ended the answer. */
  #disowned(generation: Generation): void {
    if (generation.done) return;
    this.#parts.logger.warn(
      { generationId: generation.id },
      "an answer was taken for lost while this process was away",
    );
    generation.stop("interrupted");
  }

  async #keepLocks(): Promise<void> {
    const { shared, logger } = this.#parts;
    try {
      for (const { stored, freed } of this.#running.values())
        if (stored !== undefined && !freed) await shared.lock(stored.conversation, stored.lockId);
    } catch (error) {
      // Whoever shows the answers to other instances says in the log that Redis is away.
      logger.debug({ err: error }, "cannot renew locks");
    }
  }

  #unwatched(entry: Entry): void {
    const { generation } = entry;
    if (!generation.detachable) return generation.stop("stopped");
    clearTimeout(entry.grace);
    entry.grace = setTimeout(() => void this.#graceIsOver(entry), this.#parts.detachGraceMs).unref();
  }

  async #graceIsOver(entry: Entry): Promise<void> {
    const { generation } = entry;
    if (generation.watchers > 0 || generation.done) return;
    // While Redis is away nobody can say that no one watches elsewhere.
    const watched = entry.stored !== undefined && (await this.#parts.shared.isWatched(generation.id).catch(() => true));
    if (generation.watchers > 0 || generation.done) return;
    if (watched) return this.#unwatched(entry);
    this.#parts.logger.info({ generationId: generation.id }, "nobody watches an answer any more, it is stopped");
    generation.stop("stopped");
  }
}
