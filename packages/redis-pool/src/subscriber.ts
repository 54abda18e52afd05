import { type Logger, abortable, optionChecks, withDeadline } from "@servertech/core";
import { type MessageKind, type RedisClient, RedisCommand } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { RedisPoolError } from "./errors.ts";
import { type Settleable, settleable } from "./settleable.ts";

/** Called with each message and the channel it came on. What it throws is logged. */
export type MessageHandler = (message: string, channel: string) => void;

/** Options of one subscription. */
export interface SubscribeOptions {
  /** The name is a pattern, as PSUBSCRIBE takes it: `news.*`. @default false */
  pattern?: boolean | undefined;
  /** The name is a sharded channel, as SSUBSCRIBE takes it: messages of SPUBLISH. Not with `pattern`. @default false */
  sharded?: boolean | undefined;
  /** Called when messages may be missing: the connection was lost, and the subscription has been made again. */
  onGap?: (() => void) | undefined;
  /** Ends the wait for the subscription; once it stands, the signal ends nothing. */
  signal?: AbortSignal | undefined;
}

/** A channel or a pattern that is listened to, until `close`. */
export interface Subscription extends AsyncDisposable {
  readonly channel: string;
  /** From this call on the handler hears nothing more. Resolves when Redis has been told; never rejects. */
  close(): Promise<void>;
}

interface Listener {
  readonly handler: MessageHandler;
  readonly onGap: (() => void) | undefined;
  /** Hears that the subscription is over although nobody ended it: it belongs to another node, or this one is closed. */
  readonly onEnd: (() => void) | undefined;
}

interface Channel {
  readonly kind: MessageKind;
  readonly name: string;
  readonly listeners: Set<Listener>;
  /** The first SUBSCRIBE was confirmed. */
  readonly confirmed: Settleable;
  /** A later SUBSCRIBE is one after a loss. */
  stood: boolean;
}

/** The commands of each kind of channel. */
const VERBS: Readonly<Record<MessageKind, readonly [begin: string, end: string]>> = {
  channel: ["subscribe", "unsubscribe"],
  pattern: ["psubscribe", "punsubscribe"],
  sharded: ["ssubscribe", "sunsubscribe"],
};

/** A silent connection is asked so often whether it lives. */
const PING_MS = 5_000;
/** One slot that moves ends many subscriptions, each with a notice that does not name it. */
const RECHECK_MS = 10;

/** @throws OptionError with every problem. */
export function checkSubscribe(channel: string, handler: MessageHandler, options: SubscribeOptions): void {
  const check = optionChecks(options, ["pattern", "sharded", "onGap", "signal"]);
  check.string("channel", channel);
  check.func("handler", handler);
  const { pattern = false, sharded = false, onGap } = options ?? {};
  check.boolean("pattern", pattern);
  check.boolean("sharded", sharded);
  if (pattern && sharded) check.problem("sharded", "must be false with pattern", sharded);
  if (onGap !== undefined) check.func("onGap", onGap);
  check.done(undefined);
}

/** One connection for all subscriptions, made again after each loss. */
export class Subscriber {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  /** By kind and name. */
  readonly #channels = new Map<string, Channel>();
  #pings: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;

  /**
   * @param timeoutMs longest wait until a subscription stands.
   * @param onMissed called when the connection cannot be opened, or was lost.
   */
  constructor(options: ConnectionOptions, timeoutMs: number, onMissed: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#logger = options.logger;
    this.#connection = new Connection(options, {
      onReady: (client) => this.#resume(client),
      onFailure: onMissed,
      onLost: onMissed,
    });
  }

  get size(): number {
    return this.#channels.size;
  }

  async subscribe(
    name: string,
    handler: MessageHandler,
    options: SubscribeOptions,
    onEnd?: () => void,
  ): Promise<Subscription> {
    const { onGap, signal, pattern = false, sharded = false } = options;
    signal?.throwIfAborted();
    const listener: Listener = { handler, onGap, onEnd };
    const kind = pattern ? "pattern" : sharded ? "sharded" : "channel";
    const channel = this.#channels.get(keyOf(kind, name)) ?? this.#open(kind, name);
    channel.listeners.add(listener);
    const late = (): Error => this.#unavailable(name);
    try {
      await abortable(withDeadline(channel.confirmed.promise, this.#timeoutMs, late), signal);
    } catch (error) {
      await this.#leave(channel, listener, false);
      throw error;
    }
    const close = (): Promise<void> => this.#leave(channel, listener, true);
    return { channel: name, close, [Symbol.asyncDispose]: close };
  }

  #unavailable(name: string): Error {
    const cause = this.#connection.lastError;
    return new RedisPoolError("REDIS_UNAVAILABLE", `cannot subscribe to ${name} within ${this.#timeoutMs} ms`, {
      cause,
    });
  }

  #open(kind: MessageKind, name: string): Channel {
    const channel: Channel = { kind, name, listeners: new Set(), confirmed: settleable(), stood: false };
    this.#channels.set(keyOf(kind, name), channel);
    const { client } = this.#connection;
    if (client?.writable === true) void this.#tell(client, channel, false);
    else this.#connection.start();
    return channel;
  }

  #resume(client: RedisClient): void {
    client.onMessage((kind, name, channel, message) => this.#deliver(keyOf(kind, name), channel, message));
    client.onMoved(() => this.#recheckSoon(client));
    for (const channel of this.#channels.values()) void this.#tell(client, channel, false);
    clearInterval(this.#pings);
    this.#pings = setInterval(() => void this.#ping(client), PING_MS);
    this.#pings.unref();
  }

  /** Subscribing to what stands changes nothing; what has moved is refused. */
  #recheckSoon(client: RedisClient): void {
    this.#recheck ??= setTimeout(() => {
      this.#recheck = undefined;
      if (!client.writable) return;
      for (const channel of this.#channels.values())
        if (channel.kind === "sharded") void this.#tell(client, channel, true);
    }, RECHECK_MS);
  }

  /** The socket timeout ends a connection that does not answer: subscriptions are made again on the next one. */
  async #ping(client: RedisClient): Promise<void> {
    try {
      await this.#send(client, "ping", []);
    } catch (error) {
      this.#logger.debug({ err: error }, "the subscriber connection did not answer");
    }
  }

  /** @param again the subscription may stand: nothing was missed then. */
  async #tell(client: RedisClient, channel: Channel, again: boolean): Promise<void> {
    const { kind, name } = channel;
    try {
      await this.#send(client, VERBS[kind][0], [name]);
    } catch (error) {
      // Lost again: the next connection subscribes. Refused for good: whoever waits for the first time hears it.
      if ((error as { code?: unknown }).code !== "REDIS_REPLY") return;
      channel.confirmed.reject(error);
      const followed = [...channel.listeners].some(({ onEnd }) => onEnd !== undefined);
      if (!followed) this.#logger.error({ err: error, channel: name }, "Redis refused a subscription");
      if (!channel.stood || followed) this.#forget(channel);
      return;
    }
    if (channel.stood && !again) for (const { onGap } of channel.listeners) this.#call(onGap, name);
    channel.stood = true;
    channel.confirmed.resolve();
  }

  /** Somebody else may follow it to where it is now. */
  #forget(channel: Channel): void {
    const key = keyOf(channel.kind, channel.name);
    if (this.#channels.get(key) === channel) this.#channels.delete(key);
    for (const { onEnd } of channel.listeners) onEnd?.();
  }

  #deliver(key: string, name: string, message: string): void {
    const listeners = this.#channels.get(key)?.listeners;
    if (listeners === undefined) return;
    for (const { handler } of listeners) this.#call(() => handler(message, name), name);
  }

  #call(handler: (() => void) | undefined, channel: string): void {
    try {
      handler?.();
    } catch (error) {
      this.#logger.error({ err: error, channel }, "a subscriber's handler failed");
    }
  }

  async #leave(channel: Channel, listener: Listener, wait: boolean): Promise<void> {
    if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
    const { kind, name } = channel;
    const key = keyOf(kind, name);
    if (this.#channels.get(key) !== channel) return;
    this.#channels.delete(key);
    const { client } = this.#connection;
    if (client?.writable !== true) return;
    const told = this.#send(client, VERBS[kind][1], [name]).catch((error: unknown) =>
      this.#logger.debug({ err: error, channel: name }, "unsubscribing failed; the connection is gone"),
    );
    if (wait) await told;
  }

  async #send(client: RedisClient, name: string, args: string[]): Promise<unknown> {
    const command = new RedisCommand(name, args, "utf8", commandError);
    command.sent = true;
    client.send(command);
    return command.promise;
  }

  /** Ends every subscription; those that wait for one are rejected with `error`. */
  async close(error: Error): Promise<void> {
    clearInterval(this.#pings);
    clearTimeout(this.#recheck);
    for (const channel of this.#channels.values()) {
      channel.confirmed.reject(error);
      this.#forget(channel);
    }
    await this.#connection.close();
  }
}

function keyOf(kind: MessageKind, name: string): string {
  return `${kind}:${name}`;
}
