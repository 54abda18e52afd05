import { type ChatChunk, type ChatRequest, type Done, type Started, Status } from "@servertech/ai-server/contract";
import { type Logger, sleep, withDeadline } from "@servertech/core";
import { type AiClient, AiFailure, asFailure, isTokenExpired } from "./ai-client.ts";
import { deltaPayload, donePayload } from "./ai-events.ts";

/** A socket that shows a generation. */
export interface Viewer {
  send(type: "aiDelta" | "aiDone", payload: object): void;
}

type Chunks = AsyncIterable<ChatChunk>;
type Delta = Extract<ChatChunk["event"], { case: "delta" }>["value"];

const START_TIMEOUT_MS = 10_000;
/** How long an ai-server that went away is waited for: another one can go on with what Redis holds. */
const REATTACH_FOR_MS = 20_000;
const REATTACH_EVERY_MS = 500;
/** A finished generation is kept so long for those who come late. */
const KEEP_FINISHED_MS = 30_000;

/**
 * One answer of the AI while it is made, as this instance sees it: what has come so far, and who watches. There is one
 * stream to the ai-server however many sockets watch, and none when nobody does.
 */
class Generation {
  readonly started: Started;
  readonly userId: number;
  readonly #ai: AiClient;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #viewers = new Set<Viewer>();
  readonly #deltas: Delta[] = [];
  #done: Done | undefined;
  readonly #onIdle: () => void;

  constructor(userId: number, started: Started, ai: AiClient, logger: Logger, onIdle: () => void) {
    this.userId = userId;
    this.started = started;
    this.#ai = ai;
    this.#logger = logger;
    this.#onIdle = onIdle;
  }

  /** Shows the deltas after `afterSeq`, then what comes. */
  addViewer(viewer: Viewer, afterSeq: number): void {
    for (const delta of this.#deltas)
      if (delta.seq > afterSeq) viewer.send("aiDelta", deltaPayload(this.started, delta));
    if (this.#done === undefined) this.#viewers.add(viewer);
    else viewer.send("aiDone", donePayload(this.started, this.#done));
  }

  removeViewer(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0 || this.#done !== undefined) return;
    // Nobody watches: the ai-server goes on for a while without us and can be attached to again.
    this.#stop.abort(new Error("nobody watches"));
    this.#onIdle();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Reads the stream to its end, going on with another one when it breaks. */
  async follow(first: Chunks): Promise<void> {
    let chunks: Chunks | undefined = first;
    let giveUpAt = performance.now() + REATTACH_FOR_MS;
    while (this.#done === undefined && !this.#stop.signal.aborted) {
      try {
        chunks ??= await this.#ai.attach(this.userId, this.started.generationId, this.#lastSeq, this.#stop.signal);
        for await (const chunk of chunks) {
          this.#take(chunk);
          giveUpAt = performance.now() + REATTACH_FOR_MS;
        }
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#logger.info({ err: error, generationId: this.started.generationId }, "an AI stream broke");
        if (isTokenExpired(error)) this.#ai.forgetToken(this.userId);
        if (asFailure(error).code === "AI_NOT_FOUND") giveUpAt = 0;
      }
      chunks = undefined;
      if (this.#done !== undefined) return;
      if (performance.now() > giveUpAt) return this.#finish(interrupted(this.#lastSeq + 1));
      await sleep(REATTACH_EVERY_MS, { ref: false });
    }
  }

  get #lastSeq(): number {
    return this.#deltas.at(-1)?.seq ?? 0;
  }

  #take({ event }: ChatChunk): void {
    if (event?.case === "done") this.#finish(event.value);
    if (event?.case !== "delta" || event.value.seq <= this.#lastSeq) return;
    this.#deltas.push(event.value);
    const payload = deltaPayload(this.started, event.value);
    for (const viewer of this.#viewers) viewer.send("aiDelta", payload);
  }

  #finish(done: Done): void {
    this.#done = done;
    const payload = donePayload(this.started, done);
    for (const viewer of this.#viewers) viewer.send("aiDone", payload);
    this.#viewers.clear();
    setTimeout(this.#onIdle, KEEP_FINISHED_MS).unref();
  }
}

function interrupted(seq: number): Done {
  const message = "the ai-server went away";
  const error = { code: "AI_INTERRUPTED", message, retryAfterMs: 0, retryable: true };
  return { seq, status: Status.ERROR, finishReason: "", usage: undefined, error };
}

/** The generations that somebody on this instance watches. */
export class Generations {
  readonly #ai: AiClient;
  readonly #logger: Logger;
  readonly #running = new Map<string, Promise<Generation>>();

  constructor(ai: AiClient, logger: Logger) {
    this.#ai = ai;
    this.#logger = logger;
  }

  /**
   * Asks the AI. Nobody watches yet: that is `attach`.
   *
   * @throws AiFailure when nothing was started.
   */
  async start(userId: number, request: Omit<ChatRequest, "token">): Promise<Started> {
    const generation = await this.#open(userId, (signal) => this.#ai.chat(userId, request, signal));
    return generation.started;
  }

  /**
   * Watches a generation that began elsewhere or earlier.
   *
   * @throws AiFailure `AI_GONE` when there is no such generation of this user any more.
   */
  async attach(userId: number, generationId: string, afterSeq: number, viewer: Viewer): Promise<void> {
    let opening = this.#running.get(generationId);
    if (opening === undefined) {
      opening = this.#open(userId, (signal) => this.#ai.attach(userId, generationId, 0, signal));
      this.#running.set(generationId, opening);
      opening.catch(() => this.#running.delete(generationId));
    }
    const generation = await opening.catch((error: unknown) => {
      throw asFailure(error).code === "AI_NOT_FOUND" ? gone() : error;
    });
    if (generation.userId !== userId) throw gone();
    generation.addViewer(viewer, afterSeq);
  }

  /** The viewer is gone, or shows something else. */
  leave(viewer: Viewer): void {
    for (const opening of this.#running.values())
      void opening.then(
        (generation) => generation.removeViewer(viewer),
        () => {},
      );
  }

  async #open(userId: number, connect: (signal: AbortSignal) => Promise<Chunks>): Promise<Generation> {
    const stop = new AbortController();
    const chunks = await connect(stop.signal);
    const iterator = chunks[Symbol.asyncIterator]();
    const first = await withDeadline(iterator.next(), START_TIMEOUT_MS, () => {
      stop.abort(new Error("no answer"));
      return new AiFailure("AI_UNAVAILABLE", `the ai-server did not begin within ${START_TIMEOUT_MS} ms`);
    }).catch((error: unknown) => {
      throw asFailure(error);
    });
    const event = first.done === true ? undefined : first.value.event;
    if (event?.case !== "started") throw new AiFailure("AI_UNAVAILABLE", "the ai-server did not begin");
    const id = event.value.generationId;
    const generation = new Generation(userId, event.value, this.#ai, this.#logger, () => this.#running.delete(id));
    generation.signal.addEventListener("abort", () => stop.abort(generation.signal.reason), { once: true });
    this.#running.set(id, Promise.resolve(generation));
    void generation.follow({ [Symbol.asyncIterator]: () => iterator });
    return generation;
  }
}

const gone = (): AiFailure => new AiFailure("AI_GONE", "there is no such generation any more");
