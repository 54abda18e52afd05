import type { ChainableCommander } from "./client-factory.ts";
import { type ABSENT_NAMES, type TRANSACTION_NAMES, needsLease } from "./command-names.ts";
import { SHARED_NAMES, makeCommand, methodsOf } from "./commands.ts";
import type { PoolCommand } from "./pool-command.ts";

/** What one command of a pipeline came to: `[null, reply]`, or `[error, undefined]`. */
export type PipelineResult = readonly [error: Error | null, reply: unknown];

type Refused = "exec" | "multi" | (typeof ABSENT_NAMES)[number] | (typeof TRANSACTION_NAMES)[number];

/**
 * Commands that are collected, and sent one behind the other by `exec`. Each method gives the pipeline back.
 *
 * Commands that block, or that change the connection, throw a TypeError.
 */
export type RedisPipeline = Omit<ChainableCommander, Refused | "call" | "callBuffer"> & {
  /** Commands collected so far. */
  readonly length: number;
  /** Sends them, in order, and gives what each came to. A second call gives the same promise. Never rejects. */
  exec(): Promise<PipelineResult[]>;
};

/** Collects commands. A subclass sends them. */
class CommandList {
  readonly collected: PoolCommand[] = [];

  get length(): number {
    return this.collected.length;
  }
}

/** @param sendAll sends commands on one connection; each settles by itself. */
class Pipeline extends CommandList {
  readonly #sendAll: (commands: readonly PoolCommand[]) => void;
  #result: Promise<PipelineResult[]> | undefined;

  constructor(sendAll: (commands: readonly PoolCommand[]) => void) {
    super();
    this.#sendAll = sendAll;
  }

  exec(): Promise<PipelineResult[]> {
    return (this.#result ??= this.#send());
  }

  async #send(): Promise<PipelineResult[]> {
    const settled = Promise.allSettled(this.collected.map(({ promise }) => promise));
    this.#sendAll(this.collected);
    return (await settled).map((one) =>
      one.status === "fulfilled" ? [null, one.value] : [one.reason as Error, undefined],
    );
  }
}

/** What is queued between MULTI and EXEC. */
export type QueuedCommands = Omit<ChainableCommander, Refused | "call" | "callBuffer" | "length">;

for (const name of SHARED_NAMES)
  for (const [method, encoding] of methodsOf(name))
    Object.defineProperty(CommandList.prototype, method, {
      value(this: CommandList, ...args: unknown[]): CommandList {
        this.collected.push(collectable(makeCommand(name, args, encoding)));
        return this;
      },
    });

function collectable(command: PoolCommand): PoolCommand {
  if (needsLease(command.name, command.args))
    throw new TypeError(`${command.name} needs a connection of its own: call it on commands, or in use`);
  // Whoever collects it waits for it later.
  command.promise.catch(() => {});
  return command;
}

export function createPipeline(sendAll: (commands: readonly PoolCommand[]) => void): RedisPipeline {
  return new Pipeline(sendAll) as unknown as RedisPipeline;
}

/** A list of commands for a transaction, and what was called on it. */
export function commandList(): { readonly queued: QueuedCommands; readonly collected: readonly PoolCommand[] } {
  const list = new CommandList();
  return { queued: list as unknown as QueuedCommands, collected: list.collected };
}
