import { createServer } from "node:net";
import { createProxy, startServer } from "@servertech/services";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { createDbPool } from "../../src/index.ts";
import { machineSlack } from "../../../resource-pool/test/machine-slack.ts";
import { failure, freshDatabase } from "./database.ts";

let url: string;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  url = await freshDatabase(inject("urls").mysql, "db_pool_faults");
  await using db = createDbPool({ url, max: 1 });
  await db.run("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT) ENGINE=InnoDB");
});

afterEach((context) => {
  context.expect(unhandled.splice(0)).toEqual([]);
});

afterAll(() => {
  process.off("unhandledRejection", note);
});

const slackMs = machineSlack();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function logger() {
  const lines: string[] = [];
  const log = (_fields: object | string, message?: string) => void lines.push(message ?? "");
  return { lines, debug: () => {}, info: log, warn: log, error: log };
}

function throughProxy(port: number): string {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
}

describe("server down at start", () => {
  it("ready keeps trying, rejects at its timeout with the last cause, and the log says it once", async () => {
    await using proxy = await createProxy({ target: url });
    const through = throughProxy(proxy.port);
    await proxy.set("refuse");
    const log = logger();
    await using db = createDbPool({ url: through, logger: log });
    const started = performance.now();
    const error = await failure(db.ready({ timeoutMs: 500 }));
    expect(performance.now() - started).toBeGreaterThanOrEqual(495);
    expect(error).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT", cause: { code: "POOL_CONNECT_FAILED" } });
    expect(((error as Error).cause as Error).cause).toMatchObject({ code: "ECONNREFUSED" });
    expect(db.stats().errors).toBeGreaterThan(1);
    expect(db.stats().errors).toBeLessThan(20);
    const waiting = db.ready();
    await proxy.set("pass");
    await waiting;
    expect(db.stats().size).toBe(1);
    expect(log.lines).toEqual(["opening failed, trying again", "opening works again"]);
  });

  it("ready ends with its signal", async () => {
    await using db = createDbPool({ url: "mysql://127.0.0.1:1/" });
    const caller = new AbortController();
    const waiting = failure(db.ready({ signal: caller.signal, timeoutMs: 60_000 }));
    await expect.poll(() => db.stats().errors).toBeGreaterThan(0);
    caller.abort(new Error("gone"));
    expect(await waiting).toBe(caller.signal.reason);
  });
});

describe("a server that says nothing", () => {
  it.each([
    ["accepts and is silent", () => {}],
    ["resets each connection", (socket: { resetAndDestroy: () => void }) => socket.resetAndDestroy()],
    [
      "says something that is not MySQL",
      (socket: { write: (text: string) => void }) => socket.write("HTTP/1.1 400\r\n\r\n"),
    ],
  ])("%s: bounded, with few attempts", async (_what, meet) => {
    let attempts = 0;
    const sockets = new Set<{ destroy: () => void }>();
    const server = createServer((socket) => {
      attempts += 1;
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      meet(socket);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as { port: number };
    const db = createDbPool({ host: "127.0.0.1", port, max: 50, connectTimeoutMs: 200, acquireTimeoutMs: 1_000 });
    const errors = await Promise.all(Array.from({ length: 20 }, () => failure(db.query("SELECT 1"))));
    for (const error of errors) expect(error).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    expect(attempts).toBeLessThanOrEqual(25);
    await db.close();
    await expect.poll(() => sockets.size).toBe(0);
    server.close();
  });
});

describe("connections killed while idle and used at once", () => {
  it("reads do not notice; writes say whether they may have been carried out", async () => {
    await using db = createDbPool({ url, max: 20 });
    await using admin = createDbPool({ url, max: 1 });
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => db.value<number>("SELECT CONNECTION_ID() + SLEEP(0.05)")),
    );
    expect(new Set(ids).size).toBeGreaterThan(1);
    for (const id of new Set(ids)) await admin.run(`KILL ${id}`).catch(() => {});
    const reads = await Promise.all(Array.from({ length: 20 }, () => db.value("SELECT 7")));
    expect(reads).toEqual(Array.from({ length: 20 }, () => 7));
    await using held = await db.acquire();
    await admin.run(`KILL ${held.threadId}`);
    const write = await failure(held.run("INSERT INTO t (n) VALUES (1)"));
    expect(write).toMatchObject({ code: "CONNECTION_LOST" });
    // A lease's own reads are not sent again: the session is gone.
    expect(await failure(held.query("SELECT 1"))).toMatchObject({
      code: "CONNECTION_LOST",
      maybeExecuted: false,
      retryable: true,
    });
  });
});

describe("a connection lost under a statement", () => {
  it("CONNECTION_LOST of a write has maybeExecuted, and it is not sent again", async () => {
    await using db = createDbPool({ url, max: 1 });
    await using admin = createDbPool({ url, max: 1 });
    const id = await db.value<number>("SELECT CONNECTION_ID()");
    const write = failure(db.run("INSERT INTO t (n) SELECT 1000 + SLEEP(30)"));
    await expect
      .poll(() =>
        admin.value(`SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${id} AND info LIKE 'INSERT%'`),
      )
      .toBe(1);
    await admin.run(`KILL ${id}`);
    expect(await write).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: true, retryable: false });
    expect(await db.value("SELECT COUNT(*) FROM t WHERE n >= 1000")).toBe(0);
  });

  it("a read is sent again, once", async () => {
    await using db = createDbPool({ url, max: 1 });
    await using admin = createDbPool({ url, max: 1 });
    const find = "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT 8 + SLEEP%'";
    const read = db.value("SELECT 8 + SLEEP(0.5)");
    await expect.poll(() => admin.query(find)).toHaveLength(1);
    await admin.run(`KILL ${await admin.value<number>(find)}`);
    expect(await read).toBe(8);
    const twice = failure(db.value("SELECT 8 + SLEEP(30)"));
    for (let n = 0; n < 2; n++) {
      await expect.poll(() => admin.query(find)).toHaveLength(1);
      const id = await admin.value<number>(find);
      await admin.run(`KILL ${id}`);
      await expect.poll(async () => (await admin.query<{ id: number }>(find)).map((row) => row.id)).not.toContain(id);
    }
    expect(await twice).toMatchObject({ code: "CONNECTION_LOST", maybeExecuted: false, retryable: true });
  });
});

describe("black hole", () => {
  it("under load: errors in time, service within a second after it ends", async () => {
    await using proxy = await createProxy({ target: url });
    const through = throughProxy(proxy.port);
    await using db = createDbPool({
      url: through,
      max: 5,
      acquireTimeoutMs: 1_000,
      queryTimeoutMs: 400,
      connectTimeoutMs: 500,
      // However slow this machine is: they are lent without being asked first.
      aliveBypassMs: 60_000,
    });
    await db.warmup(5);
    await proxy.set("blackhole");
    const started = performance.now();
    const errors = await Promise.all(Array.from({ length: 5 }, () => failure(db.query("SELECT 1"))));
    expect(performance.now() - started).toBeLessThan(400 + 50 + slackMs());
    for (const error of errors) expect(error).toMatchObject({ code: "QUERY_TIMEOUT" });
    expect(await failure(db.query("SELECT 1"))).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT" });
    await proxy.set("pass");
    const healed = performance.now();
    expect(await db.value("SELECT 1", [], { timeoutMs: 5_000 })).toBe(1);
    expect(performance.now() - healed).toBeLessThan(1_000 + slackMs());
  });

  it("while idle: validated, replaced, nobody notices", async () => {
    await using proxy = await createProxy({ target: url });
    const through = throughProxy(proxy.port);
    await using db = createDbPool({ url: through, max: 5, aliveBypassMs: 10, validationTimeoutMs: 100 });
    await Promise.all(Array.from({ length: 5 }, () => db.query("SELECT SLEEP(0.02)")));
    await proxy.set("blackhole");
    await sleep(50);
    await proxy.set("pass");
    const started = performance.now();
    const values = await Promise.all(Array.from({ length: 5 }, () => db.value("SELECT 3")));
    // One validation, and one connect, which takes a few milliseconds.
    expect(performance.now() - started).toBeLessThan(100 + 100 + slackMs());
    expect(values).toEqual([3, 3, 3, 3, 3]);
  });
});

describe("a server that hangs, dies and comes back", () => {
  it("stopped (SIGSTOP): errors in time, service again by itself", async () => {
    await using server = await startServer("mysql");
    await using db = createDbPool({
      url: server.url,
      max: 3,
      acquireTimeoutMs: 1_000,
      queryTimeoutMs: 300,
      connectTimeoutMs: 500,
    });
    await db.ready();
    await server.kill("SIGSTOP");
    try {
      let tookMs = 0;
      const outcome = async () => {
        const started = performance.now();
        const code = await db.query("SELECT 1").then(
          () => "answered",
          (error: unknown) => (error as { code: string }).code,
        );
        tookMs = performance.now() - started;
        return code;
      };
      // The signal takes a moment to reach all threads of the server.
      await expect.poll(outcome).toBe("QUERY_TIMEOUT");
      expect(tookMs).toBeLessThan(300 + 50 + slackMs());
      expect(await failure(db.query("SELECT 1", [], { timeoutMs: 100 }))).toMatchObject({
        code: "POOL_ACQUIRE_TIMEOUT",
      });
    } finally {
      await server.kill("SIGCONT");
    }
    const started = performance.now();
    expect(await db.value("SELECT 1", [], { timeoutMs: 5_000 })).toBe(1);
    expect(performance.now() - started).toBeLessThan(1_000 + slackMs());
  });

  it("kill -9 and restart under load: no read fails, writes say what may have happened, sockets stay few", async () => {
    await using server = await startServer("mysql");
    await using db = createDbPool({ url: server.url, max: 5, acquireTimeoutMs: 30_000 });
    await db.run("CREATE DATABASE app");
    await db.run("CREATE TABLE app.t (id INT PRIMARY KEY) ENGINE=InnoDB");
    const state = { stop: false };
    let reads = 0;
    let next = 0;
    const written: number[] = [];
    const unknown: number[] = [];
    const reader = async () => {
      while (!state.stop) {
        expect(await db.value("SELECT 1")).toBe(1);
        reads += 1;
        await sleep(1);
      }
    };
    const writer = async () => {
      while (!state.stop) {
        const id = ++next;
        try {
          await db.run("INSERT INTO app.t VALUES (?)", [id]);
          written.push(id);
        } catch (error) {
          expect(error).toMatchObject({ code: "CONNECTION_LOST" });
          if ((error as { maybeExecuted: boolean }).maybeExecuted) unknown.push(id);
        }
        await sleep(1);
      }
    };
    const load = Promise.all([...Array.from({ length: 40 }, reader), ...Array.from({ length: 10 }, writer)]);
    await expect.poll(() => reads).toBeGreaterThan(100);
    await server.kill();
    await expect.poll(() => db.stats().errors).toBeGreaterThan(0);
    await server.restart();
    const before = reads;
    await expect.poll(() => reads, { timeout: 10_000 }).toBeGreaterThan(before + 100);
    state.stop = true;
    await load;
    const stored = new Set((await db.query<{ id: number }>("SELECT id FROM app.t")).map(({ id }) => id));
    expect(written.filter((id) => !stored.has(id))).toEqual([]);
    const allowed = new Set([...written, ...unknown]);
    expect([...stored].filter((id) => !allowed.has(id))).toEqual([]);
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  });
});
