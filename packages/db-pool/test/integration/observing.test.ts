import { tracingChannel } from "node:diagnostics_channel";
import type { Meter, Tracer } from "@opentelemetry/api";
import { createDbPool } from "@servertech/db-pool";
import { instrument } from "@servertech/db-pool/otel";
import { createProxy } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import { RecordingMeter, RecordingTracer } from "../../../../tools/recording-telemetry.ts";
import { failure } from "./database.ts";

const url = inject("urls").mysql;

const STATE = "db.client.connection.state";

const valuesOf = (meter: RecordingMeter, name: string) =>
  meter.of(`db.client.connection.${name}`).map(({ value }) => value);

describe("instrument", () => {
  it("records counts, waits, loans, openings and timeouts of its pool by the names of the conventions", async () => {
    await using db = createDbPool({ url, name: "mine", max: 1 });
    await using other = createDbPool({ url });
    const meter = new RecordingMeter();
    const instrumented = instrument({ meter: meter as unknown as Meter, target: db });
    await db.use(async () => {
      expect(await meter.collect(STATE)).toEqual({
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
    await db.use(() => {});
    expect(valuesOf(meter, "wait_time")).toHaveLength(2);
    expect(meter.callbacks.size).toBe(0);
  });

  it("makes spans without values", async () => {
    await using db = createDbPool({ url, name: "spanned" });
    const tracer = new RecordingTracer();
    const meter = new RecordingMeter() as unknown as Meter;
    const instrumented = instrument({ meter, tracer: tracer as unknown as Tracer, target: db, poolName: "shown" });
    await db.transaction((tx) => tx.query("SELECT 'secret' = ?", ["secret"]));
    await failure(db.query("SELECT nothing_secret"));
    instrumented[Symbol.dispose]();
    const { spans } = tracer;
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      "db-pool acquire",
      "db-pool query",
      "db-pool query",
      "db-pool transaction",
    ]);
    expect(spans.every(({ ended }) => ended === 1)).toBe(true);
    expect(JSON.stringify(spans)).not.toContain("secret");
    expect(spans.find(({ status }) => status !== undefined)).toMatchObject({
      name: "db-pool query",
      attributes: { "db.client.connection.pool.name": "shown", "db.operation.name": "SELECT" },
      status: { message: "QUERY_FAILED" },
    });
  });

  it("makes spans of its pool's calls only, also when another one has the same name", async () => {
    await using db = createDbPool({ url, name: "twin" });
    await using other = createDbPool({ url, name: "twin" });
    const tracer = new RecordingTracer();
    const meter = new RecordingMeter() as unknown as Meter;
    using _ = instrument({ meter, tracer: tracer as unknown as Tracer, target: db });
    const everything = async (pool: typeof db) => {
      await pool.query("SELECT 1");
      await pool.read.query("SELECT 2");
      await pool.use((connection) => connection.query("SELECT 3"));
      await pool.transaction((tx) => tx.query("SELECT 4"));
    };
    await everything(other);
    expect(tracer.spans).toEqual([]);
    await everything(db);
    expect(tracer.spans.map(({ name }) => name)).toEqual([
      "db-pool query",
      "db-pool query",
      "db-pool acquire",
      "db-pool query",
      "db-pool transaction",
      "db-pool acquire",
      "db-pool query",
    ]);
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
      { target: db, owner: db, pool: "traced", sql: "SELECT ? + 1" },
      { owner: db, pool: "traced", sql: "SELECT nothing", error },
      { target: db, pool: "traced", attempts: 1, error },
    ]);
    expect(JSON.stringify(seen.map((one) => ({ ...one, target: 0, owner: 0 })))).not.toContain("41");
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
