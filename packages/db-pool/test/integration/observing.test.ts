import { tracingChannel } from "node:diagnostics_channel";
import type { BatchObservableCallback, Meter, Observable, Tracer } from "@opentelemetry/api";
import { createDbPool } from "@servertech/db-pool";
import { instrument } from "@servertech/db-pool/otel";
import { createProxy } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import { failure } from "./database.ts";

const url = inject("urls").mysql;

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
    await using db = createDbPool({ url, name: "mine", max: 1 });
    await using other = createDbPool({ url });
    const meter = new NotingMeter();
    const instrumented = instrument({ meter: meter as unknown as Meter, target: db });
    await db.use(async () => {
      expect(await meter.collect()).toEqual({
        "db.client.connection.count idle": 0,
        "db.client.connection.count used": 1,
        "db.client.connection.limit": 1,
        "db.client.connection.idle.max": 1,
        "db.client.connection.idle.min": 0,
        "db.client.connection.pending_requests": 0,
      });
      expect(await failure(db.use(() => {}, { timeoutMs: 10 }))).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
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
    await db.use(() => {});
    expect(meter.values("wait_time")).toHaveLength(2);
    expect(meter.callbacks.size).toBe(0);
  });

  it("makes spans without values", async () => {
    await using db = createDbPool({ url, name: "spanned" });
    const spans: { name: string; attributes: unknown; status?: unknown; ended: boolean }[] = [];
    const tracer = {
      startSpan(name: string, { attributes }: { attributes: object }) {
        const span = { name, attributes, status: undefined as unknown, ended: false };
        spans.push(span);
        return {
          setStatus: (status: unknown) => (span.status = status),
          end: () => (span.ended = true),
        };
      },
    } as unknown as Tracer;
    const meter = new NotingMeter() as unknown as Meter;
    const instrumented = instrument({ meter, tracer, target: db, poolName: "shown" });
    await db.transaction((tx) => tx.query("SELECT 'secret' = ?", ["secret"]));
    await failure(db.query("SELECT nothing_secret"));
    instrumented[Symbol.dispose]();
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      "db-pool acquire",
      "db-pool query",
      "db-pool query",
      "db-pool transaction",
    ]);
    expect(spans.every(({ ended }) => ended)).toBe(true);
    expect(JSON.stringify(spans)).not.toContain("secret");
    expect(spans.find(({ status }) => status !== undefined)).toMatchObject({
      name: "db-pool query",
      attributes: { "db.client.connection.pool.name": "shown", "db.operation.name": "SELECT" },
      status: { message: "QUERY_FAILED" },
    });
  });

  it("refuses wrong options", () => {
    expect(() => instrument({ poolName: 5 as unknown as string })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});

describe("tracing channels", () => {
  it("tell texts without values, attempts, and errors", async () => {
    await using db = createDbPool({ url, name: "traced" });
    const seen: object[] = [];
    const note = (context: object) => void seen.push({ ...context });
    const subscribers = { asyncEnd: note, start() {}, end() {}, asyncStart() {}, error() {} };
    for (const what of ["query", "transaction"]) tracingChannel(`servertech:db-pool:${what}`).subscribe(subscribers);
    await db.value("SELECT ? + 1", [41]);
    const error = await failure(db.transaction((tx) => tx.query("SELECT nothing")));
    for (const what of ["query", "transaction"]) tracingChannel(`servertech:db-pool:${what}`).unsubscribe(subscribers);
    await db.value("SELECT ? + 1", [1]);
    expect(seen).toMatchObject([
      { target: db, pool: "traced", sql: "SELECT ? + 1" },
      { pool: "traced", sql: "SELECT nothing", error },
      { target: db, pool: "traced", attempts: 1, error },
    ]);
    expect(JSON.stringify(seen.map((one) => ({ ...one, target: 0 })))).not.toContain("41");
  });
});

describe("events", () => {
  it("tell connections that come and go, an outage, and callers who got none", async () => {
    await using proxy = await createProxy({ target: url });
    const through = new URL(url);
    through.port = String(proxy.port);
    const events: string[] = [];
    const db = createDbPool({ url: through.href, max: 1, acquireTimeoutMs: 200 });
    db.on("connect", ({ threadId, durationMs }) => events.push(threadId > 0 && durationMs > 0 ? "connect" : "?"));
    db.on("remove", ({ threadId }) => events.push(threadId > 0 ? "remove" : "?"));
    db.on("timeout", ({ code }) => events.push(`timeout ${code}`));
    db.on("down", ({ code }) => events.push(`down ${code}`));
    db.on("up", ({ failures }) => events.push(failures > 0 ? "up" : "?"));
    await db.query("SELECT 1");
    await proxy.set("refuse");
    db.evict();
    await failure(db.query("SELECT 1"));
    await failure(db.value("SELECT ? + 1", [1]));
    await proxy.set("pass");
    await db.ready({ timeoutMs: 10_000 });
    const ignored = () => events.push("never");
    db.on("remove", ignored).off("remove", ignored);
    await db.close();
    const late = "timeout POOL_ACQUIRE_TIMEOUT";
    expect(events).toEqual(["connect", "remove", "down POOL_CONNECT_FAILED", late, late, "connect", "up", "remove"]);
  });

  it("tell a connection that is not given back, once, with the stack of its acquire", async () => {
    const db = createDbPool({ url, max: 2, leakDetectionMs: 50 });
    const leaks: Error[] = [];
    db.on("leak", (error) => leaks.push(error));
    db.on("leak", () => {
      throw new Error("a listener's own affair");
    });
    async function forgetful() {
      return db.acquire();
    }
    await forgetful();
    await expect.poll(() => leaks.length).toBe(1);
    expect(leaks[0]).toMatchObject({ code: "POOL_LEASE_LEAKED" });
    expect(leaks[0]?.stack).toContain("forgetful");
    // Statements and loans that were given back are none.
    await db.use((connection) => connection.query("SELECT 1"));
    await db.value("SELECT SLEEP(?)", [0.1]);
    expect(db.stats()).toMatchObject({ leaks: 1, inUse: 1 });
    // One that its caller keeps on purpose.
    await db.acquire({ leakDetection: false });
    expect(await db.close({ timeoutMs: 50 })).toEqual({ leaked: 2 });
    expect(leaks).toHaveLength(1);
  });
});
