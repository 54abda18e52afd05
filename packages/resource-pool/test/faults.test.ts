/** What callers see of a server that misbehaves, each with its bound; margins allow for a busy machine. */
import { describe, expect, it } from "vitest";
import { type CreateContext, createResourcePool } from "../src/index.ts";
import { machineSlack } from "./machine-slack.ts";

const slackMs = machineSlack();

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

type Mode = "up" | "refuse" | "full";

interface Connection {
  readonly host: string;
  open: boolean;
  /** Half-open: what is sent is swallowed. */
  dead: boolean;
  readonly lost: () => void;
}

/** A server without sockets: counts what is tried and what is open. */
class FakeServer {
  mode: Mode = "up";
  host = "old";
  handshakeMs = 2;
  destroyMs = 0;
  attempts = 0;
  handshakes = 0;
  mostHandshakes = 0;
  open = 0;
  mostOpen = 0;
  connections: Connection[] = [];

  readonly #create = async ({ lost }: CreateContext): Promise<Connection> => {
    this.attempts += 1;
    this.handshakes += 1;
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    this.mostHandshakes = Math.max(this.mostHandshakes, this.handshakes);
    await pause(this.handshakeMs);
    this.handshakes -= 1;
    if (this.mode !== "up") {
      this.open -= 1;
      throw new Error(this.mode === "full" ? "too many connections" : "connection refused");
    }
    const connection = { host: this.host, open: true, dead: false, lost };
    this.connections.push(connection);
    return connection;
  };

  readonly #destroy = async (connection: Connection): Promise<void> => {
    if (this.destroyMs > 0) await pause(this.destroyMs);
    connection.open = false;
    this.open -= 1;
  };

  readonly #validate = (connection: Connection): Promise<boolean> =>
    connection.dead ? new Promise(() => {}) : Promise.resolve(true);

  /** The pool's options that reach it. */
  readonly hooks = { create: this.#create, destroy: this.#destroy, validate: this.#validate };
}

const bounds = { max: 5, acquireTimeoutMs: 1_000, connectTimeoutMs: 1_500 };

describe("faults", () => {
  it("server down at start: the caller learns why at its deadline, at most 10 attempts a second, back within 300 ms", async () => {
    const server = new FakeServer();
    server.mode = "refuse";
    await using pool = createResourcePool({ ...server.hooks, ...bounds });
    const started = performance.now();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: "POOL_ACQUIRE_TIMEOUT",
      cause: { code: "POOL_CONNECT_FAILED", cause: { message: "connection refused" } },
    });
    expect(performance.now() - started).toBeGreaterThanOrEqual(995);
    expect(performance.now() - started).toBeLessThan(1_150 + slackMs());
    expect(server.attempts).toBeLessThanOrEqual(10);
    const waiting = pool.acquire();
    await pause(50);
    server.mode = "up";
    const back = performance.now();
    (await waiting).release();
    expect(performance.now() - back).toBeLessThan(400 + slackMs());
  });

  it("outage of 2 s under 200 callers: at most 25 attempts, 4 handshakes at once, nobody lost", async () => {
    const server = new FakeServer();
    server.mode = "refuse";
    await using pool = createResourcePool({ ...server.hooks, max: 50, acquireTimeoutMs: 10_000 });
    const served = Array.from({ length: 200 }, () => pool.use(() => pause(1)));
    await pause(2_000);
    expect(server.attempts).toBeLessThanOrEqual(25);
    server.mode = "up";
    const back = performance.now();
    await Promise.race(served);
    expect(performance.now() - back).toBeLessThan(450 + slackMs());
    await Promise.all(served);
    expect(server.mostHandshakes).toBeLessThanOrEqual(4);
    expect(pool.stats()).toMatchObject({ waiting: 0, inUse: 0, acquired: 200 });
  });

  it("idle connections black-holed: all served within one validation and one open", async () => {
    const server = new FakeServer();
    const times = { aliveBypassMs: 20, validationTimeoutMs: 200 };
    await using pool = createResourcePool({ ...server.hooks, ...bounds, ...times });
    await pool.warmup(5);
    await pause(40);
    for (const connection of server.connections) connection.dead = true;
    const started = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => pool.use(() => {})));
    expect(performance.now() - started).toBeLessThan(200 + 200);
    expect(pool.stats()).toMatchObject({ waiting: 0, inUse: 0 });
  });

  it("idle connections black-holed: one caller after the other waits for one validation, not for one each", async () => {
    const server = new FakeServer();
    const times = { aliveBypassMs: 20, validationTimeoutMs: 200, acquireTimeoutMs: 5_000 };
    await using pool = createResourcePool({ ...server.hooks, ...bounds, ...times });
    await pool.warmup(5);
    await pause(40);
    for (const connection of server.connections) connection.dead = true;
    const started = performance.now();
    await pool.use(() => {});
    await pool.use(() => {});
    expect(performance.now() - started).toBeLessThan(200 + 250);
    await expect.poll(() => pool.stats()).toMatchObject({ size: 1, destroyed: 5 });
  });

  it("too many connections: those there are serve everybody, at most 15 attempts", async () => {
    const server = new FakeServer();
    await using pool = createResourcePool({ ...server.hooks, ...bounds });
    await pool.warmup(2);
    server.mode = "full";
    const until = performance.now() + 1_000;
    const loops = Array.from({ length: 10 }, async () => {
      while (performance.now() < until) await pool.use(() => pause(2));
    });
    await Promise.all(loops);
    expect(server.attempts - 2).toBeLessThanOrEqual(15);
    expect(pool.stats()).toMatchObject({ size: 2, timeouts: 0 });
  });

  it("handshake slower than the caller's patience: the caller is told at its deadline, the late one is used", async () => {
    const server = new FakeServer();
    server.handshakeMs = 400;
    await using pool = createResourcePool({ ...server.hooks, ...bounds, acquireTimeoutMs: 150 });
    const results = await Promise.allSettled([pool.acquire(), pool.acquire()]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect.poll(() => pool.stats()).toMatchObject({ idle: 2, connecting: 0 });
    (await pool.acquire()).release();
    expect(server.attempts).toBe(2);
  });

  it("`min` and all connections reset: as many are back within 1 s", async () => {
    const server = new FakeServer();
    await using pool = createResourcePool({ ...server.hooks, ...bounds, min: 5 });
    await pool.warmup(5);
    for (const { lost } of server.connections) lost();
    const started = performance.now();
    await expect.poll(() => pool.stats(), { timeout: 2_000 }).toMatchObject({ idle: 5, created: 10 });
    expect(performance.now() - started).toBeLessThan(1_000 + slackMs());
  });

  it("slow destroys under load: never more than `max` open", async () => {
    const server = new FakeServer();
    server.destroyMs = 20;
    await using pool = createResourcePool({ ...server.hooks, ...bounds, acquireTimeoutMs: 10_000 });
    const churn = async (_: unknown, n: number): Promise<void> => {
      const lease = await pool.acquire();
      await pause(1);
      if (n % 2 === 0) lease.destroy();
      else lease.release();
    };
    await Promise.all(Array.from({ length: 60 }, churn));
    expect(server.mostOpen).toBe(5);
  });

  it("a name that points elsewhere: all moved within maxLifetimeMs under load, and at once by evict", async () => {
    const server = new FakeServer();
    await using pool = createResourcePool({ ...server.hooks, ...bounds, maxLifetimeMs: 400 });
    const until = performance.now() + 700;
    server.host = "old";
    await pool.warmup(5);
    server.host = "new";
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        while (performance.now() < until) await pool.use(() => pause(3));
      }),
    );
    const hosts = () => new Set(server.connections.filter(({ open }) => open).map(({ host }) => host));
    expect(hosts()).toEqual(new Set(["new"]));
    server.host = "newest";
    pool.evict();
    await pool.warmup(5);
    expect(hosts()).toEqual(new Set(["newest"]));
  });

  it("validations that hang, with a server that is well: each is bounded, and the process has no unhandled rejection", async () => {
    const server = new FakeServer();
    const validate = () => new Promise<boolean>((_, reject) => void setTimeout(() => reject(new Error("late")), 60));
    const times = { aliveBypassMs: 0, validationTimeoutMs: 20 };
    await using pool = createResourcePool({ ...server.hooks, ...bounds, ...times, validate });
    for (let n = 0; n < 3; n++) await pool.use(() => pause(2));
    // Those that were given up reject now.
    await pause(100);
    expect(pool.stats()).toMatchObject({ inUse: 0, timeouts: 0 });
    expect(pool.stats().destroyed).toBeGreaterThanOrEqual(2);
  });
});
