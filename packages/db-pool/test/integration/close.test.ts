import { createProxy } from "@servertech/services";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { createDbPool } from "../../src/index.ts";
import { deferred, failure, freshDatabase, watch } from "./database.ts";

const NAME = "db_pool_close";
let url: string;

beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, NAME);
});

describe("close", () => {
  it("lets statements finish, rejects those who wait, and leaves no connection", async () => {
    await using server = await watch(inject("urls").mysql, NAME);
    const db = createDbPool({ url, max: 2 });
    const running = [db.value("SELECT 1 + SLEEP(0.3)"), db.value("SELECT 2 + SLEEP(0.3)")];
    await expect.poll(() => db.stats().inUse).toBe(2);
    const waiting = failure(db.query("SELECT 3"));
    const closing = db.close();
    expect(db.close()).toBe(closing);
    expect(await waiting).toMatchObject({ code: "POOL_CLOSED" });
    expect(await failure(db.query("SELECT 4"))).toMatchObject({ code: "POOL_CLOSED" });
    expect(await failure(db.ready())).toMatchObject({ code: "POOL_CLOSED" });
    expect(await Promise.all(running)).toEqual([1, 2]);
    expect(await closing).toEqual({ leaked: 0 });
    expect(await db.close()).toEqual({ leaked: 0 });
    await expect.poll(() => server.connections()).toBe(0);
  });

  it("at its timeout ends leases and statements by force, and tells how many", async () => {
    await using server = await watch(inject("urls").mysql, NAME);
    const db = createDbPool({ url, max: 3 });
    const held = await db.acquire();
    const running = failure(db.run("DO SLEEP(30)"));
    await expect.poll(() => db.stats().inUse).toBe(2);
    const started = performance.now();
    expect(await db.close({ timeoutMs: 200 })).toEqual({ leaked: 2 });
    expect(performance.now() - started).toBeLessThan(1_300);
    expect(await running).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: true });
    expect(await failure(held.query("SELECT 1"))).toMatchObject({ code: "POOL_LEASE_RELEASED" });
    held.release();
    await expect.poll(() => server.connections()).toBe(0);
  });

  it("refuses a wrong timeout, and closes nothing then", async () => {
    await using db = createDbPool({ url, max: 1 });
    expect(await failure(db.close({ timeoutMs: -1 }))).toMatchObject({ code: "OPTION_INVALID" });
    expect(await db.value("SELECT 1")).toBe(1);
  });

  it("by its signal ends at once", async () => {
    const db = createDbPool({ url, max: 1 });
    const held = await db.acquire();
    expect(await db.close({ signal: AbortSignal.abort() })).toEqual({ leaked: 1 });
    expect(await failure(held.query("SELECT 1"))).toMatchObject({ code: "POOL_LEASE_RELEASED" });
  });

  it("while connecting gives up", async () => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("blackhole");
    const db = createDbPool({ host: "127.0.0.1", port: proxy.port, connectTimeoutMs: 30_000 });
    const waiting = failure(db.query("SELECT 1"));
    await expect.poll(() => db.stats().connecting).toBe(1);
    await db.close();
    expect(await waiting).toMatchObject({ code: "POOL_CLOSED" });
    await expect.poll(() => proxy.stats().connections).toBe(0);
  });

  it("while a connection is being reset waits for it", async () => {
    const db = createDbPool({ url, max: 1 });
    const connection = await db.acquire();
    await connection.run("SET @x = 1");
    connection.release();
    expect(await db.close()).toEqual({ leaked: 0 });
    expect(db.stats()).toMatchObject({ size: 0, closing: 0 });
  });

  it("while a statement is being ended on the server", async () => {
    const db = createDbPool({ url, max: 1 });
    const caller = new AbortController();
    const call = failure(db.query("SELECT SLEEP(30)", [], { signal: caller.signal }));
    await expect.poll(() => db.stats().inUse).toBe(1);
    caller.abort();
    const started = performance.now();
    await db.close();
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await call).toBe(caller.signal.reason);
  });

  it("within a transaction lets it commit", async () => {
    await using db = createDbPool({ url, max: 1 });
    const inside = deferred();
    const result = db.transaction(async (tx) => {
      inside.resolve();
      return tx.value("SELECT 9 + SLEEP(0.1)");
    });
    await inside.promise;
    const closing = db.close();
    expect(await result).toBe(9);
    expect(await closing).toEqual({ leaked: 0 });
  });

  it("of a pool that was never used opens nothing", async () => {
    const db = createDbPool({ port: 1 });
    expect(await db.close()).toEqual({ leaked: 0 });
    expect(db.stats()).toMatchObject({ created: 0, errors: 0 });
  });
});
