import { type Logger, abortable, isServertechError, sleep, withDeadline } from "@servertech/core";
import type { Backend } from "./backend.ts";
import { RedisPoolError } from "./errors.ts";
import { type Settleable, settleable } from "./settleable.ts";
import type { MessageHandler, SubscribeOptions, Subscription } from "./subscriber.ts";

interface Listener {
  readonly handler: MessageHandler;
  readonly onGap: (() => void) | undefined;
}

/** A sharded channel, wherever its slot is. */
interface ShardedChannel {
  readonly name: string;
  readonly listeners: Set<Listener>;
  /** The first subscription stands. */
  readonly confirmed: Settleable;
  /** Aborted when nobody listens any more. */
  readonly ended: AbortController;
  /** A later subscription is one after a move. */
  stood: boolean;
}

/** Refusals that another node, or the same one later, does not repeat. */
const PASSING: ReadonlySet<string | undefined> = new Set(["MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN", "LOADING"]);

/** After a refusal that is not passing, of a subscription that stood before. */
const REFUSED_PAUSE_MS = 1_000;

/** The sharded channels of a cluster. Each is heard at the master of its slot, and followed when the slot moves. */
export class ShardedChannels {
  readonly #backend: Backend;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  readonly #channels = new Map<string, ShardedChannel>();

  /** @param timeoutMs longest wait until a subscription stands. */
  constructor(backend: Backend, timeoutMs: number, logger: Logger) {
    this.#backend = backend;
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
  }

  get size(): number {
    return this.#channels.size;
  }

  async subscribe(name: string, handler: MessageHandler, options: SubscribeOptions): Promise<Subscription> {
    const { onGap, signal } = options;
    signal?.throwIfAborted();
    const channel = this.#channels.get(name) ?? this.#open(name);
    const listener: Listener = { handler, onGap };
    channel.listeners.add(listener);
    const late = (): Error =>
      new RedisPoolError("REDIS_UNAVAILABLE", `cannot subscribe to ${name} within ${this.#timeoutMs} ms`);
    const close = async (): Promise<void> => this.#leave(channel, listener);
    try {
      await abortable(withDeadline(channel.confirmed.promise, this.#timeoutMs, late), signal);
    } catch (error) {
      await close();
      throw error;
    }
    return { channel: name, close, [Symbol.asyncDispose]: close };
  }

  #open(name: string): ShardedChannel {
    const ended = new AbortController();
    const channel = { name, listeners: new Set<Listener>(), confirmed: settleable(), ended, stood: false };
    this.#channels.set(name, channel);
    void this.#follow(channel);
    return channel;
  }

  /** Never rejects. */
  async #follow(channel: ShardedChannel): Promise<void> {
    const { signal } = channel.ended;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#listen(channel, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const passing = !isServertechError(error, "REDIS_REPLY") || PASSING.has((error as RedisPoolError).reply);
        if (!passing && !channel.stood) {
          this.#forget(channel);
          channel.confirmed.reject(error);
          return;
        }
        if (failures === 0)
          this.#logger.warn({ err: error, channel: channel.name }, "a sharded channel cannot be heard, trying again");
        failures += 1;
        if (!passing) await sleep(REFUSED_PAUSE_MS, { signal, ref: false }).catch(() => {});
      }
      // Pauses, too.
      if (!signal.aborted) await this.#backend.relocate();
    }
  }

  /** Listens at the present master until the channel is no longer there. */
  async #listen(channel: ShardedChannel, signal: AbortSignal): Promise<void> {
    const { name } = channel;
    const { subscriber } = await this.#backend.shardOf(name, signal);
    const moved = settleable();
    const options = { sharded: true, onGap: () => this.#tellGap(channel), signal };
    const here = await subscriber.subscribe(name, (message) => this.#deliver(channel, message), options, moved.resolve);
    if (channel.stood) this.#tellGap(channel);
    channel.stood = true;
    channel.confirmed.resolve();
    try {
      await abortable(moved.promise, signal);
    } finally {
      await here.close();
    }
  }

  #deliver({ name, listeners }: ShardedChannel, message: string): void {
    for (const { handler } of listeners) this.#call(() => handler(message, name), name);
  }

  #tellGap({ name, listeners }: ShardedChannel): void {
    for (const { onGap } of listeners) this.#call(() => onGap?.(), name);
  }

  /** What one listener throws disturbs none of the others. */
  #call(handler: () => void, channel: string): void {
    try {
      handler();
    } catch (error) {
      this.#logger.error({ err: error, channel }, "a subscriber's handler failed");
    }
  }

  #leave(channel: ShardedChannel, listener: Listener): void {
    if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
    this.#forget(channel);
    channel.ended.abort(new Error("nobody listens any more"));
  }

  #forget(channel: ShardedChannel): void {
    if (this.#channels.get(channel.name) === channel) this.#channels.delete(channel.name);
  }

  /** Ends every subscription; those that wait for one are rejected with `error`. */
  close(error: Error): void {
    for (const channel of this.#channels.values()) {
      channel.confirmed.reject(error);
      channel.ended.abort(error);
    }
    this.#channels.clear();
  }
}
