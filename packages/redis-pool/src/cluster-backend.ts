import { type Logger, abortable, sleep, withDeadline } from "@servertech/core";
import { type Backend, type Shard, sendOnLease } from "./backend.ts";
import { RedisCommand, slotOf } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { needsLease } from "./command-names.ts";
import { RedisPoolError } from "./errors.ts";
import type { PoolCommand } from "./pool-command.ts";
import { type SlotRange, readMoved } from "./slot-map.ts";
import { type PastCounts, keepCounts, noCounts } from "./stats.ts";

export interface ClusterOptions {
  /** `host:port` of the nodes to ask first. */
  readonly seeds: readonly string[];
  /** Makes the connections to a node. */
  readonly makeShard: (address: string) => Shard;
  /** Asks one node for the masters of all slots. */
  readonly askSlots: (address: string, signal: AbortSignal) => Promise<SlotRange[]>;
  /** Longest wait for a first answer of any node, in milliseconds. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** A command is sent on to another node so often; then its error is the caller's. */
const MOST_REDIRECTIONS = 16;
/** Between two questions for the masters while something is wrong. */
const PAUSE_MS = 100;

/**
 * The masters of a cluster, each with connections of its own. A command goes to the master of its key's slot; what was meant
 * for another one is sent on, which does not break at-most-once: the node that says MOVED or ASK has done nothing.
 */
export class ClusterBackend implements Backend {
  readonly past: PastCounts = noCounts();
  readonly #options: ClusterOptions;
  readonly #nodes = new Map<string, Shard>();
  /** Those of nodes that are no masters any more, until what they had in hand is done. */
  readonly #leaving = new Set<Shard>();
  /** The node that answered last. */
  #lastGood: string | undefined;
  /** Address of the master of each slot. */
  readonly #slots: (string | undefined)[] = [];
  readonly #stopped = new AbortController();
  #asking: Promise<void> | undefined;
  #known = false;
  /** Why a node did not tell the masters. */
  #lastError: unknown;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  get shards(): readonly Shard[] {
    return [...this.#nodes.values(), ...this.#leaving];
  }

  get current(): readonly Shard[] {
    return [...this.#nodes.values()];
  }

  /** `host:port` of the masters, as far as they are known. */
  get addresses(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** A node cannot be reached: perhaps another one is master by now. */
  readonly missed = (): void => {
    if (this.#nodes.size > 0) void this.relocate();
  };

  send(command: PoolCommand): Promise<unknown> {
    command.redirect = this.#redirect;
    return this.#shardFor(slotOf(command)).lane.send(command);
  }

  sendAll(commands: readonly PoolCommand[]): void {
    for (const command of commands) void this.send(command);
  }

  async sendOnLease(command: PoolCommand): Promise<unknown> {
    command.redirect = this.#redirect;
    try {
      await this.located();
    } catch (error) {
      command.reject(error as Error);
      return command.promise;
    }
    return sendOnLease(this.#shardFor(slotOf(command)).exclusive, command);
  }

  async shardOf(key: string | Buffer | undefined, signal: AbortSignal | undefined): Promise<Shard> {
    await abortable(this.located(), signal);
    return this.#shardFor(key === undefined ? null : slotOf(new RedisCommand("get", [key], null, commandError)));
  }

  async opened(): Promise<void> {
    await this.located();
    await Promise.all([...this.#nodes.values()].map(({ lane }) => lane.opened()));
  }

  stop(): void {
    this.#stopped.abort(new Error("the pool is closed"));
  }

  // Where slots are

  /** Without a slot any node will do; without an answer yet the first seed, which tells who is the master. */
  #shardFor(slot: number | null): Shard {
    if (!this.#known) void this.relocate();
    const address = slot === null ? undefined : this.#slots[slot];
    if (address !== undefined) return this.#node(address);
    const [first] = this.#nodes.values();
    return first ?? this.#node(this.#options.seeds[0] as string);
  }

  #node(address: string): Shard {
    let shard = this.#nodes.get(address);
    if (shard === undefined) this.#nodes.set(address, (shard = this.#options.makeShard(address)));
    return shard;
  }

  async located(): Promise<void> {
    if (this.#known) return;
    const { timeoutMs } = this.#options;
    const late = (): Error =>
      new RedisPoolError("REDIS_UNAVAILABLE", `no node of the cluster answered within ${timeoutMs} ms`, {
        cause: this.#lastError,
      });
    const known = async (): Promise<void> => {
      while (!this.#known && !this.#stopped.signal.aborted) await this.relocate();
    };
    await withDeadline(known(), timeoutMs, late);
  }

  /** Asks the nodes for the masters, once at a time. Never rejects. */
  relocate(): Promise<void> {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  async #ask(): Promise<void> {
    const { seeds, askSlots, logger } = this.#options;
    const { signal } = this.#stopped;
    const first = this.#lastGood === undefined ? [] : [this.#lastGood];
    for (const address of new Set([...first, ...this.#nodes.keys(), ...seeds])) {
      if (signal.aborted) return;
      try {
        this.#adopt(await askSlots(address, signal));
        this.#lastGood = address;
        break;
      } catch (error) {
        this.#lastError = error;
        logger.debug({ err: error, node: address }, "a node of the cluster did not tell the masters");
      }
    }
    // Who calls again meanwhile waits for this one: a pause that all share.
    await sleep(PAUSE_MS, { signal, ref: false }).catch(() => {});
  }

  #adopt(ranges: readonly SlotRange[]): void {
    if (this.#stopped.signal.aborted) return;
    const masters = new Set(ranges.map(({ address }) => address));
    if (masters.size === 0) return;
    for (const { from, to, address } of ranges) for (let slot = from; slot <= to; slot++) this.#slots[slot] = address;
    this.#known = true;
    for (const [address, shard] of this.#nodes) if (!masters.has(address)) this.#leave(address, shard);
    for (const address of masters) this.#node(address);
  }

  /** A node is no master any more: what waits for it goes to who is. */
  #leave(address: string, shard: Shard): void {
    this.#nodes.delete(address);
    this.#leaving.add(shard);
    const waiting = shard.lane.takeQueued();
    void this.#end(address, shard);
    for (const command of waiting) void this.send(command);
  }

  /** Never rejects. */
  async #end(address: string, shard: Shard): Promise<void> {
    const { lane, exclusive, subscriber } = shard;
    const gone = new RedisPoolError("REDIS_UNAVAILABLE", `${address} is no longer a master of the cluster`);
    try {
      await Promise.all([lane.drained().then(() => lane.close(gone)), exclusive.close({}), subscriber.close(gone)]);
    } catch (error) {
      this.#options.logger.warn({ err: error, node: address }, "leaving a node failed");
    }
    keepCounts(this.past, shard);
    this.#leaving.delete(shard);
  }

  // Commands that came to the wrong node

  readonly #redirect = (error: Error, command: PoolCommand): boolean => {
    const moved = readMoved(error.message);
    if (moved === undefined || this.#stopped.signal.aborted) return false;
    command.redirections += 1;
    if (command.redirections > MOST_REDIRECTIONS) return false;
    const { ask, slot, address } = moved;
    if (!ask) {
      this.#slots[slot] = address;
      void this.relocate();
    }
    const { lane, exclusive } = this.#node(address);
    // Not on one of its own: with ASKING before it, it must follow on the same connection.
    if (needsLease(command.name, command.args)) void sendOnLease(exclusive, command).catch(() => {});
    else if (ask) lane.sendAll([asking(), command]);
    else lane.sendAll([command]);
    return true;
  };
}

function asking(): RedisCommand {
  const command = new RedisCommand("asking", [], "utf8", commandError);
  // The command behind it fails as well, and has an owner.
  command.promise.catch(() => {});
  return command;
}
