import {
  type CloseContext,
  CloseOnce,
  type CloseOptions,
  type ReadyOptions,
  onAbort,
  withDeadline,
} from "@servertech/core";
import {
  closedError,
  countProblem,
  downError,
  queueFullError,
  timeoutError,
  timeoutProblem,
} from "./acquire-errors.ts";
import { type AcquireTrace, UNWATCHED, leakError, traceAcquire } from "./acquire-trace.ts";
import { type OpenResult, boundedOpen } from "./bounded-open.ts";
import { CreateBackoff } from "./create-backoff.ts";
import { Drain } from "./drain.ts";
import type { PoolError } from "./errors.ts";
import { GenericPoolStore, type ResourceStore } from "./generic-pool-store.ts";
import { type Lease, type LeaseOwner, PoolLease } from "./lease.ts";
import { type ResolvedResourcePoolOptions, type ResourcePoolOptions, resolveOptions } from "./options.ts";
import { PoolEmitter } from "./pool-events.ts";
import { Reaper } from "./reaper.ts";
import { Slot, drawExpiry } from "./slot.ts";
import type { PoolStats } from "./stats.ts";
import { type Waiter, WaiterQueue } from "./waiter-queue.ts";
import { WarmUps } from "./warm-ups.ts";

export interface AcquireOptions {
  /** Ends the wait; `acquire` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default the pool's `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
  /** Of those who wait, higher ones are served first, equal ones in the order they asked. Any whole number. @default 0 */
  priority?: number | undefined;
  /** Whether the loan is told as a leak when it lasts too long, or until a closing pool ends it. @default true */
  leakDetection?: boolean | undefined;
}

export interface WarmUpOptions {
  /** Ends the wait; `warmup` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait, in milliseconds. At least 1. @default the pool's `acquireTimeoutMs` */
  timeoutMs?: number | undefined;
}

/** How a pool ended. */
export interface PoolCloseReport {
  /** Leases that were still held when time was up; their resources were destroyed. */
  readonly leaked: number;
}

/** Longest time a destroy is waited for. */
const DESTROY_TIMEOUT_MS = 5_000;
/** What a close may take on top of its own time, for sockets to go. */
const CLOSE_GRACE_MS = 1_000;
/** So many failures in a row, and nothing alive: callers of a pool that is to fail fast are refused. */
const DOWN_FAILURES = 3;

/** A pool of whatever `create` opens. Opens nothing until the first use. @throws OptionError on wrong options. */
export function createResourcePool<R>(options: ResourcePoolOptions<R>): ResourcePool<R> {
  return new ResourcePool(options);
}

/**
 * A bounded set of resources, each lent to one caller at a time.
 *
 * Callers are served by priority, then in the order they asked, with the resource used last. Every wait has a deadline. After `close`
 * nothing is lent; `close` resolves once every lease has ended and every resource is destroyed.
 */
export class ResourcePool<R> extends PoolEmitter implements LeaseOwner<Slot<R>>, AsyncDisposable {
  readonly #options: ResolvedResourcePoolOptions<R>;
  readonly #store: ResourceStore<R>;
  readonly #backoff: CreateBackoff;
  readonly #reaper: Reaper;
  readonly #waiters = new WaiterQueue<Lease<R>>((waiter) => this.#expire(waiter));
  readonly #slots = new Set<Slot<R>>();
  /** A stack: the one used last is lent first, and the one at the bottom has been idle longest. */
  readonly #idle: Slot<R>[] = [];
  readonly #closing = new AbortController();
  readonly #closeOnce: CloseOnce<PoolCloseReport>;
  /** Grows with every `evict`: what was begun before it is not lent after it. */
  #epoch = 0;
  readonly #warmUps = new WarmUps();
  #started = false;
  #suspended = false;
  #opening = 0;
  #validating = 0;
  /** Of these nobody waits for one. */
  #pinging = 0;
  #resetting = 0;
  #inUse = 0;
  #ending = 0;
  #acquired = 0;
  #created = 0;
  #destroyed = 0;
  #timeouts = 0;
  #leaks = 0;
  #errors = 0;
  /** The last loan has ended. */
  readonly #returned = new Drain(() => this.#inUse + this.#validating + this.#pinging + this.#resetting === 0);
  /** The last resource is gone. */
  readonly #empty = new Drain(() => this.#slots.size === 0 && this.#opening === 0 && this.#ending === 0);

  /** @throws OptionError on wrong options. */
  constructor(options: ResourcePoolOptions<R>) {
    super();
    this.#options = resolveOptions(options);
    const { max, destroy, idleTimeoutMs, maxLifetimeMs, leakDetectionMs, validate } = this.#options;
    const keepaliveMs = validate === undefined ? 0 : this.#options.keepaliveMs;
    this.#store = new GenericPoolStore(max, () => this.#openBounded(), destroy);
    this.#backoff = new CreateBackoff(this.#options, () => this.#pump());
    this.#reaper = new Reaper([idleTimeoutMs, maxLifetimeMs, keepaliveMs, leakDetectionMs], () => this.#sweep());
    this.#closeOnce = new CloseOnce((context) => this.#close(context));
  }

  /**
   * Borrows a resource.
   *
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_QUEUE_FULL`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`, with
   * `whenDown: "fail-fast"` `POOL_CONNECT_FAILED` or `POOL_CONNECT_TIMEOUT`, too; the signal's reason once it aborts;
   * OptionError on a wrong `timeoutMs` or `priority`. All as rejections.
   */
  acquire(options?: AcquireOptions): Promise<Lease<R>> {
    if (options?.signal?.aborted === true) return Promise.reject(options.signal.reason);
    if (this.#closeOnce.started) return Promise.reject(closedError(this.#options.name, this.stats()));
    if (options?.timeoutMs !== undefined) {
      const problem = timeoutProblem(options.timeoutMs);
      if (problem !== undefined) return Promise.reject(problem);
    }
    if (options?.priority !== undefined) {
      const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
      const problem = countProblem("priority", options.priority, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
      if (problem !== undefined) return Promise.reject(problem);
    }
    const trace = traceAcquire(options?.leakDetection !== false, this.#options.leakDetectionMs);
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    if (slot !== undefined) return Promise.resolve(this.#lend(slot, trace));
    return this.#wait(options, trace);
  }

  /**
   * Borrows a resource if one is idle, proven alive, and nobody waits for it.
   *
   * @returns undefined when there is none; nothing is opened then.
   * @throws PoolError `POOL_CLOSED`.
   */
  tryAcquire(options?: Pick<AcquireOptions, "leakDetection">): Lease<R> | undefined {
    if (this.#closeOnce.started) throw closedError(this.#options.name, this.stats());
    const slot = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    if (slot === undefined) return undefined;
    return this.#lend(slot, traceAcquire(options?.leakDetection !== false, this.#options.leakDetectionMs));
  }

  /**
   * Runs `body` with a resource and gives it back when the body has returned, rejected or thrown.
   *
   * @throws what `acquire` and `body` throw, as a rejection.
   */
  async use<T>(body: (resource: R) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T> {
    const lease = await this.acquire(options);
    try {
      return await body(lease.resource);
    } finally {
      lease.release();
    }
  }

  /**
   * Resolves when a resource is open; opens one where there is none.
   *
   * @throws what `acquire` throws, with the last failure to open as `cause`. Its default limit is `acquireTimeoutMs`.
   */
  async ready({ timeoutMs, signal }: ReadyOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw closedError(this.#options.name, this.stats());
    if (this.#slots.size > 0) return;
    const lease = await this.acquire({ timeoutMs, signal });
    lease.release();
  }

  /**
   * Opens resources until `count` are alive, lent ones included; resolves when they are. They are not kept for longer than
   * others: see `min`.
   *
   * @param count from 0 to `max`.
   * @throws PoolError `POOL_ACQUIRE_TIMEOUT`, `POOL_REFUSED_AUTH` or `POOL_CLOSED`; the signal's reason once it aborts;
   * OptionError on a wrong `count` or `timeoutMs`. All as rejections.
   */
  async warmup(count: number, { timeoutMs, signal }: WarmUpOptions = {}): Promise<void> {
    const { max, name, acquireTimeoutMs } = this.#options;
    signal?.throwIfAborted();
    if (this.#closeOnce.started) throw closedError(name, this.stats());
    const limitMs = timeoutMs ?? acquireTimeoutMs;
    const problem = countProblem("count", count, 0, max) ?? timeoutProblem(limitMs);
    if (problem !== undefined) throw problem;
    if (this.#slots.size >= count) return;
    this.#started = true;
    const late = (): PoolError => timeoutError(name, this.stats(), limitMs, this.#backoff);
    const warm = this.#warmUps.wait(count, limitMs, signal, late);
    this.#pump();
    await warm;
  }

  /** Lends nothing until `resume`: those who ask wait, up to their deadline. Leases that are out are not touched. */
  suspend(): void {
    this.#suspended = true;
  }

  /** Ends `suspend`: those who wait are served. */
  resume(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#pump();
  }

  /** Replaces every resource: idle ones are destroyed now, lent ones when they come back. */
  evict(): void {
    this.#epoch += 1;
    for (const slot of this.#slots) slot.retired = true;
    for (const slot of this.#idle.splice(0)) this.#discard(slot);
    this.#pump();
  }

  stats(): PoolStats {
    return Object.freeze({
      size: this.#slots.size,
      idle: this.#idle.length,
      inUse: this.#inUse,
      waiting: this.#waiters.size,
      max: this.#options.max,
      min: this.#options.min,
      connecting: this.#opening,
      closing: this.#ending,
      acquired: this.#acquired,
      created: this.#created,
      destroyed: this.#destroyed,
      timeouts: this.#timeouts,
      leaks: this.#leaks,
      suspended: this.#suspended,
      errors: this.#errors,
    });
  }

  /**
   * Refuses new acquires, rejects those who wait, lets leases end within `timeoutMs`, then takes the rest back by force.
   * Resolves when every resource is destroyed, at most 1 s after the force. May be called again: the same promise.
   */
  close(options?: CloseOptions): Promise<PoolCloseReport> {
    return this.#closeOnce.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal A lease has ended: the resource is cleaned and lent again. */
  takeBack(slot: Slot<R>): void {
    this.#inUse -= 1;
    slot.trace = undefined;
    const { reset } = this.#options;
    let clean: ReturnType<NonNullable<typeof reset>>;
    try {
      clean = slot.retired || this.#closeOnce.started ? undefined : reset?.(slot.resource);
    } catch (error) {
      clean = false;
      this.#note(error, "resetting a resource failed");
    }
    if (typeof clean === "object") this.#awaitReset(slot, clean);
    else if (clean === false) this.#discard(slot);
    else this.#offer(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  /** @internal A lease has ended with a resource that is not to be used again. */
  discardLeased(slot: Slot<R>, reason: unknown): void {
    this.#inUse -= 1;
    slot.trace = undefined;
    if (reason !== undefined)
      this.#options.logger.debug({ err: reason, pool: this.#options.name }, "resource destroyed");
    this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  // Lending

  /** The newest idle resource if it may be lent without being asked; the others have been idle for longer. */
  #takeIdle(): Slot<R> | undefined {
    const slot = this.#idle.at(-1);
    if (slot === undefined || this.#suspended) return undefined;
    const { validate, aliveBypassMs } = this.#options;
    if (validate !== undefined && !slot.aliveWithin(aliveBypassMs)) return undefined;
    return this.#idle.pop();
  }

  #lend(slot: Slot<R>, trace: AcquireTrace | undefined): Lease<R> {
    slot.state = "leased";
    if (trace === UNWATCHED) slot.told = true;
    else {
      slot.told = false;
      // Beside the stack, reading the clock costs nothing.
      if (trace !== undefined) slot.lentAt = performance.now();
    }
    slot.trace = trace;
    this.#inUse += 1;
    this.#acquired += 1;
    return new PoolLease<R, Slot<R>>(this, slot);
  }

  #wait(options: AcquireOptions | undefined, trace: AcquireTrace | undefined): Promise<Lease<R>> {
    const timeoutMs = options?.timeoutMs ?? this.#options.acquireTimeoutMs;
    const signal = options?.signal;
    const { failures, lastError } = this.#backoff;
    if (lastError !== undefined && this.#failsFast())
      return Promise.reject(downError(this.#options.name, this.stats(), failures, lastError));
    if (this.#waiters.size >= this.#options.maxWaiting && this.#waiters.size >= this.#obtainable())
      return Promise.reject(queueFullError(this.#options.name, this.stats()));
    this.#started = true;
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Lease<R>> = {
        resolve,
        reject,
        dueAt: performance.now() + timeoutMs,
        timeoutMs,
        priority: options?.priority ?? 0,
        trace,
        stopListening: undefined,
        previous: undefined,
        next: undefined,
        queued: false,
      };
      this.#waiters.add(waiter);
      if (signal !== undefined)
        waiter.stopListening = onAbort(signal, (reason) => {
          this.#waiters.remove(waiter);
          reject(reason);
        });
      this.#pump();
    });
  }

  /** How many of those who wait can be served without anybody giving something back. */
  #obtainable(): number {
    if (this.#suspended) return 0;
    return this.#options.max - this.#inUse - this.#ending;
  }

  /** Whether there is nothing to wait for. A refusal for good is no outage: whoever asks again is answered again. */
  #failsFast(): boolean {
    const { failures, lastError } = this.#backoff;
    if (this.#options.whenDown !== "fail-fast" || failures < DOWN_FAILURES || this.#slots.size > 0) return false;
    return lastError?.code !== "POOL_REFUSED_AUTH";
  }

  #expire(waiter: Waiter<Lease<R>>): void {
    waiter.stopListening?.();
    this.#timeouts += 1;
    waiter.reject(timeoutError(this.#options.name, this.stats(), waiter.timeoutMs, this.#backoff));
  }

  /** Lends a resource that is known to work to whoever waits longest, else lays it on the stack. */
  #offer(slot: Slot<R>): void {
    if (slot.retired || this.#closeOnce.started) return this.#discard(slot);
    const waiter = this.#suspended ? undefined : this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.stopListening?.();
      waiter.resolve(this.#lend(slot, waiter.trace));
      return;
    }
    slot.state = "idle";
    slot.idleSince = this.#reaper.now;
    if (this.#options.validate !== undefined) slot.aliveAt = Date.now();
    this.#idle.push(slot);
  }

  /** Does what those who wait need: lends, validates, opens. To be called whenever room or need may have grown. */
  #pump(): void {
    if (this.#closeOnce.started) return;
    while (!this.#suspended && this.#waiters.size > this.#validating) {
      const ready = this.#takeIdle();
      if (ready !== undefined) {
        this.#offer(ready);
        continue;
      }
      const stale = this.#idle.pop();
      if (stale === undefined) break;
      this.#validate(stale);
    }
    const { max, min } = this.#options;
    const live = this.#slots.size + this.#opening;
    const coming = this.#opening + this.#validating + this.#resetting;
    const unserved = this.#suspended ? 0 : this.#waiters.size - coming;
    const short = Math.max(this.#started ? min : 0, this.#warmUps.target, this.#failsFast() ? 1 : 0) - live;
    const wanted = Math.max(unserved, short);
    const room = Math.min(max - live - this.#ending, this.#backoff.room(this.#opening));
    for (let n = Math.min(wanted, room); n > 0; n--)
      this.#open().catch((error: unknown) => this.#note(error, "the store failed"));
  }

  // Validating and resetting

  #validate(slot: Slot<R>): void {
    const { validate, validationTimeoutMs } = this.#options;
    slot.state = "validating";
    this.#validating += 1;
    const asked = (async () => validate?.(slot.resource) ?? true)();
    void this.#bounded(asked, validationTimeoutMs, "validating a resource").then((alive) => {
      this.#validating -= 1;
      // Where one has died, the others may have: they are not to cost the next callers a wait each.
      if (!alive) this.#pingIdle(this.#options.aliveBypassMs);
      this.#settle(slot, alive);
    });
  }

  /** Validates idle resources that were not known to work for so long; nobody waits for them. */
  #pingIdle(silentMs: number): void {
    if (this.#closeOnce.started) return;
    for (const slot of this.#idle.splice(0)) {
      if (slot.aliveWithin(silentMs)) this.#idle.push(slot);
      else this.#ping(slot);
    }
  }

  #ping(slot: Slot<R>): void {
    const { validate, validationTimeoutMs } = this.#options;
    slot.state = "validating";
    this.#pinging += 1;
    const asked = (async () => validate?.(slot.resource) ?? true)();
    void this.#bounded(asked, validationTimeoutMs, "keeping a resource alive").then((alive) => {
      this.#pinging -= 1;
      const needed = this.#waiters.size > 0 && !this.#suspended;
      if (needed || !alive || slot.retired || this.#closeOnce.started) this.#settle(slot, alive);
      else this.#layBack(slot);
    });
  }

  /** A ping is no use of a resource: it returns to its place on the stack, and goes on being idle. */
  #layBack(slot: Slot<R>): void {
    slot.state = "idle";
    slot.aliveAt = Date.now();
    const above = this.#idle.findIndex(({ idleSince }) => idleSince > slot.idleSince);
    this.#idle.splice(above === -1 ? this.#idle.length : above, 0, slot);
  }

  #awaitReset(slot: Slot<R>, cleaning: PromiseLike<boolean | void>): void {
    slot.state = "resetting";
    this.#resetting += 1;
    void this.#bounded(cleaning, this.#options.validationTimeoutMs, "resetting a resource").then((clean) => {
      this.#resetting -= 1;
      this.#settle(slot, clean);
    });
  }

  #settle(slot: Slot<R>, usable: boolean): void {
    if (usable) this.#offer(slot);
    else this.#discard(slot);
    if (this.#closeOnce.started) this.#checkReturned();
  }

  /** Whether `work` came to true or nothing in time. Never rejects. */
  async #bounded(work: PromiseLike<boolean | void>, timeoutMs: number, what: string): Promise<boolean> {
    try {
      const late = (): Error => new Error(`${what} took longer than ${timeoutMs} ms`);
      return (await withDeadline(work, timeoutMs, late)) !== false;
    } catch (error) {
      this.#note(error, `${what} failed`);
      return false;
    }
  }

  // Opening and destroying

  #openBounded(): Promise<OpenResult<R>> {
    const { create, connectTimeoutMs, name } = this.#options;
    const late = (resource: R): void => {
      (async () => this.#options.destroy(resource))().catch((error: unknown) =>
        this.#note(error, "destroying a resource that came too late failed"),
      );
    };
    return boundedOpen({ create, connectTimeoutMs, name, closing: this.#closing.signal, late });
  }

  async #open(): Promise<void> {
    const epoch = this.#epoch;
    this.#opening += 1;
    const result = await this.#store.open();
    this.#opening -= 1;
    if (result.ok) {
      const slot = new Slot(result, drawExpiry(this.#options.maxLifetimeMs));
      result.onLost = (reason) => this.#lost(slot, reason);
      this.#slots.add(slot);
      this.#created += 1;
      slot.retired ||= epoch !== this.#epoch;
      this.#reaper.start();
      this.#noteSuccess();
      this.#offer(slot);
      this.#warmUps.check(this.#slots.size);
    } else {
      if (!this.#closeOnce.started) this.#noteFailure(result.error);
      await this.#store.destroy(result);
    }
    this.#pump();
    this.#empty.check();
  }

  #noteSuccess(): void {
    const { logger, name } = this.#options;
    const { failures } = this.#backoff;
    this.#backoff.succeeded();
    if (failures === 0) return;
    logger.info({ pool: name, failures }, "opening works again");
    this.tell(logger, "up", { failures });
  }

  #noteFailure(error: PoolError): void {
    const { logger, name } = this.#options;
    this.#errors += 1;
    const { failures } = this.#backoff;
    this.#backoff.failed(error);
    if (failures === 0) {
      logger.warn({ err: error, pool: name }, "opening failed, trying again");
      this.tell(logger, "down", error);
    }
    if (error.code !== "POOL_REFUSED_AUTH") return;
    this.#warmUps.rejectAll(error);
    for (const waiter of this.#waiters.clear()) {
      waiter.stopListening?.();
      waiter.reject(error);
    }
  }

  #lost(slot: Slot<R>, reason: unknown): void {
    slot.retired = true;
    if (slot.state !== "idle") return;
    this.#options.logger.debug({ err: reason, pool: this.#options.name }, "an idle resource was lost");
    this.#idle.splice(this.#idle.indexOf(slot), 1);
    this.#discard(slot);
  }

  /** Destroys a resource that is on nobody's books any more. Its place is free once it is gone. */
  #discard(slot: Slot<R>): void {
    slot.state = "closing";
    this.#slots.delete(slot);
    this.#ending += 1;
    this.#destroyed += 1;
    const late = (): Error => new Error(`destroying a resource took longer than ${DESTROY_TIMEOUT_MS} ms`);
    void withDeadline(this.#store.destroy(slot.opened), DESTROY_TIMEOUT_MS, late)
      .catch((error: unknown) => this.#note(error, "destroying a resource failed"))
      .then(() => {
        this.#ending -= 1;
        this.#pump();
        this.#empty.check();
      });
    // There may be room for another one before this one is gone.
    this.#pump();
  }

  #note(error: unknown, what: string): void {
    this.#errors += 1;
    this.#options.logger.warn({ err: error, pool: this.#options.name }, what);
  }

  #sweep(): void {
    const { idleTimeoutMs, keepaliveMs, leakDetectionMs, min, validate } = this.#options;
    const { now, intervalMs } = this.#reaper;
    for (const slot of this.#slots) {
      if (slot.expiresAt <= now) slot.retired = true;
      if (leakDetectionMs === 0 || slot.state !== "leased" || slot.told) continue;
      if (now - slot.lentAt < leakDetectionMs) continue;
      slot.told = true;
      this.#tellLeak(slot, `a lease is held for more than ${leakDetectionMs} ms`);
    }
    let spare = idleTimeoutMs === 0 ? 0 : this.#slots.size - min;
    // From the bottom of the stack: longest idle first.
    for (const slot of this.#idle.splice(0)) {
      // What the pool knows as the time lies behind by up to one interval.
      const tooLong = spare > 0 && now - slot.idleSince >= idleTimeoutMs + intervalMs;
      if (slot.retired || tooLong) {
        spare -= 1;
        this.#discard(slot);
      } else this.#idle.push(slot);
    }
    if (validate !== undefined && keepaliveMs > 0) this.#pingIdle(keepaliveMs);
    if (this.#slots.size === 0) this.#reaper.stop();
  }

  #tellLeak(slot: Slot<R>, what: string): void {
    const { logger, name } = this.#options;
    const error = leakError(name, what, slot.trace);
    this.#leaks += 1;
    logger.warn({ err: error, pool: name }, "a lease was not given back");
    this.tell(logger, "leak", error);
  }

  // Closing

  async #close({ force }: CloseContext): Promise<PoolCloseReport> {
    this.#reaper.stop();
    this.#backoff.stop();
    for (const waiter of this.#waiters.clear()) {
      waiter.stopListening?.();
      waiter.reject(closedError(this.#options.name, this.stats()));
    }
    this.#warmUps.rejectAll(closedError(this.#options.name, this.stats()));
    this.#closing.abort(closedError(this.#options.name, this.stats()));
    for (const slot of this.#idle.splice(0)) this.#discard(slot);
    await this.#returned.wait(force, 0);
    const leaked = this.#takeBackByForce();
    if (leaked > 0)
      this.#options.logger.warn({ pool: this.#options.name, leaked }, "leases were held until the pool closed");
    const gone = await this.#empty.wait(force, CLOSE_GRACE_MS);
    if (!gone)
      this.#options.logger.warn({ pool: this.#options.name, closing: this.#ending }, "resources outlived their pool");
    return { leaked };
  }

  /** @returns how many were still lent. */
  #takeBackByForce(): number {
    const leaked = this.#inUse;
    for (const slot of this.#slots) {
      // What is being validated or reset is destroyed when that ends, which is bounded.
      if (slot.state !== "leased") continue;
      slot.generation += 1;
      this.#inUse -= 1;
      if (!slot.told) this.#tellLeak(slot, "a lease was held until the pool closed");
      this.#discard(slot);
    }
    return leaked;
  }

  #checkReturned(): void {
    this.#returned.check();
    this.#empty.check();
  }
}
