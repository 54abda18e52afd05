import { type Lease, PoolError, createResourcePool } from "@servertech/resource-pool";
import { describe, expect, it } from "vitest";
import { Call } from "../src/call.ts";
import type { Reply } from "../src/connection-factory.ts";
import { DbPoolError } from "../src/errors.ts";
import type { Session, SharingOwner } from "../src/session.ts";
import { SharedLanes } from "../src/shared-lanes.ts";

const REPLY: Reply = { rows: [], insertId: 0, affectedRows: 0, firstColumn: undefined, serverStatus: undefined };

/** A session that answers when it is told to. */
class FakeSession {
  readonly id: number;
  readonly calls: Call[] = [];
  joinable = true;
  healthy = true;
  #owner: SharingOwner | undefined;

  constructor(id: number) {
    this.id = id;
  }

  get inFlight(): number {
    return this.calls.length;
  }

  get oldestOrdinal(): number {
    return this.calls[0]?.ordinal ?? Number.MAX_SAFE_INTEGER;
  }

  get texts(): string[] {
    return this.calls.map(({ statement }) => statement.sql);
  }

  share(call: Call, owner: SharingOwner): void {
    this.#owner = owner;
    this.calls.push(call);
    call.limitTime();
  }

  answer(failure?: DbPoolError): void {
    const call = this.calls.shift();
    if (call !== undefined) this.#owner?.shared(call, failure, REPLY);
  }
}

async function lanes({ max = 2, depth = 3, maxWaiting = 10, acquireTimeoutMs = 5_000 } = {}) {
  const sessions: FakeSession[] = [];
  const create = () => {
    const session = new FakeSession(sessions.length);
    sessions.push(session);
    return session as unknown as Session;
  };
  const pool = createResourcePool<Session>({ create, destroy: () => {}, max, acquireTimeoutMs });
  await pool.warmup(max);
  const timeouts: PoolError[] = [];
  const onTimeout = (error: PoolError): void => void timeouts.push(error);
  const shared = new SharedLanes(pool, { name: "fake", max, maxWaiting, acquireTimeoutMs, depth, onTimeout });
  const send = (sql: string, signal?: AbortSignal, timeoutMs = 0): Promise<string> => {
    const statement = { sql, values: [], plain: true, read: sql.startsWith("read"), movesDatabase: false };
    return shared.send(statement, { timeoutMs, signal }, () => sql);
  };
  /** What each session has under way, the one that was lent first first. */
  const underWay = () => sessions.map(({ texts }) => texts).toReversed();
  const finish = async () => {
    while (sessions.some(({ inFlight }) => inFlight > 0)) {
      for (const session of sessions) session.answer();
      await Promise.resolve();
    }
  };
  return { pool, sessions, shared, send, underWay, finish, timeouts };
}

const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe("send", () => {
  it("takes idle connections first, then joins the one whose oldest statement is the youngest", async () => {
    const { send, underWay, sessions, finish } = await lanes();
    const all = ["a", "b", "c"].map((sql) => send(sql));
    expect(underWay()).toEqual([["a"], ["b", "c"]]);
    // The first one's oldest is now younger than the other's.
    sessions.at(-1)?.answer();
    const more = [send("d"), send("e")];
    expect(underWay()).toEqual([
      ["d", "e"],
      ["b", "c"],
    ]);
    await finish();
    expect(await Promise.all([...all, ...more])).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("puts no more than depth on each; the rest waits in order and moves up", async () => {
    const { send, underWay, sessions, shared, pool, finish } = await lanes({ max: 1, depth: 2 });
    const all = ["a", "b", "c", "d"].map((sql) => send(sql));
    expect(underWay()).toEqual([["a", "b"]]);
    expect(shared.stats(pool.stats())).toMatchObject({ waiting: 2, inUse: 1 });
    sessions[0]?.answer();
    expect(underWay()).toEqual([["b", "c"]]);
    await finish();
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
    await settle();
    expect(shared.stats(pool.stats())).toMatchObject({ waiting: 0, inUse: 0, idle: 1 });
  });

  it("does not join a connection that is not to be joined, or any while suspended", async () => {
    const { send, underWay, sessions, shared, finish } = await lanes({ max: 1 });
    const [session] = sessions;
    const first = send("a");
    if (session !== undefined) session.joinable = false;
    const second = send("b");
    expect(underWay()).toEqual([["a"]]);
    if (session !== undefined) session.joinable = true;
    shared.suspend(true);
    const third = send("c");
    expect(underWay()).toEqual([["a"]]);
    shared.suspend(false);
    session?.answer();
    expect(underWay()).toEqual([["b"]]);
    await finish();
    expect(await Promise.all([first, second, third])).toEqual(["a", "b", "c"]);
  });

  it("sends a read whose connection was lost once more, a write never", async () => {
    const { send, sessions, finish } = await lanes({ max: 1 });
    const lost = () => new DbPoolError("CONNECTION_LOST", "gone");
    const read = send("read");
    const write = send("write");
    const refused = expect(write).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    sessions[0]?.answer(lost());
    sessions[0]?.answer(lost());
    await refused;
    await settle();
    expect(sessions[0]?.texts).toEqual(["read"]);
    await finish();
    expect(await read).toBe("read");
    const twice = send("read twice");
    const failed = expect(twice).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    sessions[0]?.answer(lost());
    await settle();
    sessions[0]?.answer(lost());
    await failed;
  });

  it("gives a read that was lost no more time than it had, also while it waits for another connection", async () => {
    const { send, shared, pool, sessions, finish } = await lanes({ max: 1, depth: 1 });
    const lost = new DbPoolError("CONNECTION_LOST", "lost");
    const started = performance.now();
    const read = send("read", undefined, 60);
    const outcome = expect(read).rejects.toMatchObject({
      code: "QUERY_TIMEOUT",
      message: "the statement, sent once and lost with its connection, took longer than 60 ms",
      retryable: true,
      maybeExecuted: false,
    });
    const other = send("b");
    sessions[0]?.answer(lost);
    await settle();
    // The other one has the connection; the read waits for it.
    expect(shared.stats(pool.stats()).waiting).toBe(1);
    await outcome;
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    expect(shared.stats(pool.stats())).toMatchObject({ waiting: 0, timeouts: 0 });
    await finish();
    expect(await other).toBe("b");
    expect(pool.stats().inUse).toBe(0);
  });

  it("a caller that has gone while it waited takes no place", async () => {
    const { send, underWay, sessions, finish } = await lanes({ max: 1, depth: 1 });
    const caller = new AbortController();
    const first = send("a");
    const second = send("b", caller.signal);
    const third = send("c");
    caller.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    sessions[0]?.answer();
    expect(underWay()).toEqual([["c"]]);
    await finish();
    expect(await Promise.all([first, third])).toEqual(["a", "c"]);
  });

  it("refuses one more than maxWaiting, and those who wait at their deadline", async () => {
    const { send, finish, timeouts } = await lanes({ max: 1, depth: 1, maxWaiting: 1, acquireTimeoutMs: 40 });
    const first = send("a");
    const second = send("b");
    await expect(send("c")).rejects.toMatchObject({ code: "POOL_QUEUE_FULL" });
    await expect(second).rejects.toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    expect(timeouts).toHaveLength(1);
    await finish();
    expect(await first).toBe("a");
  });

  it("refuses those who wait when the pool closes, and lets what is under way end", async () => {
    const { send, shared, finish } = await lanes({ max: 1, depth: 1 });
    const first = send("a");
    const second = send("b");
    shared.close(new PoolError("POOL_CLOSED", "closed"));
    await expect(second).rejects.toMatchObject({ code: "POOL_CLOSED" });
    await finish();
    expect(await first).toBe("a");
  });
});

describe("own", () => {
  it("a connection that statements never leave makes room for who wants it for himself", async () => {
    const { send, shared, pool, sessions, underWay, finish } = await lanes({ max: 1 });
    const under = [send("a"), send("b")];
    let lent: Lease<Session> | undefined;
    const own = shared.own(pool.acquire()).then((lease) => (lent = lease));
    sessions[0]?.answer();
    // From now on nobody joins.
    const later = send("c");
    expect(underWay()).toEqual([["b"]]);
    sessions[0]?.answer();
    await own;
    expect(underWay()).toEqual([[]]);
    lent?.release();
    await expect.poll(underWay).toEqual([["c"]]);
    await finish();
    expect(await Promise.all([...under, later])).toEqual(["a", "b", "c"]);
  });
});
