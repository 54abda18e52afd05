/** Commands that hold up a connection until something happens: each runs on a connection of its own. */
const BLOCKING: ReadonlySet<string> = new Set(
  "blpop brpop brpoplpush blmove blmovem blmpop bzpopmin bzpopmax bzmpop wait waitaof".split(" "),
);

/** Whether a command may hold up its connection. */
export function blocks(name: string, args: readonly unknown[]): boolean {
  if (BLOCKING.has(name)) return true;
  if (name !== "xread" && name !== "xreadgroup") return false;
  // The option stands before STREAMS; behind it are keys.
  const end = args.findIndex((arg) => String(arg).toLowerCase() === "streams");
  return args.slice(0, end === -1 ? undefined : end).some((arg) => String(arg).toLowerCase() === "block");
}

/** What a transaction leaves behind is undone on release. */
export const TRANSACTION_NAMES = ["multi", "exec", "discard"] as const;

/** Stateful, and therefore on a lease; undone on release. */
const WATCH_NAMES = ["watch", "unwatch"] as const;

/** What changes a connection for good: only on a lease, and its connection is not lent again. */
export const SESSION_NAMES = ["select", "client", "readonly", "readwrite", "asking"] as const;

const STATEFUL: ReadonlySet<string> = new Set([...WATCH_NAMES, ...SESSION_NAMES]);

/** Whether a command must not run on a connection that others use. */
export function needsLease(name: string, args: readonly unknown[]): boolean {
  return STATEFUL.has(name) || blocks(name, args);
}

/** What no caller can use here: `subscribe` and the pool take their place. */
export const ABSENT_NAMES = [
  "auth",
  "hello",
  "quit",
  "reset",
  "monitor",
  "sync",
  "psync",
  "replconf",
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "ssubscribe",
  "sunsubscribe",
] as const;
