/**
 * Metrics and spans of database pools for OpenTelemetry, by the names of its semantic conventions 1.45.0:
 * https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
 */
import {
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type Meter,
  type Observable,
  type Tracer,
  metrics,
} from "@opentelemetry/api";
import { isServertechError, optionChecks } from "@servertech/core";
import type { DbPool } from "../db-pool.ts";
import { type DbAcquireContext, acquireChannel } from "../tracing.ts";
import { NAMES, POOL_NAME, STATE } from "./names.ts";
import { recordSpans } from "./spans.ts";
import { type Subscribers, subscribersOf } from "./subscribers.ts";

export interface InstrumentOptions {
  /** @default the global meter `@servertech/db-pool` */
  meter?: Meter | undefined;
  /** Makes spans of waits for a connection, of statements and of transactions. @default no spans */
  tracer?: Tracer | undefined;
  /**
   * The pool to observe: its waits only, its counts and the time its connections take to open. @default the waits and loans
   * of all pools of the process, without counts
   */
  target?: DbPool | undefined;
  /** `db.client.connection.pool.name`. @default the pool's `name` */
  poolName?: string | undefined;
}

/**
 * Begins to record, until the result is disposed.
 *
 * Wait and use times are those of `acquire`, `use` and `transaction`; statements called on the pool share connections.
 *
 * @throws OptionError on wrong options.
 */
export function instrument(options: InstrumentOptions = {}): Disposable {
  const check = optionChecks(options, ["meter", "tracer", "target", "poolName"]);
  const { target, poolName, tracer } = options;
  if (poolName !== undefined) check.string("poolName", poolName, { maxLength: 200 });
  if (options.meter !== undefined) check.object("meter", options.meter, ["createHistogram"]);
  if (tracer !== undefined) check.object("tracer", tracer, ["startSpan"]);
  if (target !== undefined) check.object("target", target, ["stats", "on"]);
  check.done(undefined);
  const meter = options.meter ?? metrics.getMeter("@servertech/db-pool");
  const loans = new LoanRecorder(meter, target, poolName).subscribers();
  acquireChannel.subscribe(loans);
  const stopCounting = target === undefined ? undefined : countConnections(meter, target, poolName ?? target.name);
  const stopSpans = tracer === undefined ? undefined : recordSpans(tracer, target?.name, poolName);
  return {
    [Symbol.dispose]() {
      acquireChannel.unsubscribe(loans);
      stopCounting?.();
      stopSpans?.();
    },
  };
}

/** Waits and loans, from the tracing channel. */
class LoanRecorder {
  readonly #target: DbPool | undefined;
  readonly #poolName: string | undefined;
  readonly #begun = new WeakMap<object, number>();
  readonly #waitTime: Histogram;
  readonly #useTime: Histogram;
  readonly #timeouts: Counter;

  constructor(meter: Meter, target: DbPool | undefined, poolName: string | undefined) {
    this.#target = target;
    this.#poolName = poolName;
    this.#waitTime = meter.createHistogram(NAMES.waitTime, { unit: "s" });
    this.#useTime = meter.createHistogram(NAMES.useTime, { unit: "s" });
    this.#timeouts = meter.createCounter(NAMES.timeouts, { unit: "{timeout}" });
  }

  subscribers(): Subscribers<DbAcquireContext> {
    return subscribersOf(
      (context) => {
        if (this.#target === undefined || this.#target === context.target) this.#begun.set(context, performance.now());
      },
      (context) => this.#end(context),
    );
  }

  #end(context: DbAcquireContext): void {
    const begun = this.#begun.get(context);
    if (begun === undefined) return;
    const attributes = { [POOL_NAME]: this.#poolName ?? context.pool };
    const lentAt = performance.now();
    this.#waitTime.record((lentAt - begun) / 1_000, attributes);
    if (context.error === undefined) {
      const next = context.onRelease;
      context.onRelease = () => {
        this.#useTime.record((performance.now() - lentAt) / 1_000, attributes);
        next?.();
      };
    } else if (isServertechError(context.error, "POOL_ACQUIRE_TIMEOUT")) this.#timeouts.add(1, attributes);
  }
}

/** The counts of a pool at each collection, and how long its connections took to open. @returns what ends it. */
function countConnections(meter: Meter, pool: DbPool, name: string): () => void {
  const attributes = { [POOL_NAME]: name };
  const gauge = (metric: string, unit: string): Observable => meter.createObservableUpDownCounter(metric, { unit });
  const count = gauge(NAMES.count, "{connection}");
  const limit = gauge(NAMES.limit, "{connection}");
  const idleMax = gauge(NAMES.idleMax, "{connection}");
  const idleMin = gauge(NAMES.idleMin, "{connection}");
  const pending = gauge(NAMES.pendingRequests, "{request}");
  const createTime = meter.createHistogram(NAMES.createTime, { unit: "s" });
  const observe: BatchObservableCallback = (result) => {
    const { idle, inUse, waiting, max, min } = pool.stats();
    result.observe(count, idle, { ...attributes, [STATE]: "idle" });
    result.observe(count, inUse, { ...attributes, [STATE]: "used" });
    result.observe(limit, max, attributes);
    result.observe(idleMax, max, attributes);
    result.observe(idleMin, min, attributes);
    result.observe(pending, waiting, attributes);
  };
  const observed = [count, limit, idleMax, idleMin, pending];
  meter.addBatchObservableCallback(observe, observed);
  const onConnect = ({ durationMs }: { readonly durationMs: number }): void =>
    createTime.record(durationMs / 1_000, attributes);
  pool.on("connect", onConnect);
  return () => {
    meter.removeBatchObservableCallback(observe, observed);
    pool.off("connect", onConnect);
  };
}
