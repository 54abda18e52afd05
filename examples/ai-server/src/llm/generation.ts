import { deadlineIn, onAbort } from "@servertech/core";
import { type ChatChunk, type Delta, type Done, type Started, Status } from "../gen/ai_server.ts";
import type { Ending } from "../store/messages.ts";
import type { ModelEvent, ModelUsage } from "./answer-reader.ts";
import { AiFault } from "./faults.ts";
import { aiErrorFrom } from "./fault-message.ts";

/** Pieces that come within this time make one delta. */
const COALESCE_MS = 30;

export interface GenerationOptions {
  readonly started: Started;
  readonly userId: number;
  /** It goes on when nobody watches. */
  readonly detachable: boolean;
  /** Called with the first piece of text. */
  readonly onFirstText?: (() => void) | undefined;
  /** Called each time the last watcher has left, and when it runs without one from the beginning. */
  readonly onUnwatched: () => void;
}

/**
 * One answer while it is made: its chunks so far, to be read by any number of watchers from any place on, and its end.
 * Chunk 0 is Started, chunk n the delta with seq n, the last one Done.
 */
export class Generation {
  readonly userId: number;
  readonly started: Started;
  readonly detachable: boolean;
  readonly #options: GenerationOptions;
  readonly #chunks: ChatChunk[];
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  #watchers = 0;
  #done = false;
  #text = "";
  #reasoning = "";
  #pending: Delta = { seq: 0, text: "", reasoning: "" };
  #flushedAt = -Infinity;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(options: GenerationOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.started = options.started;
    this.detachable = options.detachable;
    this.#chunks = [{ event: { case: "started", value: options.started } }];
  }

  get id(): string {
    return this.started.generationId;
  }

  /** Aborts when it is to end before its end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get watchers(): number {
    return this.#watchers;
  }

  /** The last delta's seq. */
  get lastSeq(): number {
    return this.#chunks.length - (this.#done ? 2 : 1);
  }

  /** Whether Done is among the chunks. */
  get done(): boolean {
    return this.#done;
  }

  /** What has been said so far. */
  get soFar(): { text: string; reasoning: string } {
    return { text: this.#text + this.#pending.text, reasoning: this.#reasoning + this.#pending.reasoning };
  }

  /** Ends it early. `"stopped"`: somebody wanted that; `"interrupted"`: the server must. */
  stop(why: "stopped" | "interrupted"): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(why);
  }

  /** Takes what the model says, to the end, and tells how it ended. The last chunk is still to come: {@link finish}. */
  async run(
    events: AsyncIterable<ModelEvent>,
  ): Promise<{ ending: Ending; finishReason: string; fault: AiFault | undefined }> {
    let finishReason = "";
    let usage: ModelUsage | undefined;
    let fault: AiFault | undefined;
    let status: Ending["status"] = "complete";
    try {
      for await (const event of events) {
        if (event.type === "end") ({ finishReason, usage } = event);
        else this.#take(event);
      }
    } catch (error) {
      status = this.#stop.signal.aborted && this.#stop.signal.reason === "stopped" ? "stopped" : "error";
      if (status === "error") fault = this.#faultOf(error);
    }
    this.#flush();
    const { text, reasoning } = this.soFar;
    return { ending: { status, text, reasoning, error: fault?.code, usage }, finishReason, fault };
  }

  #faultOf(error: unknown): AiFault {
    if (this.#stop.signal.aborted) return new AiFault("AI_INTERRUPTED");
    return error instanceof AiFault ? error : new AiFault("AI_UPSTREAM_ERROR", { cause: error, detail: String(error) });
  }

  /** Adds the last chunk and lets the watchers go. */
  finish({ status, usage }: Ending, finishReason: string, fault: AiFault | undefined): void {
    const value: Done = {
      seq: this.lastSeq + 1,
      status: STATUS[status],
      finishReason,
      usage,
      error: fault === undefined ? undefined : aiErrorFrom(fault),
    };
    this.#done = true;
    this.#push({ event: { case: "done", value } });
  }

  #take({ type, text }: Exclude<ModelEvent, { type: "end" }>): void {
    if (type === "text" && this.soFar.text === "") this.#options.onFirstText?.();
    this.#pending[type] += text;
    const waitMs = this.#flushedAt + COALESCE_MS - performance.now();
    if (waitMs <= 0) this.#flush();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const { text, reasoning } = this.#pending;
    if (text === "" && reasoning === "") return;
    this.#text += text;
    this.#reasoning += reasoning;
    this.#pending = { seq: 0, text: "", reasoning: "" };
    this.#flushedAt = performance.now();
    this.#push({ event: { case: "delta", value: { seq: this.lastSeq + 1, text, reasoning } } });
  }

  #push(chunk: ChatChunk): void {
    this.#chunks.push(chunk);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** The chunks there are from number `from` on. */
  chunksFrom(from: number): readonly ChatChunk[] {
    return this.#chunks.slice(from);
  }

  /** Resolves with the next chunk, or when `signal` aborts or `timeoutMs` have passed. */
  async more(signal?: AbortSignal, timeoutMs?: number): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        late?.cancel();
        unlink();
        resolve();
      };
      this.#waiting.add(wake);
      const late = timeoutMs === undefined ? undefined : deadlineIn(timeoutMs, wake);
      const unlink = onAbort(signal, wake);
    });
  }

  /** Started, then everything after `afterSeq`, for one watcher. When the last one leaves early, `onUnwatched` is told. */
  async *watch(afterSeq: number, signal: AbortSignal): AsyncGenerator<ChatChunk, void, undefined> {
    this.#watchers += 1;
    try {
      yield { event: { case: "started", value: this.started } };
      // Whoever claims to have more than there is gets at least the end.
      let next = Math.min(afterSeq + 1, this.#done ? this.#chunks.length - 1 : this.#chunks.length);
      for (;;) {
        const chunks = this.chunksFrom(next);
        next += chunks.length;
        yield* chunks;
        if (signal.aborted || (this.#done && next === this.#chunks.length)) return;
        if (next === this.#chunks.length) await this.more(signal);
      }
    } finally {
      this.#watchers -= 1;
      if (this.#watchers === 0 && !this.#done) this.#options.onUnwatched();
    }
  }
}

const STATUS: Readonly<Record<Ending["status"], Status>> = {
  complete: Status.COMPLETE,
  stopped: Status.STOPPED,
  error: Status.ERROR,
};
