/** Each row of the README's table "how it behaves when …", with its bound. A rejection without an owner fails the run. */
import { type RedisPool, createRedisPool } from "@servertech/redis-pool";
import { type Server, createProxy, startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import { machineSlack } from "../../../resource-pool/test/machine-slack.ts";

const url = inject("urls").redis;
const T = 600;

const slackMs = machineSlack();

interface Outcome {
  readonly ms: number;
  readonly error: unknown;
}

async function outcome(work: PromiseLike<unknown>): Promise<Outcome> {
  const begin = performance.now();
  const error = await Promise.resolve(work).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  return { ms: performance.now() - begin, error };
}

/** One of each kind of call on the shared connections. */
function shared(redis: RedisPool): Promise<unknown>[] {
  const pipeline = redis.pipeline();
  pipeline.get("a").incr("b");
  return [
    redis.commands.get("a"),
    redis.commands.incr("b"),
    redis.commands.hgetall("c"),
    redis.commands.with({ retry: "safe" }).set("d", "e"),
    redis.script({ keys: 0, lua: "return 1" })([]),
    pipeline.exec().then((results) => Promise.reject(results[0]?.[0])),
    redis.subscribe("f", () => {}),
  ];
}

/** One of each kind of loan. */
function lent(redis: RedisPool): Promise<unknown>[] {
  return [
    redis.use((commands) => commands.ping()),
    redis.transaction(["g"], (_commands, queued) => void queued.set("g", "1")),
  ];
}

function everything(redis: RedisPool): Promise<unknown>[] {
  return [...shared(redis), ...lent(redis)];
}

const quick = { commandTimeoutMs: T, connectTimeoutMs: 300, acquireTimeoutMs: T };

describe("a server that is down", () => {
  it("every call settles within commandTimeoutMs", async () => {
    await using redis = createRedisPool({ url: "redis://127.0.0.1:1", ...quick });
    for (const { ms, error } of await Promise.all(everything(redis).map(outcome))) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(REDIS_UNAVAILABLE|POOL_ACQUIRE_TIMEOUT)$/) });
      expect(ms).toBeLessThan(T + 100 + slackMs());
    }
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, waiting: 0, queued: 0, inFlight: 0 });
  });

  it("is asked fewer than ten times a second, by all connections together", async () => {
    await using proxy = await createProxy({ target: url });
    await proxy.set("reset");
    await using redis = createRedisPool({ url: `redis://${proxy.address}`, ...quick, connections: 3 });
    const begin = performance.now();
    // Callers that never give up, on every kind of connection.
    const callers = Array.from({ length: 30 }, async () => {
      while (performance.now() < begin + 3_000) await Promise.all(everything(redis).map(outcome));
    });
    await Promise.all(callers);
    const seconds = (performance.now() - begin) / 1_000;
    expect(proxy.stats().accepted).toBeGreaterThan(3);
    expect(proxy.stats().accepted / seconds).toBeLessThan(10);
  });

  it("keeps memory bounded: what finds no room is refused with REDIS_QUEUE_FULL", async () => {
    await using redis = createRedisPool({ url: "redis://127.0.0.1:1", ...quick });
    const value = "x".repeat(100);
    const codes = new Map<unknown, number>();
    const before = process.memoryUsage().heapUsed;
    const sets: Promise<unknown>[] = [];
    for (let n = 0; n < 200_000; n++) {
      const set = redis.commands.set(`k${n}`, value);
      set.catch((error: { code: unknown }) => codes.set(error.code, (codes.get(error.code) ?? 0) + 1));
      // A caller that keeps every promise would hold the memory itself.
      if (n % 1_000 === 0) sets.push(set.catch(() => {}));
      if (n % 10_000 === 0) await new Promise(setImmediate);
    }
    expect(redis.stats().queued).toBeLessThanOrEqual(10_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000);
    await Promise.all(sets);
    await expect.poll(() => (codes.get("REDIS_QUEUE_FULL") ?? 0) + (codes.get("REDIS_UNAVAILABLE") ?? 0)).toBe(200_000);
    expect(codes.get("REDIS_QUEUE_FULL")).toBeGreaterThan(50_000);
    // 200,000 errors with their stacks are work, not waiting.
  }, 90_000);
});

describe("a server that is silent", () => {
  it.each(["a black hole", "SIGSTOP"])(
    "%s: every call settles in time, and service returns without help",
    async (how) => {
      await using server = await startServer("redis");
      await using proxy = await createProxy({ target: server.port });
      await using redis = createRedisPool({ url: `redis://${proxy.address}`, ...quick, validationTimeoutMs: 200 });
      await Promise.all([redis.ready(), redis.use((commands) => commands.ping()), redis.subscribe("x", () => {})]);
      if (how === "SIGSTOP") await server.kill("SIGSTOP");
      else await proxy.set("blackhole");
      const [ofShared, ofLent] = await Promise.all([
        Promise.all(shared(redis).map(outcome)),
        Promise.all(lent(redis).map(outcome)),
      ]);
      for (const { error } of [...ofShared, ...ofLent])
        expect(error).toMatchObject({ code: expect.stringMatching(/^(REDIS_UNAVAILABLE|POOL_ACQUIRE_TIMEOUT)$/) });
      for (const { ms } of ofShared) expect(ms).toBeLessThan(T + 100 + slackMs());
      // A lease is waited for, and then its command.
      for (const { ms } of ofLent) expect(ms).toBeLessThan(2 * T + 100 + slackMs());
      if (how === "SIGSTOP") await server.kill("SIGCONT");
      else await proxy.set("pass");
      const healed = performance.now();
      await redis.ready();
      expect(await redis.commands.ping()).toBe("PONG");
      expect(await redis.use((commands) => commands.ping())).toBe("PONG");
      expect(performance.now() - healed).toBeLessThan(1_000 + slackMs());
      await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, waiting: 0 });
    },
  );
});

describe("connections that are lost under load", () => {
  /** Loops of INCR, leases and transactions, until `stop`. */
  async function load(redis: RedisPool, counter: string): Promise<{ stop: () => Promise<Record<string, number>> }> {
    const until = { stopped: false };
    const seen = { confirmed: 0, perhaps: 0, unsent: 0, other: 0 };
    const count = async (work: () => Promise<unknown>): Promise<void> => {
      while (!until.stopped) {
        const { error } = await outcome(work());
        const { code, maybeExecuted } = (error ?? {}) as { code?: string; maybeExecuted?: boolean };
        if (error === undefined) seen.confirmed += 1;
        else if (maybeExecuted === true) seen.perhaps += 1;
        else if (code === "REDIS_UNAVAILABLE" || code?.startsWith("POOL_") === true) seen.unsent += 1;
        else seen.other += 1;
        await new Promise(setImmediate);
      }
    };
    const loops = [
      ...Array.from({ length: 20 }, () => count(() => redis.commands.incr(counter))),
      ...Array.from({ length: 5 }, () => count(() => redis.use((commands) => commands.incr(counter)))),
      ...Array.from({ length: 5 }, () =>
        count(() => redis.transaction([], (_commands, queued) => void queued.incr(counter))),
      ),
    ];
    return {
      stop: async () => {
        until.stopped = true;
        await Promise.all(loops);
        return seen;
      },
    };
  }

  /** What came of a load while `hurt` did its work: INCRs that are missing, and that nobody can account for. */
  async function accounts(
    server: Server,
    address: string,
    hurt: (direct: RedisPool) => Promise<void>,
  ): Promise<object> {
    await using direct = createRedisPool({ url: server.url });
    await using redis = createRedisPool({ url: address, commandTimeoutMs: 2_000 });
    await redis.ready();
    const { stop } = await load(redis, "n");
    await hurt(direct);
    await redis.ready({ timeoutMs: 15_000 });
    const { confirmed = 0, perhaps = 0, other } = await stop();
    const value = Number(await direct.commands.get("n"));
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, waiting: 0, queued: 0, inFlight: 0 });
    const { leaked } = await redis.close();
    const [missing, twice] = [Math.max(0, confirmed - value), Math.max(0, value - confirmed - perhaps)];
    return { missing, twice, other, leaked, enough: confirmed > 100 };
  }

  const allRight = { missing: 0, twice: 0, other: 0, leaked: 0, enough: true };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it("CLIENT KILL, again and again: no INCR is lost or made twice", async () => {
    await using server = await startServer("redis");
    const came = await accounts(server, server.url, async (direct) => {
      for (let n = 0; n < 10; n++) {
        await direct.commands.client("KILL" as "TRACKING", "TYPE" as "ON", "normal" as "BCAST");
        await pause(60);
      }
    });
    expect(came).toEqual(allRight);
  });

  it("resets and cuts in the middle of replies: no INCR is lost or made twice", async () => {
    await using server = await startServer("redis");
    await using proxy = await createProxy({ target: server.port });
    const came = await accounts(server, `redis://${proxy.address}`, async () => {
      for (let n = 0; n < 8; n++) {
        await proxy.set("cutAfter", { direction: n % 2 === 0 ? "down" : "up", bytes: 1_000 + 37 * n });
        await pause(60);
        await proxy.set("reset");
        await pause(20);
        await proxy.set("pass");
        await pause(60);
      }
    });
    expect(came).toEqual(allRight);
  });

  it("kill -9 and restart: at most the last second of writes is gone, leases come back", async () => {
    await using server = await startServer("redis");
    await using redis = createRedisPool({ url: server.url, commandTimeoutMs: 2_000 });
    await redis.ready();
    const { stop } = await load(redis, "n");
    await pause(100);
    await server.kill();
    await pause(200);
    await server.restart();
    await redis.ready();
    await pause(100);
    const seen = await stop();
    expect(seen["other"]).toBe(0);
    expect(Number(await redis.commands.get("n"))).toBeLessThanOrEqual(
      (seen["confirmed"] ?? 0) + (seen["perhaps"] ?? 0),
    );
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, waiting: 0, queued: 0, inFlight: 0 });
  });
});

describe("an outage of 2 s", () => {
  it("ends within 300 ms of the server's return, with `down` and `up` told once", async () => {
    await using proxy = await createProxy({ target: url });
    await using redis = createRedisPool({ url: `redis://${proxy.address}` });
    const told: string[] = [];
    redis.on("down", () => told.push("down"));
    redis.on("up", () => told.push("up"));
    await redis.ready();
    await proxy.set("reset");
    const until = performance.now() + 2_000;
    while (performance.now() < until) await outcome(redis.commands.get("k"));
    await proxy.set("pass");
    const back = performance.now();
    await redis.commands.get("k");
    expect(performance.now() - back).toBeLessThan(300 + slackMs());
    await expect.poll(() => told).toEqual(["down", "up"]);
  });
});

describe("BLPOP", () => {
  it("holds up no GET", async () => {
    await using redis = createRedisPool({ url });
    await redis.ready();
    const popped = outcome(redis.commands.blpop("redis-pool:fault:none", 1));
    await expect.poll(() => redis.stats().inUse).toBe(1);
    const times: number[] = [];
    for (let n = 0; n < 21; n++) times.push((await outcome(redis.commands.get("k"))).ms);
    // The median: one that met a pause of the machine says nothing.
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(5);
    expect((await popped).error).toBeUndefined();
  });

  it("is let finish by close", async () => {
    const redis = createRedisPool({ url });
    const list = "redis-pool:fault:close";
    await redis.commands.del(list);
    const popped = redis.commands.blpop(list, 10);
    await expect.poll(() => redis.stats().inUse).toBe(1);
    const closing = redis.close();
    await using other = createRedisPool({ url });
    await other.commands.rpush(list, "x");
    expect(await popped).toEqual([list, "x"]);
    expect(await closing).toEqual({ leaked: 0 });
  });

  it("without a time of its own ends after blockingTimeoutMs, with its connection", async () => {
    await using redis = createRedisPool({ url, blockingTimeoutMs: 100 });
    const { error, ms } = await outcome(redis.commands.blpop("redis-pool:fault:none", 0));
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: true });
    expect(ms).toBeLessThan(100 + slackMs());
    expect(await redis.commands.blpop("redis-pool:fault:none", 0.2)).toBeNull();
    await expect.poll(() => redis.stats()).toMatchObject({ inUse: 0, destroyed: 1 });
  });
});
