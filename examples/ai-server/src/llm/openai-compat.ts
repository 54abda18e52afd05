import { rootCertificates } from "node:tls";
import { backoffMs, deadlineIn, onAbort, sleep } from "@servertech/core";
import { createParser } from "eventsource-parser";
import { Agent, type Dispatcher } from "undici";
import { AnswerReader, type ModelEvent, type StreamEvent } from "./answer-reader.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { connectionFault } from "./connection-faults.ts";
import type { PromptMessage } from "./context-window.ts";
import { AiFault, faultCodeOf, loggable, parseProviderError } from "./faults.ts";

export interface ProviderOptions {
  /** `https://…/v1`, without a slash at its end. */
  readonly baseUrl: string;
  /** Further certificate authorities, PEM. */
  readonly ca?: string | undefined;
  readonly limits?: Partial<ProviderLimits> | undefined;
}

/** Times in milliseconds. */
export interface ProviderLimits {
  /** Longest wait for the answer's headers, connecting included. */
  readonly headersMs: number;
  /** Longest silence in an answer. */
  readonly idleMs: number;
  /** Longest answer. */
  readonly totalMs: number;
  /** Longest wait for usage and the end mark once the model has said its last word. */
  readonly tailMs: number;
  /** First delay before a request is made again. */
  readonly retryMs: number;
}

const DEFAULT_LIMITS: ProviderLimits = {
  headersMs: 30_000,
  idleMs: 30_000,
  totalMs: 300_000,
  tailMs: 5_000,
  retryMs: 500,
};
/** undici's timers are up to half a second late, and 5 s is what a user may wait for each try. */
const CONNECT_MS = 4_500;
const MAX_RETRIES = 2;
const MAX_RETRY_AFTER_MS = 20_000;
const MAX_EVENT_CHARS = 1_048_576;
const MAX_ANSWER_BYTES = 204_800;
/** Of a body that is no answer. */
const MAX_FOREIGN_BYTES = 65_536;

export interface ModelCall {
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly apiKey: string | undefined;
  readonly signal: AbortSignal;
}

/** A provider that speaks the chat completions wire of OpenAI, with everything that can go wrong with one. */
export class OpenAiCompatible {
  readonly #origin: string;
  readonly #path: string;
  readonly #limits: ProviderLimits;
  readonly #agent: Agent;
  readonly #breaker = new CircuitBreaker({ failures: 5, windowMs: 30_000, openMs: 15_000 });

  constructor({ baseUrl, ca, limits }: ProviderOptions) {
    const { origin, pathname } = new URL(baseUrl);
    this.#origin = origin;
    this.#path = pathname.replace(/\/$/, "");
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    // Our own deadlines are exact to 20 ms, undici's to a second. Its requests do not follow redirects.
    const connect = { timeout: CONNECT_MS, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) };
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect });
  }

  /**
   * Asks the model. Text comes as it is made; `end` only if the answer is whole. What has come before a fault is good text.
   *
   * @throws AiFault; the signal's reason once it aborts.
   */
  async *stream({ model, messages, apiKey, signal }: ModelCall): AsyncGenerator<ModelEvent, void, undefined> {
    const body = JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } });
    const stop = linked(signal);
    const total = deadlineIn(this.#limits.totalMs, () => stop.abort(timeout("the whole answer", this.#limits.totalMs)));
    try {
      const response = await this.#request({ method: "POST", path: "/chat/completions", body, apiKey }, stop);
      yield* this.#read(response, apiKey, stop);
    } finally {
      total.cancel();
      // Whatever is left of the answer is not wanted: the socket is closed with it.
      stop.abort(new AiFault("AI_STREAM_CUT"));
    }
  }

  /**
   * Asks the provider whether it takes a key.
   *
   * @throws AiFault when it does not, or cannot be asked.
   */
  async testKey(apiKey: string | undefined, model: string, signal: AbortSignal): Promise<void> {
    const stop = linked(signal);
    try {
      await this.#request({ method: "GET", path: "/models", apiKey }, stop);
    } catch (error) {
      // Not every provider has a list of models.
      if (!(error instanceof ProviderFault) || error.status !== 404) throw error;
      const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }], max_tokens: 1 });
      await this.#request({ method: "POST", path: "/chat/completions", body, apiKey }, stop);
    } finally {
      stop.abort(new AiFault("AI_STREAM_CUT"));
    }
  }

  /** Ends every request and closes every socket. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** A request, made again where that is safe: no byte of an answer has come. */
  async #request(request: ProviderRequest, stop: LinkedAbort): Promise<Dispatcher.ResponseData> {
    for (let attempt = 0; ; attempt += 1) {
      const waitMs = this.#breaker.waitMs();
      if (waitMs > 0) {
        const detail = "it failed too often and is left alone for a while";
        throw new AiFault("AI_UNREACHABLE", { retryAfterMs: Math.ceil(waitMs), detail });
      }
      const outcome = await this.#attempt(request, stop);
      if (outcome.response !== undefined) return outcome.response;
      const { fault, retry } = outcome;
      const { retryAfterMs } = fault;
      if (!retry || attempt >= MAX_RETRIES || retryAfterMs > MAX_RETRY_AFTER_MS) throw fault;
      const backoff = backoffMs(attempt, { minMs: this.#limits.retryMs, maxMs: 8_000, jitter: 0.5 });
      // Those who were sent away together must not come back together.
      await sleep(Math.max(retryAfterMs * (1 + 0.1 * Math.random()), backoff), { signal: stop.signal });
    }
  }

  async #attempt(request: ProviderRequest, stop: LinkedAbort): Promise<Outcome> {
    const { method, path, body, apiKey } = request;
    const { headersMs } = this.#limits;
    const late = deadlineIn(headersMs, () => stop.abort(timeout("the beginning of an answer", headersMs)));
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#agent.request({
        origin: this.#origin,
        path: this.#path + path,
        method,
        headers: {
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          accept: body === undefined ? "application/json" : "text/event-stream",
        },
        body: body ?? null,
        signal: stop.signal,
      });
    } catch (error) {
      const { fault, retry } = connectionFault(stop.signal.aborted ? stop.signal.reason : error);
      if (stop.byCaller || fault.code === "AI_TLS") this.#breaker.abandoned();
      else this.#breaker.failed();
      if (stop.signal.aborted) throw stop.signal.reason;
      return { fault, retry };
    } finally {
      late.cancel();
    }
    // A body that is given up says so by an error, which nobody may be reading then.
    response.body.on("error", () => {});
    if (response.statusCode >= 500) this.#breaker.failed();
    else this.#breaker.succeeded();
    if (response.statusCode === 200) return { response };
    return this.#refusal(response, apiKey, stop);
  }

  async #refusal(response: Dispatcher.ResponseData, apiKey: string | undefined, stop: LinkedAbort): Promise<Outcome> {
    const { statusCode: status, headers } = response;
    const text = await this.#readForeign(response, stop);
    if (status < 400) {
      const detail = status < 300 ? `status ${status}` : `a redirect, status ${status}`;
      return { fault: new ProviderFault("AI_BAD_RESPONSE", status, { detail }), retry: false };
    }
    const error = parseProviderError(parsed(text), status);
    const code = faultCodeOf(error);
    const detail = loggable(`status ${status} ${error.code} ${error.message || text}`, apiKey);
    const fault = new ProviderFault(code, status, { detail, retryAfterMs: readRetryAfter(headers["retry-after"]) });
    return { fault, retry: code === "AI_RATE_LIMITED" || status === 502 || status === 503 };
  }

  /** The beginning of a body that is not an answer. */
  async #readForeign({ body }: Dispatcher.ResponseData, stop: LinkedAbort): Promise<string> {
    const late = deadlineIn(this.#limits.idleMs, () => body.destroy());
    const chunks: Buffer[] = [];
    let left = MAX_FOREIGN_BYTES;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        chunks.push(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) break;
      }
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason;
      // What has come is enough: the status says what is wrong.
      chunks.push(Buffer.from(` (${error instanceof Error ? error.message : "cut"})`));
    } finally {
      late.cancel();
      body.destroy();
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  async *#read(
    response: Dispatcher.ResponseData,
    apiKey: string | undefined,
    stop: LinkedAbort,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    const type = String(response.headers["content-type"] ?? "");
    if (!/^text\/event-stream\b/i.test(type)) {
      const detail = `type ${loggable(type, apiKey)}: ${loggable(await this.#readForeign(response, stop), apiKey)}`;
      throw new AiFault("AI_BAD_RESPONSE", { detail });
    }
    const reader = new AnswerReader(MAX_ANSWER_BYTES, apiKey);
    let cutBy: unknown;
    try {
      for await (const event of this.#events(response, reader, stop)) {
        yield* reader.take(event);
        if (reader.ended) break;
      }
    } catch (error) {
      if (error instanceof AiFault) throw error;
      if (stop.byCaller) throw stop.signal.reason;
      cutBy = error;
    }
    yield reader.end(cutBy);
  }

  /** The events of the stream, each within its time. Silence after the model's last word is an end, before it a fault. */
  async *#events(
    { body }: Dispatcher.ResponseData,
    reader: AnswerReader,
    stop: LinkedAbort,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const events: StreamEvent[] = [];
    let tooLong = false;
    let atLineEnd = false;
    const parser = createParser({
      maxBufferSize: MAX_EVENT_CHARS,
      onEvent: (event) => void events.push(event),
      onError: ({ type }) => {
        tooLong ||= type === "max-buffer-size-exceeded";
      },
    });
    const decoder = new TextDecoder();
    const watch = new SilenceWatch(body, this.#limits);
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        watch.heard(reader.finished);
        atLineEnd = chunk.at(-1) === 0x0a;
        parser.feed(decoder.decode(chunk, { stream: true }));
        yield* events.splice(0);
        if (tooLong) throw new AiFault("AI_BAD_RESPONSE", { detail: `an event of over ${MAX_EVENT_CHARS} characters` });
        watch.heard(reader.finished);
      }
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason;
      throw watch.fault ?? error;
    } finally {
      watch.end();
      body.destroy();
    }
    if (watch.fault !== undefined) throw watch.fault;
    // The last event of a stream that ends after a line, without the empty one. Half a line is no event.
    if (atLineEnd) parser.feed("\n");
    yield* events;
  }
}

type Outcome = { response: Dispatcher.ResponseData } | { response?: never; fault: AiFault; retry: boolean };

interface ProviderRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly apiKey: string | undefined;
}

/** A fault that came with a status. */
class ProviderFault extends AiFault {
  readonly status: number;

  constructor(code: AiFault["code"], status: number, options: ConstructorParameters<typeof AiFault>[1]) {
    super(code, options);
    this.status = status;
  }
}

/** Ends a body that is silent for too long. */
class SilenceWatch {
  readonly #body: { destroy(): unknown };
  readonly #limits: ProviderLimits;
  #deadline: { cancel(): void } | undefined;
  fault: AiFault | undefined;

  constructor(body: { destroy(): unknown }, limits: ProviderLimits) {
    this.#body = body;
    this.#limits = limits;
    this.heard(false);
  }

  heard(finished: boolean): void {
    this.#deadline?.cancel();
    const { idleMs, tailMs } = this.#limits;
    const ms = finished ? Math.min(idleMs, tailMs) : idleMs;
    this.#deadline = deadlineIn(ms, () => {
      if (!finished) this.fault = timeout("the next words", ms);
      this.#body.destroy();
    });
  }

  end(): void {
    this.#deadline?.cancel();
  }
}

interface LinkedAbort {
  readonly signal: AbortSignal;
  /** The caller's signal aborted, not a deadline. */
  readonly byCaller: boolean;
  abort(reason: AiFault): void;
}

/** A controller that also aborts with the caller's signal, until it aborts by itself. */
function linked(signal: AbortSignal): LinkedAbort {
  const own = new AbortController();
  const unlink = onAbort(signal, (reason) => own.abort(reason));
  return {
    signal: own.signal,
    get byCaller() {
      return signal.aborted;
    },
    abort(reason) {
      unlink();
      own.abort(reason);
    },
  };
}

function timeout(what: string, ms: number): AiFault {
  return new AiFault("AI_TIMEOUT", { detail: `${what} did not come within ${ms} ms` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function readRetryAfter(header: string | string[] | undefined): number {
  if (typeof header !== "string") return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), 86_400_000) : 0;
}
