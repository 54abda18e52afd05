import type { ErrorMapper, PoolCommand, Redirect } from "./pool-command.ts";

/**
 * Commands whose reply Redis sends as ioredis gives it, apart from text: those that are used most, of which each step counts.
 * Written and, where they are simple, read here; all others are ioredis' own commands.
 */
export const QUICK_NAMES: ReadonlySet<string> = new Set(
  (
    "get set mget mset hset getset getdel getex setex psetex setnx del unlink exists expire pexpire expireat pexpireat ttl pttl persist " +
    "incr decr incrby decrby append strlen getrange setrange getbit setbit hget hmget hdel hexists hlen hkeys hvals hincrby " +
    "lpush rpush lpop rpop llen lrange lindex lrem ltrim lset sadd srem scard sismember smembers zadd zrem zcard zscore " +
    "publish ping echo type evalsha eval"
  ).split(" "),
);

let takenResolve!: (value: unknown) => void;
let takenReject!: (error: unknown) => void;
/** One function for all promises: an executor of its own would be a closure for each command. */
const take = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  takenResolve = resolve;
  takenReject = reject;
};

/** A command that is text already, with what ioredis' queue of commands without reply needs of it. */
export class QuickCommand implements PoolCommand {
  readonly name: string;
  readonly args: unknown[];
  readonly text: string;
  readonly promise: Promise<unknown>;
  sent = false;
  redirect: Redirect | undefined;
  redirections = 0;
  readonly #encoding: "utf8" | null;
  readonly #toError: ErrorMapper;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(name: string, args: unknown[], text: string, encoding: "utf8" | null, toError: ErrorMapper) {
    this.name = name;
    this.args = args;
    this.text = text;
    this.#encoding = encoding;
    this.#toError = toError;
    this.promise = new Promise<unknown>(take);
    this.#resolve = takenResolve;
    this.#reject = takenReject;
  }

  /** What a reply is for the caller. */
  read(reply: unknown): unknown {
    return this.#encoding === null ? reply : decoded(reply);
  }

  resolve(reply: unknown): void {
    this.#resolve(this.read(reply));
  }

  /** Settles with a reply that is the same for every caller. */
  answer(reply: number | null): void {
    this.#resolve(reply);
  }

  /** Settles with the text or the bytes `[from, to)`. */
  answerText(bytes: Buffer, from: number, to: number): void {
    if (this.#encoding === null) this.#resolve(bytes.subarray(from, to));
    else if (to - from === 2 && bytes[from] === 0x4f && bytes[from + 1] === 0x4b) this.#resolve("OK");
    // Without a name of the encoding it is UTF-8, and not looked up.
    else this.#resolve(bytes.toString(undefined, from, to));
  }

  reject(error: Error): void {
    if (this.redirect?.(error, this) === true) return;
    this.#reject(this.#toError(error, this));
  }

  copy(): QuickCommand {
    return new QuickCommand(this.name, this.args, this.text, this.#encoding, this.#toError);
  }
}

function decoded(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString();
  return Array.isArray(reply) ? reply.map(decoded) : reply;
}

const heads = new Map<string, string[]>();

/** `*<count>\r\n$<length>\r\n<name>\r\n` */
function headOf(name: string, count: number): string {
  let known = heads.get(name);
  if (known === undefined) heads.set(name, (known = []));
  return (known[count] ??= `*${count + 1}\r\n$${name.length}\r\n${name}\r\n`);
}

/** Beginnings for fewer arguments are kept. */
const MOST_KEPT = 16;

/** A command as Redis reads it; undefined when an argument is neither text nor a number: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export function encode(name: string, args: readonly unknown[]): string | undefined {
  const count = args.length;
  let text = count < MOST_KEPT ? headOf(name, count) : `*${count + 1}\r\n$${name.length}\r\n${name}\r\n`;
  for (let n = 0; n < count; n++) {
    const arg = args[n];
    if (typeof arg === "string") text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
    else if (typeof arg === "number") text += `$${String(arg).length}\r\n${arg}\r\n`;
    else return undefined;
  }
  return text;
}
