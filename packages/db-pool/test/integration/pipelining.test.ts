import { createProxy, startServer } from "@servertech/services";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type DbPool, createDbPool } from "../../src/index.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  url = await freshDatabase(inject("urls").mysql, "db_pool_pipelining");
  await using db = createDbPool({ url, max: 1 });
  await db.run("CREATE TABLE items (id INT PRIMARY KEY, n INT NOT NULL, text TEXT) ENGINE=InnoDB");
  await db.run("CREATE TABLE log (id INT PRIMARY KEY, times INT NOT NULL) ENGINE=InnoDB");
});

afterEach((context) => {
  context.expect(unhandled.splice(0)).toEqual([]);
});

afterAll(() => {
  process.off("unhandledRejection", note);
});

function through(port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

interface Tally {
  wrong: unknown[];
  failed: number;
  lost: number;
  /** Ids whose insert was confirmed; ids of which it is not known. */
  written: Set<number>;
  unknown: Set<number>;
}

const SELECT_FAILING = "SELECT (SELECT 1 UNION SELECT 2) + ? AS fails";

/** Statement number `n` of a mixed load; each answer is one that no other statement gets. One in five fails. */
async function mixed(db: DbPool, n: number, tally: Tally): Promise<void> {
  const lost = (error: unknown): boolean => {
    if ((error as { code?: string }).code !== "CONNECTION_LOST") return false;
    tally.lost += 1;
    return true;
  };
  try {
    switch (n % 10) {
      case 0: {
        const error = (await failure(db.value(SELECT_FAILING, [n]))) as { errno?: number };
        if (error.errno === 1242) tally.failed += 1;
        else if (!lost(error)) tally.wrong.push(error);
        return;
      }
      case 5: {
        // Its text differs from time to time, so that it has to be prepared among the others.
        const error = (await failure(db.query(`SELECT nothing${n % 70} FROM items WHERE id = ?`, [n]))) as {
          errno?: number;
        };
        if (error.errno === 1054) tally.failed += 1;
        else if (!lost(error)) tally.wrong.push(error);
        return;
      }
      case 1:
      case 2: {
        const text = `${n}-`.repeat((n % 37) + 1);
        await db.run("INSERT INTO items VALUES (?, ?, ?)", [n, n * 2, text]).then(
          ({ affectedRows }) => (affectedRows === 1 ? tally.written.add(n) : tally.wrong.push(["insert", n])),
          (error: unknown) => {
            if (!lost(error)) throw error;
            if ((error as { maybeExecuted: boolean }).maybeExecuted) tally.unknown.add(n);
          },
        );
        return;
      }
      case 3: {
        const { affectedRows } = await db.run("UPDATE log SET times = times + 1 WHERE id = ?", [-n]);
        if (affectedRows !== 0) tally.wrong.push(["update", n, affectedRows]);
        return;
      }
      default: {
        const row = await db.one<{ a: number; b: string }>(`SELECT ? AS a, CONCAT(?, '-${n % 7}') AS b`, [n, `x${n}`]);
        if (row.a !== n || row.b !== `x${n}-${n % 7}`) tally.wrong.push(["select", n, row]);
      }
    }
  } catch (error) {
    if (!lost(error)) tally.wrong.push(error);
  }
}

function newTally(): Tally {
  return { wrong: [], failed: 0, lost: 0, written: new Set(), unknown: new Set() };
}

async function load(db: DbPool, from: number, count: number, callers: number, tally: Tally): Promise<void> {
  let next = from;
  const caller = async () => {
    while (next < from + count) await mixed(db, next++, tally);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function stored(): Promise<Map<number, { n: number; text: string }>> {
  await using db = createDbPool({ url, max: 1 });
  const rows = await db.query<{ id: number; n: number; text: string }>("SELECT * FROM items");
  await db.run("DELETE FROM items");
  return new Map(rows.map((row) => [row.id, row]));
}

async function checkStored({ written, unknown }: Tally): Promise<void> {
  const rows = await stored();
  expect([...written].filter((id) => !rows.has(id))).toEqual([]);
  expect([...rows.keys()].filter((id) => !written.has(id) && !unknown.has(id))).toEqual([]);
  for (const [id, { n, text }] of rows) expect([n, text]).toEqual([id * 2, `${id}-`.repeat((id % 37) + 1)]);
}

describe("statements that share connections", () => {
  it("20,000 mixed ones, 4,000 of them failing, get their own answers each", async () => {
    const db = createDbPool({ url, max: 4 });
    const tally = newTally();
    await load(db, 0, 20_000, 200, tally);
    expect(tally.wrong).toEqual([]);
    expect(tally).toMatchObject({ failed: 4_000, lost: 0 });
    expect(tally.written.size).toBe(4_000);
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0, timeouts: 0 });
    await db.close();
    await checkStored(tally);
  }, 60_000);

  it.each([1, 7, 100])(
    "in pieces of %d bytes",
    async (bytes) => {
      await using proxy = await createProxy({ target: url });
      await proxy.set("slice", { pieceBytes: bytes });
      await using db = createDbPool({
        url: through(proxy.port),
        max: 3,
        connectTimeoutMs: 20_000,
        acquireTimeoutMs: 60_000,
      });
      const tally = newTally();
      await load(db, 0, bytes === 1 ? 300 : 2_000, 100, tally);
      expect(tally.wrong).toEqual([]);
      expect(tally.lost).toBe(0);
      await checkStored(tally);
    },
    60_000,
  );

  it("over a line that is cut again and again, delayed and split: none wrong, none lost, none twice", async () => {
    await using proxy = await createProxy({ target: url });
    const lines: string[] = [];
    const log = (_fields: object | string, message?: string) => void lines.push(message ?? "");
    const logger = { debug: log, info: log, warn: log, error: log };
    await using db = createDbPool({ url: through(proxy.port), max: 4, acquireTimeoutMs: 60_000, logger });
    const tally = newTally();
    const state = { over: false };
    const trouble = async () => {
      for (let round = 0; !state.over; round++) {
        const direction = round % 2 === 0 ? "up" : "down";
        await proxy.set("cutAfter", { bytes: 3_000 + ((round * 7_919) % 40_000), direction });
        await new Promise((resolve) => setTimeout(resolve, 30));
        // New ones come in the pauses.
        await proxy.set("reset");
        await proxy.set("latency", { upMs: 2, downMs: 2 });
        await new Promise((resolve) => setTimeout(resolve, 60));
        await proxy.set("slice", { pieceBytes: 13 });
        await new Promise((resolve) => setTimeout(resolve, 30));
        await proxy.set("pass");
        const { created } = db.stats();
        while (!state.over && db.stats().created === created) await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    };
    const troubling = trouble();
    await load(db, 0, 20_000, 100, tally);
    state.over = true;
    await troubling;
    expect(tally.wrong).toEqual([]);
    expect(tally.lost).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes("one at a time"))).toEqual([]);
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
    await checkStored(tally);
  }, 120_000);
});

describe("pipelining", () => {
  it("costs the callers of one connection one round trip, not one each", async () => {
    await using proxy = await createProxy({ target: url });
    const callers = 20;
    const select = async (db: DbPool) => {
      await db.value("SELECT ? + 1", [0]);
      await proxy.set("latency", { upMs: 50, downMs: 50 });
      const started = performance.now();
      const values = await Promise.all(Array.from({ length: callers }, (_, n) => db.value("SELECT ? + 1", [n])));
      expect(values).toEqual(Array.from({ length: callers }, (_, n) => n + 1));
      await proxy.set("pass");
      return performance.now() - started;
    };
    await using shared = createDbPool({ url: through(proxy.port), max: 1 });
    expect(await select(shared)).toBeLessThan(1_000);
    await using alone = createDbPool({ url: through(proxy.port), max: 1, pipelining: false });
    expect(await select(alone)).toBeGreaterThan(callers * 100 - 20);
  });

  it("leaves an idle connection to a quick statement when another one is slow", async () => {
    await using db = createDbPool({ url, max: 2 });
    await Promise.all([db.value("SELECT SLEEP(?)", [0.05]), db.value("SELECT SLEEP(?)", [0.05])]);
    const slow = db.value("SELECT SLEEP(?)", [1]);
    let done = false;
    void slow.then(() => (done = true));
    for (let n = 0; n < 20; n++) expect(await db.value("SELECT ? + 1", [n])).toBe(n + 1);
    // With all connections busy, the one whose oldest statement is the youngest is chosen.
    const values = await Promise.all(Array.from({ length: 30 }, (_, n) => db.value("SELECT ? + 1", [n])));
    expect(values).toHaveLength(30);
    expect(done).toBe(false);
    await slow;
  });

  it("makes room for who wants a connection of his own", async () => {
    await using db = createDbPool({ url, max: 2 });
    const state = { stop: false };
    const reader = async () => {
      while (!state.stop) await db.value("SELECT ? + 1", [1]);
    };
    const readers = Promise.all(Array.from({ length: 50 }, reader));
    await expect.poll(() => db.stats().inUse).toBe(2);
    for (let n = 0; n < 20; n++) expect(await db.transaction((tx) => tx.value("SELECT 7"))).toBe(7);
    state.stop = true;
    await readers;
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it("is used on a server whose sessions begin without autocommit: here they have it, and nothing is rolled back", async () => {
    await using server = await startServer("mysql");
    await using admin = createDbPool({ url: server.url, max: 1 });
    await admin.run("CREATE DATABASE app");
    await admin.run("CREATE TABLE app.t (id INT PRIMARY KEY) ENGINE=InnoDB");
    await admin.run("SET GLOBAL autocommit = 0");
    await using db = createDbPool({ url: server.url, max: 1 });
    await Promise.all(Array.from({ length: 20 }, (_, n) => db.run("INSERT INTO app.t VALUES (?)", [n])));
    // A reset takes the session's settings back to the server's.
    await db.run("SET @x = 1");
    expect(await db.value("SELECT @@autocommit")).toBe(1);
    expect(await admin.value("SELECT COUNT(*) FROM app.t")).toBe(20);
  });
});

describe("a deadline on a shared connection", () => {
  it("ends its own statement and none of the neighbours'", async () => {
    await using db = createDbPool({ url, max: 1 });
    await using admin = createDbPool({ url, max: 1 });
    await db.run("INSERT INTO log VALUES (?, 0)", [1]);
    const slow = failure(db.value("SELECT SLEEP(?)", [20], { timeoutMs: 150 }));
    const neighbours = Promise.all([
      ...Array.from({ length: 10 }, (_, n) => db.value("SELECT ? + 1", [n])),
      ...Array.from(
        { length: 10 },
        async () => (await db.run("UPDATE log SET times = times + 1 WHERE id = ?", [1])).affectedRows,
      ),
    ]);
    expect(await slow).toMatchObject({ code: "QUERY_TIMEOUT", maybeExecuted: false });
    expect(await neighbours).toEqual([
      ...Array.from({ length: 10 }, (_, n) => n + 1),
      ...Array.from({ length: 10 }, () => 1),
    ]);
    expect(await db.value("SELECT times FROM log WHERE id = ?", [1])).toBe(10);
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP%'";
    await expect.poll(() => admin.value(running)).toBe(0);
    expect(db.stats()).toMatchObject({ inUse: 0, destroyed: 0 });
  });

  it("of one that has not begun drops its answer, and nobody else gets it", async () => {
    await using db = createDbPool({ url, max: 1 });
    const slow = db.value("SELECT SLEEP(?)", [0.5]);
    const late = failure(db.value("SELECT ? + 1", [1], { timeoutMs: 100 }));
    const caller = new AbortController();
    const aborted = failure(db.value("SELECT ? + 1", [2], { signal: caller.signal }));
    const third = db.value("SELECT ? + 1", [3]);
    expect(await late).toMatchObject({ code: "QUERY_TIMEOUT" });
    caller.abort(new Error("gone"));
    expect(await aborted).toBe(caller.signal.reason);
    expect(await slow).toBe(0);
    expect(await third).toBe(4);
    expect(await db.value("SELECT ? + 1", [5])).toBe(6);
    expect(db.stats()).toMatchObject({ inUse: 0, destroyed: 0 });
  });
});

describe("a lost connection under shared statements", () => {
  it("reads are sent again, once; writes say that they may have been carried out", async () => {
    await using db = createDbPool({ url, max: 1 });
    await using admin = createDbPool({ url, max: 1 });
    const id = await db.value<number>("SELECT CONNECTION_ID() + ?", [0]);
    const reads = Promise.all([
      db.value("SELECT SLEEP(?)", [0.3]),
      ...Array.from({ length: 10 }, (_, n) => db.value("SELECT ? + 1", [n])),
    ]);
    const write = failure(db.run("UPDATE log SET times = 0 WHERE id = ?", [77]));
    await expect
      .poll(() =>
        admin.value(
          `SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${id} AND info LIKE 'SELECT SLEEP%'`,
        ),
      )
      .toBe(1);
    await admin.run(`KILL ${id}`);
    expect(await write).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: true, retryable: false });
    expect(await reads).toEqual([0, ...Array.from({ length: 10 }, (_, n) => n + 1)]);
  });

  it("closing by force ends them on the server, and rejects them", async () => {
    const db = createDbPool({ url, max: 1 });
    await db.value("SELECT ? + 1", [1]);
    const slow = failure(db.value("SELECT SLEEP(?)", [30]));
    const write = failure(db.run("UPDATE log SET times = 0 WHERE id = ?", [77]));
    await db.close({ timeoutMs: 100 });
    expect(await slow).toMatchObject({ code: "POOL_CLOSED" });
    expect(await write).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: true });
    await using admin = createDbPool({ url, max: 1 });
    const running =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP%'";
    await expect.poll(() => admin.value(running)).toBe(0);
  });
});

describe("more statements than connections take", () => {
  it("wait in order, to their deadline, to their signal, and not beyond maxWaiting", async () => {
    await using db = createDbPool({ url, max: 1, pipelining: { depth: 2 }, maxWaiting: 3, acquireTimeoutMs: 200 });
    await db.value("SELECT ? + 1", [1]);
    const slow = [db.value("SELECT SLEEP(?)", [0.6]), db.value("SELECT SLEEP(?)", [0])];
    const caller = new AbortController();
    const started = performance.now();
    const aborted = failure(db.value("SELECT ? + 1", [1], { signal: caller.signal }));
    const late = [failure(db.value("SELECT ? + 1", [2])), failure(db.value("SELECT ? + 1", [3]))];
    expect(await failure(db.value("SELECT ? + 1", [4]))).toMatchObject({ code: "POOL_QUEUE_FULL", retryable: true });
    expect(db.stats()).toMatchObject({ waiting: 3, inUse: 1 });
    caller.abort(new Error("gone"));
    expect(await aborted).toBe(caller.signal.reason);
    for (const one of late) expect(await one).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT", retryable: true });
    expect(performance.now() - started).toBeGreaterThanOrEqual(195);
    expect(db.stats()).toMatchObject({ waiting: 0, timeouts: 2 });
    expect(await Promise.all(slow)).toEqual([0, 0]);
  });

  it("all get their answers in the end", async () => {
    await using db = createDbPool({ url, max: 2, pipelining: { depth: 4 } });
    const values = await Promise.all(Array.from({ length: 500 }, (_, n) => db.value("SELECT ? + 1", [n])));
    expect(values).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0, timeouts: 0 });
  });

  it("are refused when the pool closes", async () => {
    const db = createDbPool({ url, max: 1, pipelining: false });
    await db.value("SELECT ? + 1", [1]);
    const running = db.value("SELECT SLEEP(?)", [0.1]);
    const waiting = failure(db.value("SELECT ? + 1", [1]));
    await db.close();
    expect(await running).toBe(0);
    expect(await waiting).toMatchObject({ code: "POOL_CLOSED" });
    expect(await failure(db.value("SELECT ? + 1", [1]))).toMatchObject({ code: "POOL_CLOSED" });
  });
});
