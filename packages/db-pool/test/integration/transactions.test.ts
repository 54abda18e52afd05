import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { createProxy } from "@servertech/services";
import { type DbPool, type DbTransaction, createDbPool } from "../../src/index.ts";
import { deferred, failure, freshDatabase } from "./database.ts";

let url: string;
let db: DbPool;

beforeAll(async () => {
  url = await freshDatabase(inject("urls").mysql, "db_pool_transactions");
  db = createDbPool({ url, max: 4 });
  await db.run("CREATE TABLE accounts (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB");
});

afterAll(async () => {
  await db.close();
});

beforeEach(async () => {
  await db.run("DELETE FROM accounts");
  await db.run("INSERT INTO accounts VALUES (1, 100), (2, 100)");
});

const balances = async () => (await db.query<{ n: number }>("SELECT n FROM accounts ORDER BY id")).map(({ n }) => n);
const move = async (tx: DbTransaction, from: number, to: number) => {
  await tx.run("UPDATE accounts SET n = n - 10 WHERE id = ?", [from]);
  await tx.run("UPDATE accounts SET n = n + 10 WHERE id = ?", [to]);
};

/** Two transactions that lock one row each, then the other's: one of them is a deadlock's victim. */
async function deadlock(retries: number) {
  const barrier = [deferred(), deferred()];
  let bodies = 0;
  const cross = (mine: number, other: number) =>
    db.transaction(
      async (tx) => {
        bodies += 1;
        await tx.run("UPDATE accounts SET n = n + 1 WHERE id = ?", [mine]);
        barrier[mine - 1]?.resolve();
        await barrier[other - 1]?.promise;
        await tx.run("UPDATE accounts SET n = n + 1 WHERE id = ?", [other]);
      },
      { retries },
    );
  const results = await Promise.allSettled([cross(1, 2), cross(2, 1)]);
  return { results, bodies };
}

describe("transaction", () => {
  it("commits when the body returns, and gives its result", async () => {
    expect(
      await db.transaction(async (tx) => {
        await move(tx, 1, 2);
        expect(tx.threadId).toBeGreaterThan(0);
        return "moved";
      }),
    ).toBe("moved");
    expect(await balances()).toEqual([90, 110]);
  });

  it("rolls back when the body throws", async () => {
    const thrown = new Error("mine");
    const body = db.transaction(async (tx) => {
      await move(tx, 1, 2);
      throw thrown;
    });
    expect(await failure(body)).toBe(thrown);
    expect(await balances()).toEqual([100, 100]);
    const sync = db.transaction(() => {
      throw thrown;
    });
    expect(await failure(sync)).toBe(thrown);
  });

  it("is repeated after a deadlock", async () => {
    const { results, bodies } = await deadlock(3);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(bodies).toBe(3);
    expect(await balances()).toEqual([102, 102]);
  });

  it("rejects with DEADLOCK after the last retry", async () => {
    const { results, bodies } = await deadlock(0);
    const rejected = results.filter((result) => result.status === "rejected");
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reason).toMatchObject({ code: "DEADLOCK", errno: 1213, retryable: true });
    expect(bodies).toBe(2);
    expect(await balances()).toEqual([101, 101]);
  });

  it("is repeated as a whole after a lock timeout, whatever the body makes of it", async () => {
    await using holder = await db.acquire();
    await holder.run("BEGIN");
    await holder.run("UPDATE accounts SET n = 0 WHERE id = 2");
    let bodies = 0;
    await db.transaction(async (tx) => {
      bodies += 1;
      await tx.run("SET innodb_lock_wait_timeout = 1");
      await tx.run("UPDATE accounts SET n = n + 1 WHERE id = 1");
      const swallowed = await tx.run("UPDATE accounts SET n = n + 1 WHERE id = 2").catch((error: unknown) => error);
      if (bodies > 1) return;
      expect(swallowed).toMatchObject({ code: "LOCK_TIMEOUT" });
      // What follows a conflict is not carried out outside of the transaction.
      expect(await failure(tx.run("UPDATE accounts SET n = 77 WHERE id = 1"))).toBe(swallowed);
      await holder.run("ROLLBACK");
    });
    expect(bodies).toBe(2);
    expect(await balances()).toEqual([101, 101]);
  });

  it("takes an isolation level", async () => {
    const sql =
      "SELECT trx_isolation_level FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()";
    const level = db.transaction(
      async (tx) => {
        await tx.query("SELECT * FROM accounts");
        return tx.value(sql);
      },
      { isolation: "SERIALIZABLE" },
    );
    expect(await level).toBe("SERIALIZABLE");
  });

  it("refuses wrong options", async () => {
    const wrong = { retries: -1, timeoutMs: 0, isolation: "CHAOS", readOnly: 1, retry: 1 };
    const error = await failure(db.transaction(() => {}, wrong as never));
    expect(error).toMatchObject({ code: "OPTION_INVALID" });
    expect((error as { problems: { option: string }[] }).problems.map(({ option }) => option).toSorted()).toEqual(
      Object.keys(wrong).toSorted(),
    );
  });
});

describe("a connection lost before a transaction has begun", () => {
  it("is passed over: the body runs once, on another one", async () => {
    await using one = createDbPool({ url, max: 3, pipelining: false });
    await using admin = createDbPool({ url, max: 1 });
    for (let round = 0; round < 5; round++) {
      await one.warmup(3);
      const find =
        "SELECT id FROM information_schema.processlist WHERE db = 'db_pool_transactions' AND command = 'Sleep'";
      const others = new Set([await admin.value("SELECT CONNECTION_ID()")]);
      let bodies = 0;
      const idle = await admin.query<{ id: number }>(find);
      await Promise.all(
        idle.filter(({ id }) => !others.has(id)).map(({ id }) => admin.run(`KILL ${id}`).catch(() => {})),
      );
      const moves = Array.from({ length: 3 }, () =>
        one.transaction(async (tx) => {
          bodies += 1;
          await tx.run("UPDATE accounts SET n = n + 1 WHERE id = 1");
        }),
      );
      await Promise.all(moves);
      expect(bodies).toBe(3);
    }
    expect(await balances()).toEqual([115, 100]);
  });

  it("is told as harmless when the next one is lost, too", async () => {
    await using proxy = await createProxy({ target: url });
    const through = new URL(url);
    through.port = String(proxy.port);
    await using far = createDbPool({ url: through.href, max: 2, aliveBypassMs: 60_000, pipelining: false });
    await far.warmup(2);
    // Both are cut with the first byte that is sent.
    await proxy.set("cutAfter", { direction: "up", bytes: 1 });
    const error = await failure(far.transaction(() => {}));
    expect(error).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: false, retryable: true });
    await proxy.set("pass");
    expect(await far.transaction((tx) => tx.value("SELECT 5"))).toBe(5);
  });
});

describe("nested transaction", () => {
  it("is a savepoint: a throw takes back its own statements", async () => {
    await db.transaction(async (tx) => {
      await tx.run("UPDATE accounts SET n = 1 WHERE id = 1");
      const inner = tx.transaction(async (nested) => {
        await nested.run("UPDATE accounts SET n = 2 WHERE id = 2");
        throw new Error("inner");
      });
      expect(await failure(inner)).toMatchObject({ message: "inner" });
      expect(await tx.transaction((nested) => nested.value("SELECT n FROM accounts WHERE id = 1"))).toBe(1);
    });
    expect(await balances()).toEqual([1, 100]);
  });
});

describe("abort and timeoutMs", () => {
  it("roll back at once, with the reason, whatever the body waits for", async () => {
    const caller = new AbortController();
    const inBody = deferred<DbTransaction>();
    const result = failure(
      db.transaction(
        async (tx) => {
          await move(tx, 1, 2);
          inBody.resolve(tx);
          await new Promise(() => {});
        },
        { signal: caller.signal },
      ),
    );
    const tx = await inBody.promise;
    caller.abort(new Error("gone"));
    expect(await result).toBe(caller.signal.reason);
    expect(await failure(tx.query("SELECT 1"))).toMatchObject({ code: "POOL_LEASE_RELEASED" });
    await expect.poll(() => db.stats().inUse).toBe(0);
    expect(await balances()).toEqual([100, 100]);
  });

  it("end the statement that runs", async () => {
    const started = performance.now();
    const call = db.transaction((tx) => tx.query("SELECT SLEEP(30)"), { timeoutMs: 100 });
    expect(await failure(call)).toMatchObject({ code: "QUERY_TIMEOUT", maybeExecuted: false, retryable: true });
    expect(performance.now() - started).toBeLessThan(5_000);
    await expect.poll(() => db.stats().inUse).toBe(0);
  });

  it("end the wait for a connection", async () => {
    await using one = createDbPool({ url, max: 1 });
    await using held = await one.acquire();
    expect(await failure(one.transaction(() => {}, { timeoutMs: 50 }))).toMatchObject({ code: "QUERY_TIMEOUT" });
    expect(one.stats().waiting).toBe(0);
    expect(held.threadId).toBeGreaterThan(0);
  });
});

describe("COMMIT_UNKNOWN", () => {
  it("when the connection is lost under COMMIT; the body is not called again", async () => {
    await using proxy = await createProxy({ target: url });
    const through = new URL(url);
    through.port = String(proxy.port);
    await using far = createDbPool({ url: through.href, queryTimeoutMs: 300 });
    let bodies = 0;
    const call = far.transaction(async (tx) => {
      bodies += 1;
      await move(tx, 1, 2);
      await proxy.set("blackhole");
    });
    const error = await failure(call);
    expect(error).toMatchObject({ code: "COMMIT_UNKNOWN", maybeExecuted: true, retryable: false });
    expect((error as Error).cause).toMatchObject({ code: "QUERY_TIMEOUT" });
    expect(bodies).toBe(1);
    await proxy.set("pass");
    expect(await far.value("SELECT 1")).toBe(1);
  });

  it("is not said when COMMIT was never sent", async () => {
    await using admin = createDbPool({ url, max: 1 });
    const call = db.transaction(async (tx) => {
      await move(tx, 1, 2);
      await admin.run(`KILL ${tx.threadId}`);
      await expect.poll(() => failure(tx.query("SELECT 1"))).toMatchObject({ code: "CONNECTION_LOST" });
    });
    expect(await failure(call)).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: false, retryable: true });
    expect(await balances()).toEqual([100, 100]);
  });
});
