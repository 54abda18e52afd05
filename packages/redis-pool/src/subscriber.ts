import { type Logger, abortable, withDeadline } from "@servertech/core";
import { type RedisClient, RedisCommand } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { RedisPoolError } from "./errors.ts";

/** Called with each message of a channel. What it throws is logged. */
export type MessageHandler = (message: string, channel: string) => void;

export interface SubscribeOptions {
  /** Called when messages may be missing: the connection was lost, and the subscription has been made again. */
  onGap?: (() => void) | undefined;
  /** Ends the wait for the subscription; once it stands, the signal ends nothing. */
  signal?: AbortSignal | undefined;
}

/** A channel that is listened to, until `close`. */
export interface Subscription extends AsyncDisposable {
  readonly channel: string;
  /** From this call on the handler hears nothing more. Resolves when Redis has been told; never rejects. */
  close(): Promise<void>;
}

interface Listener {
  readonly handler: MessageHandler;
  readonly onGap: (() => void) | undefined;
}

interface Channel {
  readonly listeners: Set<Listener>;
  /** The first SUBSCRIBE was confirmed. */
  readonly confirmed: Promise<void>;
  readonly confirm: () => void;
  readonly refuse: (error: Error) => void;
  /** A later SUBSCRIBE is one after a loss. */
  stood: boolean;
}

/** A silent connection is asked so often whether it lives. */
const PING_MS = 5_000;

/** One connection for all subscriptions, made again after each loss. */
export class Subscriber {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  readonly #channels = new Map<string, Channel>();
  #pings: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#logger = options.logger;
    this.#connection = new Connection(options, {
      onReady: (client) => this.#resume(client),
      onFailure: () => {},
    });
  }

  get size(): number {
    return this.#channels.size;
  }

  async subscribe(name: string, handler: MessageHandler, { onGap, signal }: SubscribeOptions): Promise<Subscription> {
    signal?.throwIfAborted();
    const listener: Listener = { handler, onGap };
    const channel = this.#channels.get(name) ?? this.#open(name);
    channel.listeners.add(listener);
    const late = (): Error => this.#unavailable(name);
    try {
      await abortable(withDeadline(channel.confirmed, this.#timeoutMs, late), signal);
    } catch (error) {
      await this.#leave(name, channel, listener, false);
      throw error;
    }
    const close = (): Promise<void> => this.#leave(name, channel, listener, true);
    return { channel: name, close, [Symbol.asyncDispose]: close };
  }

  #unavailable(name: string): Error {
    const cause = this.#connection.lastError;
    return new RedisPoolError("REDIS_UNAVAILABLE", `cannot subscribe to ${name} within ${this.#timeoutMs} ms`, {
      cause,
    });
  }

  #open(name: string): Channel {
    let confirm!: () => void;
    let refuse!: (error: Error) => void;
    const confirmed = new Promise<void>((resolve, reject) => {
      confirm = resolve;
      refuse = reject;
    });
    // Whoever waits has a deadline of its own; there may be nobody left.
    confirmed.catch(() => {});
    const channel: Channel = { listeners: new Set(), confirmed, confirm, refuse, stood: false };
    this.#channels.set(name, channel);
    const { client } = this.#connection;
    if (client?.writable === true) void this.#tell(client, name, channel);
    else this.#connection.start();
    return channel;
  }

  #resume(client: RedisClient): void {
    client.onMessage((name, message) => this.#deliver(name, message));
    for (const [name, channel] of this.#channels) void this.#tell(client, name, channel);
    clearInterval(this.#pings);
    this.#pings = setInterval(() => void this.#ping(client), PING_MS);
    this.#pings.unref();
  }

  /** The socket timeout ends a connection that does not answer: subscriptions are made again on the next one. */
  async #ping(client: RedisClient): Promise<void> {
    try {
      await this.#send(client, "ping", []);
    } catch (error) {
      this.#logger.debug({ err: error }, "the subscriber connection did not answer");
    }
  }

  async #tell(client: RedisClient, name: string, channel: Channel): Promise<void> {
    try {
      await this.#send(client, "subscribe", [name]);
    } catch (error) {
      // Lost again: the next connection subscribes. Refused for good: whoever waits for the first time hears it.
      if ((error as { code?: unknown }).code !== "REDIS_REPLY") return;
      this.#logger.error({ err: error, channel: name }, "Redis refused a subscription");
      channel.refuse(error as Error);
      if (!channel.stood && this.#channels.get(name) === channel) this.#channels.delete(name);
      return;
    }
    if (channel.stood) for (const { onGap } of channel.listeners) this.#call(onGap, name);
    channel.stood = true;
    channel.confirm();
  }

  #deliver(name: string, message: string): void {
    const listeners = this.#channels.get(name)?.listeners;
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

  async #leave(name: string, channel: Channel, listener: Listener, wait: boolean): Promise<void> {
    if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
    if (this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    const { client } = this.#connection;
    if (client?.writable !== true) return;
    const told = this.#send(client, "unsubscribe", [name]).catch((error: unknown) =>
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
    for (const channel of this.#channels.values()) channel.refuse(error);
    this.#channels.clear();
    await this.#connection.close();
  }
}
