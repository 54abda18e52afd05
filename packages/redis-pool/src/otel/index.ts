/**
 * Metrics and spans of Redis pools for OpenTelemetry, by the names of its semantic conventions 1.45.0:
 * https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
 */
import type { TracingChannelSubscribers } from "node:diagnostics_channel";
import {
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type Meter,
  type Observable,
  type Span,
  SpanStatusCode,
  type Tracer,
  metrics,
} from "@opentelemetry/api";
import { isServertechError, optionChecks } from "@servertech/core";
import { type RedisAcquireContext, acquireChannel } from "../acquire-channel.ts";
import type { RedisPool } from "../redis-pool.ts";
import { NAMES, POOL_NAME, STATE } from "./names.ts";

export interface InstrumentOptions {
  /** @default the global meter `@servertech/redis-pool` */
  meter?: Meter | undefined;
  /** Makes a span of each wait for an exclusive connection. @default no spans */
  tracer?: Tracer | undefined;
  /**
   * The pool to observe: its waits only, its counts and the time its connections take to open. @default the waits and loans
   * of all pools of the process, without counts
   */
  target?: RedisPool | undefined;
  /** `db.client.connection.pool.name`. @default the pool's `name` */
  poolName?: string | undefined;
}

/**
 * Begins to record, until the result is disposed. Covers the exclusive connections: what is sent on the shared ones is traced
 * by ioredis itself.
 *
 * @throws OptionError on wrong options.
 */
export function instrument(options: InstrumentOptions = {}): Disposable {
  const check = optionChecks(options, ["meter", "tracer", "target", "poolName"]);
  if (options.poolName !== undefined) check.string("poolName", options.poolName, { maxLength: 200 });
  check.done(undefined);
  const { target, poolName } = options;
  const meter = options.meter ?? metrics.getMeter("@servertech/redis-pool");
  const loans = new LoanRecorder(meter, options);
  const subscribers = loans.subscribers();
  acquireChannel.subscribe(subscribers);
  const stopCounting = target === undefined ? undefined : countConnections(meter, target, poolName ?? target.name);
  return {
    [Symbol.dispose]() {
      acquireChannel.unsubscribe(subscribers);
      stopCounting?.();
    },
  };
}

/** What one wait has begun. */
interface Wait {
  readonly begun: number;
  readonly span: Span | undefined;
}

/** Waits and loans, from the tracing channel. */
class LoanRecorder {
  readonly #options: InstrumentOptions;
  readonly #waits = new WeakMap<object, Wait>();
  readonly #waitTime: Histogram;
  readonly #useTime: Histogram;
  readonly #timeouts: Counter;

  constructor(meter: Meter, options: InstrumentOptions) {
    this.#options = options;
    this.#waitTime = meter.createHistogram(NAMES.waitTime, { unit: "s" });
    this.#useTime = meter.createHistogram(NAMES.useTime, { unit: "s" });
    this.#timeouts = meter.createCounter(NAMES.timeouts, { unit: "{timeout}" });
  }

  subscribers(): TracingChannelSubscribers<RedisAcquireContext> {
    return {
      start: (context) => this.#begin(context),
      asyncEnd: (context) => this.#end(context),
      end() {},
      asyncStart() {},
      error() {},
    };
  }

  #begin(context: RedisAcquireContext): void {
    const { target, tracer } = this.#options;
    if (target !== undefined && target !== context.target) return;
    const span = tracer?.startSpan("redis-pool acquire", { attributes: this.#attributes(context) });
    this.#waits.set(context, { begun: performance.now(), span });
  }

  #end(context: RedisAcquireContext): void {
    const wait = this.#waits.get(context);
    if (wait === undefined) return;
    const attributes = this.#attributes(context);
    const lentAt = performance.now();
    this.#waitTime.record((lentAt - wait.begun) / 1_000, attributes);
    const { error } = context;
    if (error === undefined) {
      const next = context.onRelease;
      context.onRelease = () => {
        this.#useTime.record((performance.now() - lentAt) / 1_000, attributes);
        next?.();
      };
    } else {
      if (isServertechError(error, "POOL_ACQUIRE_TIMEOUT")) this.#timeouts.add(1, attributes);
      const message = isServertechError(error) ? error.code : "the caller gave up";
      wait.span?.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    wait.span?.end();
  }

  #attributes(context: RedisAcquireContext): Record<string, string> {
    return { [POOL_NAME]: this.#options.poolName ?? context.pool };
  }
}

/** The counts of a pool at each collection, and how long its connections took to open. @returns what ends it. */
function countConnections(meter: Meter, pool: RedisPool, name: string): () => void {
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
  const onConnect = ({ role, durationMs }: { readonly role: string; readonly durationMs: number }): void => {
    if (role === "exclusive") createTime.record(durationMs / 1_000, attributes);
  };
  pool.on("connect", onConnect);
  return () => {
    meter.removeBatchObservableCallback(observe, observed);
    pool.off("connect", onConnect);
  };
}
