import { tracingChannel } from "node:diagnostics_channel";
import type { ConnectionOptions } from "node:tls";
import { isTraced, onAbort } from "@servertech/core";
import { PoolError } from "@servertech/resource-pool";
import { Command, Redis, type RedisOptions } from "ioredis";
import type { ConnectGate } from "./connect-gate.ts";
import type { ErrorMapper, PoolCommand, Redirect } from "./pool-command.ts";
import { QuickReplies, type ReplyQueue } from "./quick-replies.ts";
import type { ServerAddress } from "./server-address.ts";

export { Command } from "ioredis";
export type { ChainableCommander, RedisCommander } from "ioredis";

/** Where and how to connect. */
export interface ClientSettings {
  /** Asked before each attempt to connect. */
  readonly server: () => ServerAddress;
  /** Silence after which the connection counts as lost while replies are due, in milliseconds; undefined = none. */
  readonly socketTimeoutMs: number | undefined;
  readonly connectTimeoutMs: number;
  readonly gate: ConnectGate;
  /** A connection is open, after so many milliseconds. */
  readonly onConnect: (durationMs: number) => void;
  /** It has ended; undefined = by our close. */
  readonly onEnd: (reason: unknown) => void;
}

/** An open connection, which never reconnects: what is in flight when it is lost was sent once, and is rejected. */
export interface RedisClient {
  /** `host:port` of the server. */
  readonly address: string;
  /** Commands without reply. */
  readonly inFlight: number;
  /** Bytes that have come. */
  readonly bytesRead: number;
  /** False once the socket is ending: a command would not be sent. */
  readonly writable: boolean;
  /** Sends in this turn of the event loop; the command settles when its reply has come, or the connection is lost. */
  send(command: PoolCommand): void;
  onMessage(handler: (kind: MessageKind, name: string, channel: string, message: string) => void): void;
  /** Called when Redis has ended a sharded subscription, or refused one, because its slot is another node's. */
  onMoved(handler: () => void): void;
  /** Ends the connection whatever is in flight. */
  destroy(reason: Error): void;
  /** Resolves when the socket is closed. */
  close(): Promise<void>;
}

/** How a message came: by its channel, by a pattern, or by its shard. */
export type MessageKind = "channel" | "pattern" | "sharded";

export interface OpenContext {
  readonly signal: AbortSignal;
  /** Called once when an open connection ends, whoever ended it. */
  readonly lost: (reason: unknown) => void;
}

/** All commands that ioredis knows, in its spelling. */
export const COMMAND_NAMES: readonly string[] = Redis.prototype.getBuiltinCommands();

/** Connects, logs in, selects the database and waits until the server has loaded its data. */
export async function openClient(settings: ClientSettings, { signal, lost }: OpenContext): Promise<RedisClient> {
  const { gate } = settings;
  await gate.pass(signal);
  const begun = performance.now();
  const redis = new Redis(clientOptions(settings));
  let problem: unknown;
  redis.on("error", (error: unknown) => (problem ??= error));
  const stopListening = onAbort(signal, (reason) => destroyNow(redis, reason));
  try {
    await redis.connect();
    signal.throwIfAborted();
    // ioredis goes on without the database asked for when Redis refuses it.
    if (problem !== undefined) throw problem;
  } catch (error) {
    gate.failed();
    await socketGone(redis);
    throw signal.aborted ? signal.reason : connectError(problem ?? error);
  } finally {
    stopListening();
  }
  gate.succeeded();
  const client = new CorkedClient(redis);
  redis.once("end", () => {
    const reason = problem ?? new Error("the connection was closed");
    if (!client.closing) gate.failed();
    settings.onEnd(client.closing ? undefined : reason);
    lost(reason);
  });
  settings.onConnect(performance.now() - begun);
  return client;
}

/** As {@link openClient}, given up with `late()` after `connectTimeoutMs`, too. Keeps the process alive. */
export async function openInTime(
  settings: ClientSettings,
  { signal, lost }: OpenContext,
  late: () => Error,
): Promise<RedisClient> {
  const attempt = new AbortController();
  const stopListening = onAbort(signal, (reason) => attempt.abort(reason));
  const timer = setTimeout(() => attempt.abort(late()), settings.connectTimeoutMs);
  try {
    return await openClient(settings, { signal: attempt.signal, lost });
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function clientOptions(settings: ClientSettings): RedisOptions & { replyMapping: "legacy" } {
  const { socketTimeoutMs, connectTimeoutMs } = settings;
  const server = settings.server();
  const { sentinels } = server;
  return {
    ...(sentinels === undefined ? serverOptions(server) : sentinelOptions(server, sentinels, connectTimeoutMs)),
    lazyConnect: true,
    replyMapping: "legacy",
    // A new connection is a new client: ioredis' own reconnect re-sends what was in flight, or forgets to settle it.
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    disconnectTimeout: 500,
    ...(socketTimeoutMs === undefined ? {} : { socketTimeout: socketTimeoutMs }),
  };
}

function loginOptions({ user, password, database, tls }: ServerAddress): RedisOptions {
  return {
    ...(user === "" ? {} : { username: user }),
    ...(password === "" ? {} : { password }),
    db: database,
    ...(tls === undefined ? {} : { tls: tls as ConnectionOptions }),
  };
}

function serverOptions(server: ServerAddress): RedisOptions {
  // The signal ends a connect that takes too long, handshake included.
  return { ...loginOptions(server), host: server.host, port: server.port, connectTimeout: 0 };
}

function sentinelOptions(
  server: ServerAddress,
  sentinels: readonly ServerAddress[],
  connectTimeoutMs: number,
): RedisOptions {
  const [first] = sentinels as [ServerAddress];
  // One that is silent must leave time to ask the next.
  const each = Math.max(50, Math.floor(connectTimeoutMs / (sentinels.length + 1)));
  return {
    ...loginOptions(server),
    name: server.host,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    ...(first.user === "" ? {} : { sentinelUsername: first.user }),
    ...(first.password === "" ? {} : { sentinelPassword: first.password }),
    ...(first.tls === undefined ? {} : { sentinelTLS: first.tls as ConnectionOptions }),
    enableTLSForSentinelMode: server.tls !== undefined,
    sentinelRetryStrategy: () => null,
    connectTimeout: each,
    sentinelCommandTimeout: each,
  };
}

function destroyNow(redis: Redis, reason: unknown): void {
  redis.disconnect();
  redis.stream?.destroy(reason instanceof Error ? reason : undefined);
}

/** Ends it, and resolves when its socket is closed, if it has got that far. */
function socketGone(redis: Redis): Promise<void> {
  destroyNow(redis, undefined);
  const { stream } = redis as { readonly stream?: Redis["stream"] };
  return new Promise((resolve) => {
    if (stream === undefined || stream.closed) resolve();
    else stream.once("close", () => resolve());
  });
}

function connectError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  if (!/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message)) return error;
  // Not as cause: ioredis puts the password into its errors, as arguments of HELLO.
  return new PoolError("POOL_REFUSED_AUTH", `Redis refused the login: ${message}`);
}

const commandChannel = tracingChannel<unknown, object>("ioredis:command");

/** What ioredis keeps of a command until its reply comes. */
interface Pending {
  readonly command: unknown;
  readonly stream: undefined;
}

interface CommandQueue extends ReplyQueue {
  readonly length: number;
  push(pending: Pending): void;
}

/** All commands of one turn of the event loop leave in one write. */
class CorkedClient implements RedisClient {
  readonly address: string;
  closing = false;
  readonly #redis: Redis;
  readonly #stream: Redis["stream"];
  /** Undocumented in ioredis: the commands without reply, in their order. A quick command is put there by ourselves. */
  readonly #queue: CommandQueue;
  #corked = false;
  /** Quick commands of this turn, as text. */
  #unwritten = "";

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#stream = redis.stream;
    this.#queue = (redis as unknown as { commandQueue: CommandQueue }).commandQueue;
    const { remoteAddress, remotePort } = redis.stream as { remoteAddress?: string; remotePort?: number };
    this.address = `${remoteAddress}:${remotePort}`;
    this.#readQuickly();
  }

  /** Puts a reader of quick commands' replies before ioredis' own, if that is between two replies for sure. */
  #readQuickly(): void {
    const [decode, ...others] = this.#stream.listeners("data");
    if (decode === undefined || others.length > 0 || this.#queue.length > 0) return;
    const replies = new QuickReplies(this.#queue, decode as (bytes: Buffer) => void);
    this.#stream.on("data", replies.read);
    this.#stream.removeListener("data", decode as (bytes: Buffer) => void);
  }

  get inFlight(): number {
    return this.#queue.length;
  }

  get bytesRead(): number {
    return (this.#stream as { bytesRead?: number }).bytesRead ?? 0;
  }

  get writable(): boolean {
    return this.#stream.writable && this.#redis.status === "ready";
  }

  send(command: PoolCommand): void {
    if (!this.#corked) {
      this.#corked = true;
      process.nextTick(this.#flush);
    }
    const { text } = command;
    if (text !== undefined && !isTraced(commandChannel)) {
      this.#unwritten += text;
      this.#queue.push({ command, stream: undefined });
    } else this.#sendByIoredis(command);
  }

  #sendByIoredis(command: PoolCommand): void {
    const own = command instanceof RedisCommand ? command : ownCommand(command);
    // What was called before goes first.
    this.#stream.cork();
    if (this.#unwritten !== "") this.#stream.write(this.#unwritten);
    this.#unwritten = "";
    const traced = this.#redis.sendCommand(own) as Promise<unknown>;
    // With a subscriber to ioredis' tracing channel it is another promise, which nobody else has.
    if (traced !== own.promise || own !== command) traced.catch(() => {});
  }

  readonly #flush = (): void => {
    const text = this.#unwritten;
    this.#corked = false;
    this.#unwritten = "";
    if (text !== "") this.#stream.write(text);
    while (this.#stream.writableCorked > 0) this.#stream.uncork();
  };

  onMessage(handler: (kind: MessageKind, name: string, channel: string, message: string) => void): void {
    this.#redis.on("message", (channel: string, text: string) => handler("channel", channel, channel, text));
    this.#redis.on("smessage", (channel: string, text: string) => handler("sharded", channel, channel, text));
    this.#redis.on("pmessage", (pattern: string, channel: string, text: string) =>
      handler("pattern", pattern, channel, text),
    );
  }

  onMoved(handler: () => void): void {
    this.#redis.on("moved", handler);
  }

  destroy(reason: Error): void {
    this.#stream.destroy(reason);
  }

  close(): Promise<void> {
    this.closing = true;
    if (this.#redis.status === "end") return Promise.resolve();
    return new Promise((resolve) => {
      this.#redis.once("end", () => resolve());
      this.#redis.disconnect();
    });
  }
}

/** A quick command as one of ioredis', which settles it. */
function ownCommand(command: PoolCommand): RedisCommand {
  const own = new RedisCommand(command.name, [...command.args], null, (error) => error);
  own.promise.then(
    (reply) => command.resolve(reply),
    (error: Error) => command.reject(error),
  );
  return own;
}

/** A command of ioredis that is rejected with errors of this package. */
export class RedisCommand extends Command implements PoolCommand {
  readonly text = undefined;
  sent = false;
  redirect: Redirect | undefined;
  redirections = 0;
  readonly #encoding: "utf8" | null;
  readonly #toError: ErrorMapper;

  constructor(name: string, args: unknown[], encoding: "utf8" | null, toError: ErrorMapper) {
    const last = args.at(-1);
    const callback = typeof last === "function" ? (args.pop() as ConstructorParameters<typeof Command>[3]) : undefined;
    super(name, args as ConstructorParameters<typeof Command>[1], { replyEncoding: encoding }, callback);
    this.#encoding = encoding;
    this.#toError = toError;
    const { reject } = this;
    this.reject = (error) => {
      if (this.redirect?.(error, this) !== true) reject(toError(error, this));
    };
  }

  copy(): RedisCommand {
    return new RedisCommand(this.name, [...this.args], this.#encoding, this.#toError);
  }

  read(reply: unknown): unknown {
    return this.transformReply(reply as Parameters<Command["transformReply"]>[0]);
  }
}

/** The slot of a command's first key; null without one. */
export function slotOf(command: PoolCommand): number | null {
  const own = command instanceof Command ? command : new Command(command.name, command.args as string[]);
  return own.getSlot();
}
