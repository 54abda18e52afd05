import { type Logger, type OptionChecks, optionChecks, safeLogger } from "@servertech/core";

/** How a pool waits, opens and ends. Pools built on this one take these options, too. */
export interface PoolOptions {
  /** Most resources alive at once, those being opened and those still closing included. At least 1. @default 10 */
  max?: number | undefined;
  /** Resources kept alive from the first use on. From 0 to `max`. @default 0 */
  min?: number | undefined;
  /** Longest wait of one acquire, opening and validating included, in milliseconds. At least 1. @default 5_000 */
  acquireTimeoutMs?: number | undefined;
  /** Longest time to open one resource, in milliseconds. At least 1. @default 3_000 */
  connectTimeoutMs?: number | undefined;
  /**
   * Longest time of one validation and of one reset, in milliseconds. At least 1, less than `acquireTimeoutMs`.
   * @default 500, lowered to fit
   */
  validationTimeoutMs?: number | undefined;
  /** A resource that was idle for less is lent without validation, in milliseconds. From 0. @default 500 */
  aliveBypassMs?: number | undefined;
  /** A resource idle for so long is destroyed when there are more than `min`, in milliseconds. 0 = never. @default 300_000 */
  idleTimeoutMs?: number | undefined;
  /**
   * Longest life of a resource, in milliseconds; each lives 10 to 25 % shorter, drawn for itself. One on loan is destroyed
   * when it comes back. 0 = no limit. @default 1_800_000
   */
  maxLifetimeMs?: number | undefined;
  /**
   * An idle resource that was not known to work for so long is validated, in milliseconds. Less than `maxLifetimeMs`; 0 = never.
   * @default 60_000, lowered to fit
   */
  keepaliveMs?: number | undefined;
  /** Callers that may wait; one more gets `POOL_QUEUE_FULL`. Those for whom there is room to open do not count. From 0. @default 1_000 */
  maxWaiting?: number | undefined;
  /** Resources opened at the same time; while opening fails it is one. From 1 to the smaller of 4 and `max`. @default 4, lowered to fit */
  maxConnecting?: number | undefined;
  /** Pause after a failed open, in milliseconds; it doubles, and up to half of it is left out at random. At least 1. @default 20 */
  backoffMinMs?: number | undefined;
  /** Longest such pause, in milliseconds. At least `backoffMinMs`. @default 250 */
  backoffMaxMs?: number | undefined;
  /**
   * What becomes of callers while nothing is alive and opening has failed 3 times in a row: they wait for their deadline, or
   * are refused at once with the last failure as `cause`. Refused or not, opening is tried again. @default "wait"
   */
  whenDown?: "wait" | "fail-fast" | undefined;
  /**
   * A lease held for longer is told as a leak, with the stack of its acquire, in milliseconds. Taking the stack costs each
   * acquire some microseconds. 0 = not looked for. @default 0 if NODE_ENV is "production", else 30_000
   */
  leakDetectionMs?: number | undefined;
  /** Shown in errors and logs. @default "default" */
  name?: string | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}

/** What `create` of a pool gets. */
export interface CreateContext {
  /**
   * Aborts when `connectTimeoutMs` have passed or the pool closes: give up, free what was opened so far, and reject when that is
   * done. The place in the pool is taken until then, for at most 5 s.
   */
  readonly signal: AbortSignal;
  /** To be called when the resource dies by itself: it is not lent again. Harmless later. */
  readonly lost: (reason?: unknown) => void;
}

/** The options of {@link createResourcePool}. */
export interface ResourcePoolOptions<R> extends PoolOptions {
  /** Opens a resource. A `PoolError` with code `POOL_REFUSED_AUTH` rejects all waiters, anything else is tried again. */
  create: (context: CreateContext) => R | PromiseLike<R>;
  /** Frees a resource; resolves when it is gone, its socket closed. It keeps its place in the pool until then, at most 5 s. */
  destroy: (resource: R) => unknown;
  /** Whether a resource still works. Asked before a loan when it was idle for `aliveBypassMs`. @default not asked */
  validate?: ((resource: R) => boolean | PromiseLike<boolean>) | undefined;
  /**
   * Cleans a resource after a loan. Undefined or true: it can be lent at once. False, a rejection or a throw: it is destroyed.
   * A promise of these is awaited before the next loan. @default nothing to clean
   */
  reset?: ((resource: R) => boolean | void | PromiseLike<boolean | void>) | undefined;
}

/** Pool options, filled in and checked. */
export type ResolvedPoolOptions = { readonly [K in keyof PoolOptions]-?: Exclude<PoolOptions[K], undefined> };

/** The names of {@link PoolOptions}, for pools that take them beside their own. */
export const POOL_OPTION_NAMES: readonly (keyof PoolOptions)[] = [
  "max",
  "min",
  "acquireTimeoutMs",
  "connectTimeoutMs",
  "validationTimeoutMs",
  "aliveBypassMs",
  "idleTimeoutMs",
  "maxLifetimeMs",
  "keepaliveMs",
  "maxWaiting",
  "maxConnecting",
  "backoffMinMs",
  "backoffMaxMs",
  "whenDown",
  "leakDetectionMs",
  "name",
  "logger",
];

const MOST_CONNECTING = 4;
/** Node's timers end there. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** Fills in and checks the pool's part of some options; problems are noted in `check`. */
export function checkPoolOptions(check: OptionChecks, options: PoolOptions): ResolvedPoolOptions {
  const duration = (name: keyof PoolOptions, value: number, min: number): number =>
    check.duration(name, value, { min, max: MAX_TIMER_MS });
  // Defaults by destructuring: they stand in for undefined only, null is wrong.
  const { max = 10, min = 0, maxWaiting = 1_000, name = "default", logger } = options;
  const { acquireTimeoutMs = 5_000, connectTimeoutMs = 3_000, aliveBypassMs = 500 } = options;
  const { idleTimeoutMs = 300_000, maxLifetimeMs = 1_800_000, whenDown = "wait" } = options;
  const { leakDetectionMs = process.env["NODE_ENV"] === "production" ? 0 : 30_000 } = options;
  // A default that would contradict what was given is bent to fit; what was given is not.
  const mostConnecting = Math.min(MOST_CONNECTING, whole(max) ?? MOST_CONNECTING);
  const { maxConnecting = mostConnecting } = options;
  const { validationTimeoutMs = Math.max(1, Math.min(500, (whole(acquireTimeoutMs) ?? MAX_TIMER_MS) - 1)) } = options;
  const { keepaliveMs = Math.min(60_000, (whole(maxLifetimeMs) ?? MAX_TIMER_MS) - 1) } = options;
  const { backoffMinMs = Math.min(20, whole(options.backoffMaxMs) ?? 20) } = options;
  const { backoffMaxMs = Math.max(250, whole(backoffMinMs) ?? 1) } = options;
  const resolved = {
    max: check.integer("max", max, { min: 1 }),
    min: check.integer("min", min, { max: whole(max) ?? Number.MAX_SAFE_INTEGER }),
    acquireTimeoutMs: duration("acquireTimeoutMs", acquireTimeoutMs, 1),
    connectTimeoutMs: duration("connectTimeoutMs", connectTimeoutMs, 1),
    validationTimeoutMs: duration("validationTimeoutMs", validationTimeoutMs, 1),
    aliveBypassMs: duration("aliveBypassMs", aliveBypassMs, 0),
    idleTimeoutMs: duration("idleTimeoutMs", idleTimeoutMs, 0),
    maxLifetimeMs: duration("maxLifetimeMs", maxLifetimeMs, 0),
    keepaliveMs: duration("keepaliveMs", keepaliveMs, 0),
    maxWaiting: check.integer("maxWaiting", maxWaiting),
    maxConnecting: check.integer("maxConnecting", maxConnecting, { min: 1, max: mostConnecting }),
    backoffMinMs: duration("backoffMinMs", backoffMinMs, 1),
    backoffMaxMs: duration("backoffMaxMs", backoffMaxMs, whole(backoffMinMs) ?? 1),
    whenDown: check.oneOf("whenDown", whenDown, ["wait", "fail-fast"] as const),
    leakDetectionMs: duration("leakDetectionMs", leakDetectionMs, 0),
    name: check.string("name", name, { maxLength: 200 }),
  };
  if (options.validationTimeoutMs !== undefined && whole(acquireTimeoutMs) !== undefined)
    if (validationTimeoutMs >= acquireTimeoutMs && acquireTimeoutMs > 1)
      // Below 1 there is nothing: the default for 1 is 1.
      check.problem(
        "validationTimeoutMs",
        `must be less than acquireTimeoutMs (${acquireTimeoutMs})`,
        validationTimeoutMs,
      );
  if (whole(maxLifetimeMs) !== undefined && keepaliveMs >= maxLifetimeMs)
    check.problem("keepaliveMs", `must be less than maxLifetimeMs (${maxLifetimeMs})`, keepaliveMs);
  if (logger !== undefined) check.object("logger", logger, ["debug", "info", "warn", "error"]);
  return { ...resolved, logger: safeLogger(logger) };
}

/** A value that may serve as another one's bound; undefined when it is itself wrong. */
function whole(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 1 ? value : undefined;
}

/** All options of a resource pool, filled in and checked. */
export interface ResolvedResourcePoolOptions<R> extends ResolvedPoolOptions {
  readonly create: ResourcePoolOptions<R>["create"];
  readonly destroy: ResourcePoolOptions<R>["destroy"];
  readonly validate: Exclude<ResourcePoolOptions<R>["validate"], undefined> | undefined;
  readonly reset: Exclude<ResourcePoolOptions<R>["reset"], undefined> | undefined;
}

/** @throws OptionError with every problem. */
export function resolveOptions<R>(options: ResourcePoolOptions<R>): ResolvedResourcePoolOptions<R> {
  const check = optionChecks(options, ["create", "destroy", "validate", "reset", ...POOL_OPTION_NAMES]);
  const { create, destroy, validate, reset } = options ?? {};
  check.func("create", create);
  check.func("destroy", destroy);
  if (validate !== undefined) check.func("validate", validate);
  if (reset !== undefined) check.func("reset", reset);
  return check.done({ ...checkPoolOptions(check, options ?? {}), create, destroy, validate, reset });
}
