import type { BatchObservableCallback, Meter, Observable, Tracer } from "@opentelemetry/api";
import { createRedisPool } from "@servertech/redis-pool";
import { instrument } from "@servertech/redis-pool/otel";
import { describe, expect, inject, it } from "vitest";

const url = inject("urls").redis;

/** Notes what is recorded, by the name of the instrument. */
class NotingMeter {
  readonly units = new Map<string, string | undefined>();
  readonly recorded: { name: string; value: number; attributes: unknown }[] = [];
  readonly callbacks = new Set<BatchObservableCallback>();

  readonly #instrument = (name: string, options?: { unit?: string }): object => {
    this.units.set(name, options?.unit);
    const note = (value: number, attributes: unknown): void => void this.recorded.push({ name, value, attributes });
    return { name, record: note, add: note };
  };

  readonly createHistogram = this.#instrument;
  readonly createCounter = this.#instrument;
  readonly createObservableUpDownCounter = this.#instrument;

  addBatchObservableCallback(callback: BatchObservableCallback): void {
    this.callbacks.add(callback);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback): void {
    this.callbacks.delete(callback);
  }

  async collect(): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    const observe = (metric: Observable, value: number, attributes?: object): void => {
      const { name } = metric as unknown as { name: string };
      const state = (attributes as Record<string, string>)["db.client.connection.state"];
      seen[state === undefined ? name : `${name} ${state}`] = value;
    };
    for (const callback of this.callbacks) await callback({ observe });
    return seen;
  }

  values(name: string): number[] {
    return this.recorded.filter((one) => one.name === `db.client.connection.${name}`).map(({ value }) => value);
  }
}

describe("instrument", () => {
  it("records counts, waits, loans, openings and timeouts of its pool by the names of the conventions", async () => {
    await using redis = createRedisPool({ url, name: "mine", exclusive: { max: 1 } });
    await using other = createRedisPool({ url });
    const meter = new NotingMeter();
    const instrumented = instrument({ meter: meter as unknown as Meter, target: redis });
    await redis.use(async () => {
      expect(await meter.collect()).toEqual({
        "db.client.connection.count idle": 0,
        "db.client.connection.count used": 1,
        "db.client.connection.limit": 1,
        "db.client.connection.idle.max": 1,
        "db.client.connection.idle.min": 0,
        "db.client.connection.pending_requests": 0,
      });
      await expect(redis.use(() => {}, { timeoutMs: 10 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    });
    await other.use(() => {});
    expect(meter.values("wait_time")).toHaveLength(2);
    expect(meter.values("use_time")).toHaveLength(1);
    expect(meter.values("create_time")).toHaveLength(1);
    expect(meter.values("timeouts")).toEqual([1]);
    for (const { attributes } of meter.recorded)
      expect(attributes).toEqual({ "db.client.connection.pool.name": "mine" });
    const units = [...meter.units].map(([name, unit]) => `${name.replace("db.client.connection.", "")} ${unit}`);
    expect(units.toSorted()).toEqual([
      "count {connection}",
      "create_time s",
      "idle.max {connection}",
      "idle.min {connection}",
      "limit {connection}",
      "pending_requests {request}",
      "timeouts {timeout}",
      "use_time s",
      "wait_time s",
    ]);
    instrumented[Symbol.dispose]();
    const before = meter.recorded.length;
    await redis.use(() => {});
    expect(meter.recorded).toHaveLength(before);
    expect(meter.callbacks.size).toBe(0);
  });

  it("makes a span of each wait, and observes all pools without a target", async () => {
    await using redis = createRedisPool({ url, name: "spans", exclusive: { max: 1 } });
    const spans: unknown[] = [];
    const tracer = {
      startSpan: (name: string, options: object) => {
        const span = { name, ...options, status: undefined as unknown, ended: false };
        spans.push(span);
        return { setStatus: (status: unknown) => (span.status = status), end: () => (span.ended = true) };
      },
    };
    const meter = new NotingMeter();
    const options = { meter: meter as unknown as Meter, tracer: tracer as unknown as Tracer, poolName: "renamed" };
    const instrumented = instrument(options);
    await redis.use(() =>
      expect(redis.use(() => {}, { timeoutMs: 1 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" }),
    );
    instrumented[Symbol.dispose]();
    const attributes = { "db.client.connection.pool.name": "renamed" };
    expect(spans).toEqual([
      { name: "redis-pool acquire", attributes, status: undefined, ended: true },
      { name: "redis-pool acquire", attributes, status: { code: 2, message: "POOL_ACQUIRE_TIMEOUT" }, ended: true },
    ]);
    expect(await meter.collect()).toEqual({});
  });

  it("refuses wrong options", () => {
    expect(() => instrument({ poolname: "x" } as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
