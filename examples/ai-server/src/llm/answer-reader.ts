import { AiFault, faultCodeOf, isObject, loggable, parseProviderError } from "./faults.ts";

/** What a model says, piece by piece; `end` comes once, last, and only for an answer that is whole. */
export type ModelEvent =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "end"; readonly finishReason: string; readonly usage: ModelUsage | undefined };

export interface ModelUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/** An event of the stream as the SSE parser gives it. */
export interface StreamEvent {
  readonly event?: string | undefined;
  readonly data: string;
}

/** Longest finish reason that is kept: an unknown one is the provider's text. */
const MAX_REASON_CHARS = 64;

/**
 * Reads the events of one answer: text as it comes, and whether the answer is whole. It is when a finish reason was seen,
 * or an empty one (ollama, sglang) and then `[DONE]`; a stream that merely ends was cut.
 */
export class AnswerReader {
  readonly #maxBytes: number;
  readonly #apiKey: string | undefined;
  readonly #bytes = { text: 0, reasoning: 0 };
  #finishReason: string | undefined;
  #sawEmptyReason = false;
  #done = false;
  #cut = false;
  #usage: ModelUsage | undefined;

  /**
   * @param maxBytes where text, and reasoning, are cut; in bytes of UTF-8.
   * @param apiKey kept out of what the log gets.
   */
  constructor(maxBytes: number, apiKey: string | undefined) {
    this.#maxBytes = maxBytes;
    this.#apiKey = apiKey;
  }

  /** Nothing that follows changes the answer. */
  get ended(): boolean {
    return this.#done || this.#cut;
  }

  /** The model has said its last word; usage and `[DONE]` may follow. */
  get finished(): boolean {
    return this.#finishReason !== undefined;
  }

  /**
   * Takes one event.
   *
   * @throws AiFault when it is an error of the provider's, or not an event of an answer.
   */
  take({ event, data }: StreamEvent): ModelEvent[] {
    if (this.ended) return [];
    if (data.trim() === "[DONE]") {
      this.#done = true;
      return [];
    }
    const chunk = this.#parse(data);
    if ((chunk.error !== undefined && chunk.error !== null) || event === "error") throw this.#providerError(chunk);
    this.#usage = usageOf(chunk.usage) ?? this.#usage;
    const { choices } = chunk;
    if (choices === undefined || choices === null) return [];
    if (!Array.isArray(choices)) throw this.#bad("choices is not a list", data);
    const [choice] = choices as readonly unknown[];
    if (choice === undefined) return [];
    if (!isObject(choice)) throw this.#bad("a choice is not an object", data);
    return this.#takeChoice(choice, data);
  }

  /**
   * The stream has ended, whichever way.
   *
   * @throws AiFault `AI_STREAM_CUT` when the answer is not whole.
   */
  end(cause?: unknown): ModelEvent {
    const usage = this.#usage;
    if (this.#cut) return { type: "end", finishReason: "length", usage };
    if (this.#finishReason !== undefined) return { type: "end", finishReason: this.#finishReason, usage };
    if (this.#sawEmptyReason && this.#done) return { type: "end", finishReason: "stop", usage };
    throw new AiFault("AI_STREAM_CUT", { cause });
  }

  #parse(data: string): Record<string, unknown> {
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      throw this.#bad("not JSON", data);
    }
    if (!isObject(chunk)) throw this.#bad("not an object", data);
    return chunk;
  }

  #takeChoice(choice: Record<string, unknown>, data: string): ModelEvent[] {
    const delta = choice.delta ?? {};
    if (!isObject(delta)) throw this.#bad("delta is not an object", data);
    const events: ModelEvent[] = [];
    this.#push(events, "reasoning", delta.reasoning_content ?? delta.reasoning, data);
    this.#push(events, "text", delta.content, data);
    const reason = choice.finish_reason;
    if (reason === "") this.#sawEmptyReason = true;
    else if (typeof reason === "string") this.#finishReason ??= reason.slice(0, MAX_REASON_CHARS);
    return events;
  }

  #push(events: ModelEvent[], type: "text" | "reasoning", piece: unknown, data: string): void {
    if (piece === undefined || piece === null || piece === "") return;
    if (typeof piece !== "string") throw this.#bad(`${type} is not a string`, data);
    const left = this.#maxBytes - this.#bytes[type];
    const bytes = Buffer.byteLength(piece);
    this.#bytes[type] += bytes;
    if (bytes > left) this.#cut = true;
    const text = bytes > left ? fitting(piece, left) : piece;
    if (text !== "") events.push({ type, text });
  }

  #bad(what: string, data: string): AiFault {
    return new AiFault("AI_BAD_RESPONSE", { detail: `${what}: ${loggable(data.slice(0, 200), this.#apiKey)}` });
  }

  #providerError(chunk: Record<string, unknown>): AiFault {
    const error = parseProviderError(chunk);
    return new AiFault(faultCodeOf(error), { detail: loggable(`${error.code} ${error.message}`, this.#apiKey) });
  }
}

/** The beginning of `text` that takes at most `bytes` bytes, without half a character. */
function fitting(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

function usageOf(usage: unknown): ModelUsage | undefined {
  if (!isObject(usage)) return undefined;
  const details = isObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  return {
    promptTokens: count(usage.prompt_tokens),
    completionTokens: count(usage.completion_tokens),
    reasoningTokens: count(details.reasoning_tokens),
  };
}

function count(value: unknown): number {
  return typeof value === "number" && value > 0 && value < 2 ** 32 ? Math.floor(value) : 0;
}
