import { PoolError } from "@servertech/resource-pool";
import { Command, Redis } from "ioredis";

export type { RedisCommander } from "ioredis";

/** Where and how to connect. */
export interface ClientSettings {
  readonly url: string;
  /** Silence after which the connection counts as lost while replies are due, in milliseconds; undefined = none. */
  readonly socketTimeoutMs: number | undefined;
}

/** An open connection, which never reconnects: what is in flight when it is lost was sent once, and is rejected. */
export interface RedisClient {
  /** Commands without reply. */
  readonly inFlight: number;
  /** False once the socket is ending: a command would not be sent. */
  readonly writable: boolean;
  /** Sends at once; the command settles when its reply has come, or the connection is lost. */
  send(command: Command): void;
  onMessage(handler: (channel: string, message: string) => void): void;
  /** Ends the connection whatever is in flight. */
  destroy(reason: Error): void;
  /** Resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface OpenContext {
  readonly signal: AbortSignal;
  /** Called once when an open connection ends, whoever ended it. */
  readonly lost: (reason: unknown) => void;
}

/** All commands that ioredis knows, in its spelling. */
export const COMMAND_NAMES: readonly string[] = Redis.prototype.getBuiltinCommands();

/** Connects, logs in, selects the database and waits until the server has loaded its data. */
export async function openClient(settings: ClientSettings, { signal, lost }: OpenContext): Promise<RedisClient> {
  signal.throwIfAborted();
  const { url, socketTimeoutMs } = settings;
  const redis = new Redis(url, {
    lazyConnect: true,
    // A new connection is a new client: ioredis' own reconnect re-sends what was in flight, or forgets to settle it.
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // The signal ends a connect that takes too long, handshake included.
    connectTimeout: 0,
    disconnectTimeout: 500,
    ...(socketTimeoutMs === undefined ? {} : { socketTimeout: socketTimeoutMs }),
  });
  let problem: unknown;
  redis.on("error", (error: unknown) => (problem ??= error));
  const giveUp = (): void => destroyNow(redis, signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await redis.connect();
    signal.throwIfAborted();
    // ioredis goes on without the database asked for when Redis refuses it.
    if (problem !== undefined) throw problem;
  } catch (error) {
    destroyNow(redis, undefined);
    throw signal.aborted ? signal.reason : connectError(problem ?? error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  redis.once("end", () => lost(problem ?? new Error("the connection was closed")));
  return new CorkedClient(redis);
}

function destroyNow(redis: Redis, reason: unknown): void {
  redis.disconnect();
  redis.stream?.destroy(reason instanceof Error ? reason : undefined);
}

function connectError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  if (!/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message)) return error;
  // Not as cause: ioredis puts the password into its errors, as arguments of HELLO.
  return new PoolError("POOL_REFUSED_AUTH", `Redis refused the login: ${message}`);
}

/** All commands of one turn of the event loop leave in one write. */
class CorkedClient implements RedisClient {
  readonly #redis: Redis;
  readonly #stream: Redis["stream"];
  #corked = false;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#stream = redis.stream;
  }

  get inFlight(): number {
    return this.#redis.commandQueue.length;
  }

  get writable(): boolean {
    return this.#stream.writable && this.#redis.status === "ready";
  }

  send(command: Command): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      process.nextTick(this.#uncork);
    }
    const traced = this.#redis.sendCommand(command) as Promise<unknown>;
    // With a subscriber to ioredis' tracing channel it is another promise, which nobody else has.
    if (traced !== command.promise) traced.catch(() => {});
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#stream.uncork();
  };

  onMessage(handler: (channel: string, message: string) => void): void {
    this.#redis.on("message", handler);
  }

  destroy(reason: Error): void {
    this.#stream.destroy(reason);
  }

  close(): Promise<void> {
    if (this.#redis.status === "end") return Promise.resolve();
    return new Promise((resolve) => {
      this.#redis.once("end", () => resolve());
      this.#redis.disconnect();
    });
  }
}

/** How a {@link RedisCommand} tells of its failure. */
export type ErrorMapper = (error: Error, command: RedisCommand) => Error;

/** A command that is rejected with errors of this package. */
export class RedisCommand extends Command {
  /** Whether it was handed to a connection. */
  sent = false;

  constructor(name: string, args: unknown[], encoding: "utf8" | null, toError: ErrorMapper) {
    const last = args.at(-1);
    const callback = typeof last === "function" ? (args.pop() as ConstructorParameters<typeof Command>[3]) : undefined;
    super(name, args as ConstructorParameters<typeof Command>[1], { replyEncoding: encoding }, callback);
    const { reject } = this;
    this.reject = (error) => reject(toError(error, this));
  }
}
