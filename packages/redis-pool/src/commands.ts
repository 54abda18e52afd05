import { COMMAND_NAMES, RedisCommand, type RedisCommander } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { ABSENT_NAMES, SESSION_NAMES, TRANSACTION_NAMES } from "./command-names.ts";

type Absent =
  | (typeof ABSENT_NAMES)[number]
  | "call"
  | "callBuffer"
  | "hello"
  | `${(typeof ABSENT_NAMES)[number]}Buffer`;
type Transaction = (typeof TRANSACTION_NAMES)[number] | "execBuffer" | "multiBuffer";
type Session = (typeof SESSION_NAMES)[number];

/**
 * Redis' commands as typed by ioredis: `get`, `set`, `hgetall`, … and `getBuffer`, … for replies as Buffers.
 *
 * Each rejects with {@link RedisPoolError} `REDIS_REPLY`, `REDIS_UNAVAILABLE` or `REDIS_QUEUE_FULL`, or with `PoolError`
 * `POOL_CLOSED`. Commands that change the connection (WATCH, MULTI, SELECT, …) are not here: they need a lease. Those that
 * block are run on a lease of their own, and may be rejected with its errors.
 */
export type RedisCommands = Omit<RedisCommander, Absent | Transaction | Session>;

/**
 * The commands of a leased connection, transactions included: after `multi()` each command answers `QUEUED`, and `exec()`
 * gives the replies, as Redis sends them, or null when a watched key has changed.
 */
export type LeasedCommands = Omit<RedisCommander, Absent | "multi" | "exec" | "execBuffer" | "multiBuffer"> & {
  multi(): Promise<"OK">;
  exec(): Promise<unknown[] | null>;
};

const onLease = COMMAND_NAMES.filter((name) => !(ABSENT_NAMES as readonly string[]).includes(name));
const notShared: readonly string[] = [...TRANSACTION_NAMES, ...SESSION_NAMES];
const onShared = onLease.filter((name) => !notShared.includes(name));

/** Where a command goes. */
export type Send = (command: RedisCommand) => Promise<unknown>;

interface Sender {
  readonly send: Send;
}

type Method = (this: Sender, ...args: unknown[]) => Promise<unknown>;

/** One class for all objects with the same commands: their methods are made once. */
function commandClass(names: readonly string[]): new (send: Send) => object {
  class Commands implements Sender {
    declare readonly send: Send;

    constructor(send: Send) {
      Object.defineProperty(this, "send", { value: send });
    }
  }
  for (const name of names)
    for (const [method, encoding] of [[name, "utf8"] as const, [`${name}Buffer`, null] as const])
      Object.defineProperty(Commands.prototype, method, { value: methodOf(name, encoding) });
  return Commands;
}

function methodOf(name: string, encoding: "utf8" | null): Method {
  return function (...args) {
    return this.send(new RedisCommand(name, args, encoding, commandError));
  };
}

const Shared = commandClass(onShared);
const Leased = commandClass(onLease);

// The methods are made from the same list of commands as ioredis' types.
export function sharedCommands(send: Send): RedisCommands {
  return new Shared(send) as RedisCommands;
}

export function leasedCommands(send: Send): LeasedCommands {
  return new Leased(send) as LeasedCommands;
}
