import { AiServer, type ChatRequest, aiErrorOf } from "@servertech/ai-server/contract";
import type { Logger } from "@servertech/core";
import { type Channel, RpcError, Status, createClient } from "@servertech/rpc";

/** Why the AI did not do what was asked. */
export class AiFailure extends Error {
  override readonly name = "AiFailure";
  readonly code: `AI_${string}`;
  readonly retryAfterMs: number;

  constructor(code: string, message: string, retryAfterMs = 0, options?: ErrorOptions) {
    super(message, options);
    this.code = code.startsWith("AI_") ? (code as `AI_${string}`) : "AI_UPSTREAM_ERROR";
    this.retryAfterMs = retryAfterMs;
  }
}

export interface AiStatus {
  /** An ai-server can be reached. */
  readonly available: boolean;
  /** Canned replies of the built-in demo, no cloud model. */
  readonly demo: boolean;
  readonly models: readonly string[];
  readonly model: string;
}

/** An ai-server that does not answer is told to the user within this time. */
const TIMEOUT_MS = 2_000;
/** Questions of the base dialect wait for the whole answer. */
const QUERY_TIMEOUT_MS = 300_000;
const STATUS_EVERY_MS = 500;
/** A token of a user without a socket here is given back after this. */
const IDLE_TOKEN_MS = 600_000;

const connect = (channel: Channel) => createClient(AiServer, channel);
export type AiRpc = ReturnType<typeof connect>;

/**
 * The ai-server as the rest of chat-server sees it: one channel for all users, one token per user, taken on first use,
 * kept in memory only, and taken anew once when it has expired.
 */
export class AiClient {
  readonly #rpc: AiRpc;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #logger: Logger;
  readonly #tokens = new Map<number, Promise<string>>();
  /** Since when users that have a token have no socket here, on the monotonic clock. */
  readonly #idleSince = new Map<number, number>();
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #status: AiStatus = { available: false, demo: false, models: [], model: "" };
  #learned = false;

  /** @param secret what servers prove themselves with to each other, if the ai-server asks for it. */
  constructor(channel: Channel, secret: string | undefined, logger: Logger) {
    this.#rpc = connect(channel);
    this.#metadata = secret === undefined ? {} : { "x-servertech-secret": secret };
    this.#logger = logger;
    this.#timer = setInterval(() => this.#watch(), STATUS_EVERY_MS).unref();
  }

  status(): AiStatus {
    return this.#status;
  }

  onStatus(listener: () => void): void {
    this.#listeners.add(listener);
  }

  stats(): ReturnType<AiRpc["stats"]> {
    return this.#rpc.stats();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #watch(): void {
    const available = this.#rpc.stats().connections > 0;
    if (available === this.#status.available) return;
    // The next one may have other models.
    this.#learned = false;
    this.#setStatus({ ...this.#status, available });
  }

  #setStatus(status: AiStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) listener();
  }

  /** Finds out which models there are, unless that is known. Does not wait: `onStatus` tells when it is. */
  learn(userId: number): void {
    if (this.#learned || !this.#status.available) return;
    this.#learned = true;
    this.call(userId, (rpc, token, options) => rpc.listModels({ token }, options))
      .then(({ models, defaultModel, demo }) => this.#setStatus({ available: true, demo, models, model: defaultModel }))
      .catch((error: unknown) => {
        this.#learned = false;
        this.#logger.info({ err: error }, "cannot list the AI's models");
      });
  }

  /** One question, one answer. A failure is answered by a sentence, too: the base dialect has no errors. */
  async query(userId: number, question: string): Promise<string> {
    try {
      const answer = await this.call(userId, (rpc, token, options) =>
        rpc.query({ token, queryMessage: question }, { ...options, timeoutMs: QUERY_TIMEOUT_MS }),
      );
      return answer.responMessage;
    } catch (error) {
      return `[The AI cannot answer: ${asFailure(error).code}]`;
    }
  }

  /** Starts a generation. The stream's first chunk is `started`. */
  chat(userId: number, request: Omit<ChatRequest, "token">, signal: AbortSignal) {
    return this.call(userId, async (rpc, token) =>
      rpc.chat({ ...request, token }, { metadata: this.#metadata, signal }),
    );
  }

  /** The deltas of a generation after `afterSeq`. The stream's first chunk is `started`. */
  attach(userId: number, generationId: string, afterSeq: number, signal: AbortSignal) {
    return this.call(userId, async (rpc, token) =>
      rpc.attach({ token, generationId, afterSeq }, { metadata: this.#metadata, signal }),
    );
  }

  /**
   * Calls the ai-server with the user's token.
   *
   * @throws AiFailure whatever goes wrong.
   */
  async call<T>(
    userId: number,
    body: (rpc: AiRpc, token: string, options: { timeoutMs: number; metadata: Record<string, string> }) => Promise<T>,
  ): Promise<T> {
    const options = { timeoutMs: TIMEOUT_MS, metadata: this.#metadata };
    const run = async () => body(this.#rpc, await this.#token(userId), options);
    try {
      return await run();
    } catch (error) {
      if (!isTokenExpired(error)) throw asFailure(error);
    }
    this.#tokens.delete(userId);
    try {
      return await run();
    } catch (error) {
      throw asFailure(error);
    }
  }

  /** Makes the next call take a new token. */
  forgetToken(userId: number): void {
    this.#tokens.delete(userId);
  }

  #token(userId: number): Promise<string> {
    let token = this.#tokens.get(userId);
    if (token === undefined) {
      token = this.#rpc
        .setInitInfo({ userId, sessionId: 0, apiKey: "" }, { timeoutMs: TIMEOUT_MS, metadata: this.#metadata })
        .then(({ responMessage }) => responMessage);
      this.#tokens.set(userId, token);
      token.catch(() => this.#tokens.delete(userId));
    }
    return token;
  }

  /** To be called every minute: gives back the tokens of users that have been away for ten. */
  async revokeIdle(isPresent: (userId: number) => boolean, now = performance.now()): Promise<void> {
    const idle: number[] = [];
    for (const userId of this.#tokens.keys()) {
      const since = this.#idleSince.get(userId);
      if (isPresent(userId)) this.#idleSince.delete(userId);
      else if (since === undefined) this.#idleSince.set(userId, now);
      else if (now - since >= IDLE_TOKEN_MS) idle.push(userId);
    }
    await Promise.all(idle.map((userId) => this.revoke(userId)));
  }

  /** Forgets the user's token, here and in the ai-server. */
  async revoke(userId: number): Promise<void> {
    const token = this.#tokens.get(userId);
    this.#idleSince.delete(userId);
    if (token === undefined) return;
    this.#tokens.delete(userId);
    try {
      await this.#rpc.revokeToken({ token: await token }, { timeoutMs: TIMEOUT_MS, metadata: this.#metadata });
    } catch (error) {
      // It expires by itself.
      this.#logger.debug({ err: error }, "cannot revoke an AI token");
    }
  }
}

export function isTokenExpired(error: unknown): boolean {
  return error instanceof RpcError && error.status === Status.Unauthenticated;
}

/** What went wrong, as the page is told. */
export function asFailure(error: unknown): AiFailure {
  if (error instanceof AiFailure) return error;
  const detail = aiErrorOf(error);
  if (detail !== undefined) return new AiFailure(detail.code, detail.message, detail.retryAfterMs, { cause: error });
  const notFound = error instanceof RpcError && error.status === Status.NotFound;
  return new AiFailure(notFound ? "AI_NOT_FOUND" : "AI_UNAVAILABLE", "the ai-server did not answer", 0, {
    cause: error,
  });
}
