import type { Logger } from "@servertech/core";
import { type ChatChunk, type Done, Status } from "../gen/ai_server.ts";
import { type RowIdentity, generationIdOf } from "../store/generation-id.ts";
import { LEASE_MS, type SharedGenerations } from "../store/generations.ts";
import type { Ending, MessageRow, Messages } from "../store/messages.ts";
import { aiErrorFrom } from "./fault-message.ts";
import { AiFault } from "./faults.ts";

/** A row that says its answer is still being made. */
export interface RunningRow extends RowIdentity {
  readonly conversation_id: number;
}

/**
 * Ends answers whose owner died: what had come is kept, the row says `AI_INTERRUPTED`, and whoever watches is told. Any
 * instance may do it, as soon as it meets one; only one does.
 */
export class LostGenerations {
  readonly #shared: SharedGenerations;
  readonly #messages: Messages;
  readonly #logger: Logger;

  constructor(shared: SharedGenerations, messages: Messages, logger: Logger) {
    this.#shared = shared;
    this.#messages = messages;
    this.#logger = logger;
  }

  /**
   * @returns `alive`: the answer is not lost, its owner lives or somebody else is ending it. `told`: it has its last chunk.
   * `forgotten`: its row is ended, but Redis has nothing of it.
   */
  async repair(row: RunningRow): Promise<"alive" | "told" | "forgotten"> {
    const id = generationIdOf(row);
    const { state, chunks } = await this.#shared.read(id, 0);
    if (state === "running") return "alive";
    // Its owner may be about to take the lease for the first time.
    if (state === "lost" && Date.now() - row.created_at < LEASE_MS) return "alive";
    if (state === "lost" && !(await this.#shared.claim(id))) return "alive";
    const done = doneOf(chunks);
    const ending = endingOf(chunks, done);
    const replaces = await this.#messages.replacedBy(row.conversation_id, row.id);
    if (await this.#messages.finish(row.id, ending, replaces))
      this.#logger.warn({ generationId: id, status: ending.status }, "the owner of an answer is gone, it was ended");
    if (done !== undefined) return "told";
    if (chunks.length === 0) return "forgotten";
    const value = doneFrom(await this.#messages.find(row.id), chunks.length);
    await this.#shared.append(id, chunks.length, [{ event: { case: "done", value } }], { last: true });
    return "told";
  }
}

export function doneOf(chunks: readonly ChatChunk[]): Done | undefined {
  const event = chunks.at(-1)?.event;
  return event?.case === "done" ? event.value : undefined;
}

/** The end of an answer as its row has it; without a row, or in one that still runs, it was interrupted. */
export function doneFrom(row: MessageRow | undefined, seq: number): Done {
  if (row?.status === "complete")
    return { seq, status: Status.COMPLETE, finishReason: "stop", usage: undefined, error: undefined };
  if (row?.status === "stopped")
    return { seq, status: Status.STOPPED, finishReason: "", usage: undefined, error: undefined };
  const fault = new AiFault("AI_INTERRUPTED");
  return { seq, status: Status.ERROR, finishReason: "", usage: undefined, error: aiErrorFrom(fault) };
}

/** What the deltas say. */
export function saidIn(chunks: readonly ChatChunk[]): { text: string; reasoning: string } {
  let text = "";
  let reasoning = "";
  for (const { event } of chunks)
    if (event?.case === "delta") {
      text += event.value.text;
      reasoning += event.value.reasoning;
    }
  return { text, reasoning };
}

function endingOf(chunks: readonly ChatChunk[], done: Done | undefined): Ending {
  const said = saidIn(chunks);
  if (done === undefined) return { ...said, status: "error", error: "AI_INTERRUPTED", usage: undefined };
  const status = done.status === Status.COMPLETE ? "complete" : done.status === Status.STOPPED ? "stopped" : "error";
  return { ...said, status, error: done.error?.code, usage: done.usage };
}
