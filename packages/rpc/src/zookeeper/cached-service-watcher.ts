import { EventEmitter } from "node:events";
import {
  abortable,
  CloseOnce,
  type CloseOptions,
  optionChecks,
  type ReadyOptions,
  withDeadline,
} from "@servertech/core";
import { ZooKeeperError } from "./client/errors.ts";
import { KeepAlive } from "./client/keep-alive.ts";
import type { ServiceChange, ServiceInstance, ServiceWatcher } from "./registry-types.ts";
import type { CacheListener, ServiceCache } from "./service-cache.ts";

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** One user's view of a service's cache, which all views of the service share. */
export class CachedServiceWatcher
  extends EventEmitter<{ change: [ServiceChange]; held: [number] }>
  implements ServiceWatcher, CacheListener
{
  readonly #cache: ServiceCache;
  readonly #defaultTimeoutMs: number;
  readonly #waiters = new Set<Waiter>();
  readonly #alive = new KeepAlive();
  readonly #closing: CloseOnce;
  /** The list at the end. */
  #last: readonly ServiceInstance[] | undefined;
  #toldFirst = false;

  constructor(cache: ServiceCache, defaultTimeoutMs: number, closed: (watcher: CachedServiceWatcher) => void) {
    super();
    this.#cache = cache;
    this.#defaultTimeoutMs = defaultTimeoutMs;
    this.#closing = new CloseOnce(async () => {
      this.#last = cache.instances;
      for (const waiter of this.#waiters) waiter.reject(this.#closedError());
      this.removeAllListeners();
      closed(this);
    });
    // The user has listeners only after this turn.
    if (cache.isListed) setImmediate(() => this.listed());
  }

  get name(): string {
    return this.#cache.name;
  }

  get instances(): readonly ServiceInstance[] {
    return this.#last ?? this.#cache.instances;
  }

  get stale(): boolean {
    return this.#last !== undefined || this.#cache.stale;
  }

  async ready(options: ReadyOptions = {}): Promise<void> {
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    const asked = options.timeoutMs ?? this.#defaultTimeoutMs;
    const timeoutMs = check.done(check.duration("timeoutMs", asked, { min: 1 }));
    options.signal?.throwIfAborted();
    if (this.#closing.started) throw this.#closedError();
    if (this.#cache.isListed) return;
    let waiter: Waiter | undefined;
    const listed = new Promise<void>((resolve, reject) => {
      waiter = { resolve, reject };
      this.#waiters.add(waiter);
    });
    this.#alive.hold();
    try {
      await withDeadline(abortable(listed, options.signal), timeoutMs, () => this.#lateError(timeoutMs));
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      this.#alive.release();
    }
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  listed(): void {
    for (const waiter of this.#waiters) waiter.resolve();
    if (this.#toldFirst) return;
    this.#toldFirst = true;
    this.emit("change", { added: [...this.#cache.instances], removed: [], updated: [] });
  }

  changed(change: ServiceChange): void {
    // Its first list, which is about to be told, has the change.
    if (this.#toldFirst) this.emit("change", change);
  }

  held(count: number): void {
    this.emit("held", count);
  }

  #lateError(timeoutMs: number): ZooKeeperError {
    const cause = this.#cache.lastError;
    const origin = cause === undefined ? {} : { cause };
    const why = `the service "${this.name}" was not listed within ${timeoutMs} ms`;
    return new ZooKeeperError("ZK_CONNECTION_LOSS", why, { ...origin, op: "watch" });
  }

  #closedError(): ZooKeeperError {
    return new ZooKeeperError("ZK_CLOSED", `the watcher of "${this.name}" is closed`, { op: "watch" });
  }
}
