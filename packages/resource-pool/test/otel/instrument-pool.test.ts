/** What pools that are built on this package record, with a channel and a pool that are made up. */
import { tracingChannel } from "node:diagnostics_channel";
import type { Meter, Tracer } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { RecordingMeter, RecordingTracer } from "../../../../tools/recording-telemetry.ts";
import { PoolError, type PoolStats } from "../../src/index.ts";
import { type AcquireContext, type PoolKind, instrumentPool } from "../../src/otel/index.ts";

const STATS = { idle: 2, inUse: 3, waiting: 4, max: 6, min: 1 } as PoolStats;
const POOL_NAME = "db.client.connection.pool.name";

class FakePool {
  readonly name = "fake";
  opened: ((durationMs: number) => void) | undefined;

  stats(): PoolStats {
    return STATS;
  }

  on(): this {
    return this;
  }
}

const acquires = tracingChannel<unknown, AcquireContext>("servertech:fake-pool:acquire");
const kind: PoolKind<FakePool> = {
  packageName: "fake-pool",
  acquires,
  spanned: [{ name: "fake acquire", channel: acquires, attributesOf: () => ({ more: 1 }), otherFailure: "given up" }],
  watchOpenings(pool, opened) {
    pool.opened = opened;
    return () => (pool.opened = undefined);
  },
};

async function acquire(context: AcquireContext, failure?: unknown): Promise<AcquireContext> {
  const wait = async (): Promise<void> => {
    if (failure !== undefined) throw failure;
  };
  await acquires.tracePromise(wait, context).catch(() => {});
  return context;
}

function recorder() {
  const meter = new RecordingMeter();
  const tracer = new RecordingTracer();
  return { meter, tracer, given: { meter: meter as unknown as Meter, tracer: tracer as unknown as Tracer } };
}

describe("instrumentPool", () => {
  it("observes counts and openings of its target, until disposed", async () => {
    const { meter, given } = recorder();
    const target = new FakePool();
    const instrumented = instrumentPool({ ...given, target }, kind);
    target.opened?.(250);
    expect(meter.of("db.client.connection.create_time")).toEqual([
      { name: "db.client.connection.create_time", value: 0.25, attributes: { [POOL_NAME]: "fake" } },
    ]);
    expect(await meter.collect("db.client.connection.state")).toEqual({
      "db.client.connection.count idle": 2,
      "db.client.connection.count used": 3,
      "db.client.connection.limit": 6,
      "db.client.connection.idle.max": 6,
      "db.client.connection.idle.min": 1,
      "db.client.connection.pending_requests": 4,
    });
    instrumented[Symbol.dispose]();
    instrumented[Symbol.dispose]();
    expect(target.opened).toBeUndefined();
    expect(await meter.collect()).toEqual({});
  });

  it("records what counts for its target, whatever the pools are called and whatever it was called on", async () => {
    const { meter, tracer, given } = recorder();
    const target = new FakePool();
    using _ = instrumentPool({ ...given, target }, kind);
    await acquire({ target, pool: "fake" });
    await acquire({ target: {}, owner: target, pool: "fake" });
    await acquire({ target: new FakePool(), pool: "fake" });
    await acquire({ target, owner: new FakePool(), pool: "fake" });
    expect(meter.of("db.client.connection.wait_time")).toHaveLength(2);
    expect(tracer.spans).toHaveLength(2);
  });

  it("records all pools without a target, by their names or the one given", async () => {
    const { meter, given } = recorder();
    for (const poolName of [undefined, "renamed"]) {
      using _ = instrumentPool({ ...given, poolName }, kind);
      await acquire({ target: {}, pool: "one" });
      await acquire({ target: {}, pool: "two" });
    }
    const names = meter.of("db.client.connection.wait_time").map(({ attributes }) => attributes[POOL_NAME]);
    expect(names).toEqual(["one", "two", "renamed", "renamed"]);
  });

  it("records the time of a loan, and leaves the release to others who listen for it", async () => {
    const { meter, given } = recorder();
    using _ = instrumentPool(given, kind);
    let heard = 0;
    const context = await acquire({ target: {}, pool: "one", onRelease: () => (heard += 1) });
    expect(meter.of("db.client.connection.use_time")).toHaveLength(0);
    context.onRelease?.();
    expect(meter.of("db.client.connection.use_time")).toHaveLength(1);
    expect(heard).toBe(1);
  });

  it("counts a wait that was too long as a timeout, and no other failure", async () => {
    const { meter, tracer, given } = recorder();
    using _ = instrumentPool(given, kind);
    const late = await acquire({ target: {}, pool: "one" }, new PoolError("POOL_ACQUIRE_TIMEOUT", "late"));
    await acquire({ target: {}, pool: "one" }, new PoolError("POOL_CLOSED", "closed"));
    await acquire({ target: {}, pool: "one" }, new Error("the caller's own words"));
    expect(late.onRelease).toBeUndefined();
    expect(meter.of("db.client.connection.timeouts").map(({ value }) => value)).toEqual([1]);
    expect(meter.of("db.client.connection.wait_time")).toHaveLength(3);
    expect(tracer.spans.map(({ status }) => status)).toEqual([
      { code: 2, message: "POOL_ACQUIRE_TIMEOUT" },
      { code: 2, message: "POOL_CLOSED" },
      { code: 2, message: "given up" },
    ]);
    expect(tracer.spans.map(({ attributes, ended }) => ({ ...attributes, ended }))).toEqual(
      Array.from({ length: 3 }, () => ({ [POOL_NAME]: "one", more: 1, ended: 1 })),
    );
  });

  it.each([
    [{ meter: {} }, "meter"],
    [{ tracer: {} }, "tracer"],
    [{ target: {} }, "target"],
    [{ poolName: 5 }, "poolName"],
    [{ poolname: "x" }, "poolname"],
  ])("refuses %j", (wrong, option) => {
    expect(() => instrumentPool(wrong as never, kind)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }) as Error,
    );
  });
});
