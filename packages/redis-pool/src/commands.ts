import { COMMAND_NAMES, RedisCommand, type RedisCommander } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { ABSENT_NAMES, TRANSACTION_NAMES } from "./command-names.ts";
import type { PoolCommand } from "./pool-command.ts";
import { QUICK_NAMES, QuickCommand, encode } from "./quick-command.ts";

type Absent =
  | (typeof ABSENT_NAMES)[number]
  | "call"
  | "callBuffer"
  | "hello"
  | `${(typeof ABSENT_NAMES)[number]}Buffer`;
type Transaction = (typeof TRANSACTION_NAMES)[number] | "execBuffer" | "multiBuffer";

/**
 * Redis' commands as typed by ioredis: `get`, `set`, `hgetall`, … and `getBuffer`, … for replies as Buffers.
 *
 * Each rejects with {@link RedisPoolError} `REDIS_REPLY`, `REDIS_UNAVAILABLE` or `REDIS_QUEUE_FULL`, or with `PoolError`
 * `POOL_CLOSED`. Those that block, and those that change the connection (CLIENT, SELECT, WATCH, …), run on a lease of their
 * own for this one call, and may be rejected with its errors; what is to outlast the call needs `use` or `transaction`.
 * MULTI, EXEC and DISCARD are not here for that reason.
 */
export type RedisCommands = Omit<RedisCommander, Absent | Transaction>;

/**
 * The commands of a leased connection, transactions included: after `multi()` each command answers `QUEUED`, and `exec()`
 * gives the replies, as Redis sends them, or null when a watched key has changed.
 */
export type LeasedCommands = Omit<RedisCommander, Absent | "multi" | "exec" | "execBuffer" | "multiBuffer"> & {
  multi(): Promise<"OK">;
  exec(): Promise<unknown[] | null>;
};

const onLease = COMMAND_NAMES.filter((name) => !(ABSENT_NAMES as readonly string[]).includes(name));
/** What `commands`, a pipeline and a transaction have. */
export const SHARED_NAMES: readonly string[] = onLease.filter(
  (name) => !(TRANSACTION_NAMES as readonly string[]).includes(name),
);

/** Where a command goes. */
export type Send = (command: PoolCommand) => Promise<unknown>;

interface Sender {
  readonly send: Send;
}

type Method = (this: Sender, ...args: unknown[]) => Promise<unknown>;

/** A command from a caller's arguments. */
export function makeCommand(name: string, args: unknown[], encoding: "utf8" | null): PoolCommand {
  const text = QUICK_NAMES.has(name) ? encode(name, args) : undefined;
  return text === undefined
    ? new RedisCommand(name, args, encoding, commandError)
    : new QuickCommand(name, args, text, encoding, commandError);
}

/** One class for all objects with the same commands: their methods are made once. */
function commandClass(names: readonly string[]): new (send: Send) => object {
  class Commands implements Sender {
    declare readonly send: Send;

    constructor(send: Send) {
      Object.defineProperty(this, "send", { value: send });
    }
  }
  for (const name of names)
    for (const [method, encoding] of methodsOf(name))
      Object.defineProperty(Commands.prototype, method, { value: methodOf(name, encoding) });
  return Commands;
}

/** The two methods of a command, and how each reads its reply. */
export function methodsOf(name: string): [string, "utf8" | null][] {
  return [
    [name, "utf8"],
    [`${name}Buffer`, null],
  ];
}

function methodOf(name: string, encoding: "utf8" | null): Method {
  if (!QUICK_NAMES.has(name))
    return function (...args) {
      return this.send(new RedisCommand(name, args, encoding, commandError));
    };
  return function (...args) {
    return this.send(makeCommand(name, args, encoding));
  };
}

const Shared = commandClass(SHARED_NAMES);
const Leased = commandClass(onLease);

// The methods are made from the same list of commands as ioredis' types.
export function sharedCommands(send: Send): RedisCommands {
  return new Shared(send) as RedisCommands;
}

export function leasedCommands(send: Send): LeasedCommands {
  return new Leased(send) as LeasedCommands;
}
