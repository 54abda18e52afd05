import { Command } from "./client-factory.ts";
import { blocks } from "./command-names.ts";
import type { PoolCommand } from "./pool-command.ts";

/** How long commands may take on a lease, in milliseconds. */
export interface LeaseLimits {
  /** One that does not block. */
  readonly commandTimeoutMs: number;
  /** One that blocks for ever by its own arguments; 0 = no limit. */
  readonly blockingTimeoutMs: number;
}

/** Longest wait for the reply to a command on a lease, in milliseconds; 0 = no limit. */
export function replyLimit(command: PoolCommand, { commandTimeoutMs, blockingTimeoutMs }: LeaseLimits): number {
  if (!blocks(command.name, command.args)) return commandTimeoutMs;
  const own = ownTime(command);
  return own > 0 ? own + commandTimeoutMs : blockingTimeoutMs;
}

/** The time that a blocking command names itself, in milliseconds; 0 when it is for ever or cannot be read. */
function ownTime({ name, args }: PoolCommand): number {
  if (name === "wait" || name === "waitaof") return Number(args.at(-1)) || 0;
  const text = args.map((arg) => (Buffer.isBuffer(arg) ? arg.toString() : String(arg)));
  return new Command(name, text).extractBlockingTimeout() ?? 0;
}
