import type { Meter, Tracer } from "@opentelemetry/api";
import { createRedisPool } from "@servertech/redis-pool";
import { instrument } from "@servertech/redis-pool/otel";
import { describe, expect, inject, it } from "vitest";
import { RecordingMeter, RecordingTracer } from "../../../../tools/recording-telemetry.ts";

const url = inject("urls").redis;

const STATE = "db.client.connection.state";

const valuesOf = (meter: RecordingMeter, name: string) =>
  meter.of(`db.client.connection.${name}`).map(({ value }) => value);

describe("instrument", () => {
  it("records counts, waits, loans, openings and timeouts of its pool by the names of the conventions", async () => {
    await using redis = createRedisPool({ url, name: "mine", exclusive: { max: 1 } });
    await using other = createRedisPool({ url });
    const meter = new RecordingMeter();
    const instrumented = instrument({ meter: meter as unknown as Meter, target: redis });
    await redis.use(async () => {
      expect(await meter.collect(STATE)).toEqual({
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
    expect(valuesOf(meter, "wait_time")).toHaveLength(2);
    expect(valuesOf(meter, "use_time")).toHaveLength(1);
    expect(valuesOf(meter, "create_time")).toHaveLength(1);
    expect(valuesOf(meter, "timeouts")).toEqual([1]);
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
    const tracer = new RecordingTracer();
    const meter = new RecordingMeter();
    const options = { meter: meter as unknown as Meter, tracer: tracer as unknown as Tracer, poolName: "renamed" };
    const instrumented = instrument(options);
    await redis.use(() =>
      expect(redis.use(() => {}, { timeoutMs: 1 })).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" }),
    );
    instrumented[Symbol.dispose]();
    const attributes = { "db.client.connection.pool.name": "renamed" };
    expect(tracer.spans.map(({ name, attributes: given, status, ended }) => ({ name, given, status, ended }))).toEqual([
      { name: "redis-pool acquire", given: attributes, status: undefined, ended: 1 },
      { name: "redis-pool acquire", given: attributes, status: { code: 2, message: "POOL_ACQUIRE_TIMEOUT" }, ended: 1 },
    ]);
    expect(await meter.collect(STATE)).toEqual({});
  });

  it("refuses wrong options", () => {
    for (const wrong of [{ poolname: "x" }, { meter: {} }, { tracer: {} }, { target: {} }, { poolName: 5 }])
      expect(() => instrument(wrong as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
