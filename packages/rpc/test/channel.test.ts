/** A channel with several servers: retries, hedging, ejection, and who gets which call. */
import { tracingChannel } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import {
  type CallContext,
  type ChannelOptions,
  type Client,
  type ClientCallTrace,
  type Endpoint,
  type Handlers,
  type Resolver,
  RpcError,
  type Server,
  Status,
  createClient,
  createServer,
  retryInfo,
} from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";

const servers: Server[] = [];
const clients: Client<typeof Echo.methods>[] = [];

afterEach(async () => {
  for (const made of clients.splice(0)) await made.close({ timeoutMs: 0 });
  for (const server of servers.splice(0)) await server.close({ timeoutMs: 0 });
});

/** Starts a server for each set of handlers. @returns their addresses. */
async function start(...all: Partial<Handlers<typeof Echo.methods>>[]): Promise<string[]> {
  const addresses: string[] = [];
  for (const handlers of all) {
    const server = createServer().add(Echo, { ...echoHandlers, ...handlers });
    servers.push(server);
    addresses.push(`127.0.0.1:${(await server.listen()).port}`);
  }
  return addresses;
}

async function client(addresses: readonly string[], options: Partial<ChannelOptions> = {}) {
  const made = createClient(Echo, { target: `static:${addresses.join(",")}`, ...options });
  clients.push(made);
  const { connectionsPerHost = 1 } = options;
  await made.ready();
  await expect.poll(() => made.stats().connections).toBe(addresses.length * connectionsPerHost);
  return made;
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

const fails = (status: number, options = {}): Partial<Handlers<typeof Echo.methods>> => ({
  unary() {
    throw new RpcError(status, "no", options);
  },
});
const named = (id: string): Partial<Handlers<typeof Echo.methods>> => ({ unary: () => ({ id }) });
const again = { idempotent: true };

describe("retry", () => {
  it("makes an idempotent call again elsewhere, and says so in stats and to the server", async () => {
    const attempts: number[] = [];
    const addresses = await start(fails(Status.Unavailable), {
      unary(_, context) {
        attempts.push(context.attempt);
        return { id: "good" };
      },
    });
    const calls = await client(addresses, { outlier: false, balancer: "round-robin" });
    // Until SETTINGS are answered a server cannot be told which attempt it is.
    for (let i = 0; i < 4; i++) await calls.unary({}, again).catch(() => {});
    attempts.length = 0;
    for (let i = 0; i < 20; i++) expect((await calls.unary({}, again)).id).toBe("good");
    expect(calls.stats().retries).toBeGreaterThan(0);
    expect(calls.stats().errors).toBe(0);
    expect(new Set(attempts)).toEqual(new Set([1, 2]));
  });

  it("never makes a call again that is not idempotent, nor for an application's error", async () => {
    const addresses = await start(fails(Status.Unavailable), fails(Status.Unavailable));
    const calls = await client(addresses, { outlier: false });
    expect(await caught(calls.unary({}))).toMatchObject({ status: 14, retryable: false });
    const [address = ""] = await start(fails(Status.Aborted));
    const others = await client([address]);
    expect(await caught(others.unary({}, again))).toMatchObject({ status: 10 });
    expect([calls.stats().retries, others.stats().retries]).toEqual([0, 0]);
  });

  it("gives up after maxAttempts with the last error, which may be tried again", async () => {
    const addresses = await start(fails(Status.Unavailable), fails(Status.Unavailable));
    const calls = await client(addresses, { retry: { maxAttempts: 4, initialBackoffMs: 1 }, outlier: false });
    expect(await caught(calls.unary({}, again))).toMatchObject({ status: 14, message: "no", retryable: true });
    expect(calls.stats()).toMatchObject({ retries: 3, errors: 1, calls: 1, inFlight: 0 });
  });

  it("is told how much of the deadline is left, and not begun when that is too little", async () => {
    const left: number[] = [];
    const addresses = await start({
      unary(_, { remainingMs }) {
        left.push(remainingMs);
        throw new RpcError(Status.Unavailable, "no", { details: [retryInfo(300)] });
      },
    });
    const calls = await client(addresses, { outlier: false });
    const options = { ...again, timeoutMs: 700 };
    const before = performance.now();
    expect(await caught(calls.unary({}, options))).toMatchObject({ status: 14, message: "no" });
    // Two pauses of 300 ms fit, a third does not: nobody waits for the deadline.
    expect(left).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = left;
    expect(second).toBeLessThanOrEqual(first - 280);
    expect(third).toBeLessThanOrEqual(second - 280);
    expect(third).toBeLessThanOrEqual(700 + 10 - 2 * 299);
    expect(performance.now() - before).toBeGreaterThan(599);
  });

  it("does not take a handler's words for the server's", async () => {
    let ran = 0;
    const addresses = await start({
      unary() {
        ran += 1;
        throw new RpcError(Status.Unavailable, "not processed");
      },
    });
    const calls = await client(addresses, { outlier: false });
    expect(await caught(calls.unary({}))).toMatchObject({
      status: 14,
      message: "not processed, says the handler",
      maybeExecuted: true,
      retryable: false,
    });
    expect(ran).toBe(1);
  });

  it("is bounded by its budget, and off when it is false", async () => {
    const addresses = await start(fails(Status.Unavailable));
    const options = { maxAttempts: 3, initialBackoffMs: 1, budget: { ratio: 0, minPerSecond: 0.5 } };
    const calls = await client(addresses, { retry: options, outlier: false });
    for (let i = 0; i < 20; i++) await caught(calls.unary({}, again));
    expect(calls.stats()).toMatchObject({ retries: 5, overBudget: 18 });
    const never = await client(addresses, { retry: false, outlier: false });
    await caught(never.unary({}, again));
    expect(never.stats().retries).toBe(0);
  });

  it("is not begun when the deadline comes first; ends with its signal and the client's close while it pauses", async () => {
    const later = fails(Status.Unavailable, { details: [retryInfo(60_000)] });
    const addresses = await start(later);
    const retry = { initialBackoffMs: 60_000, maxBackoffMs: 60_000 };
    const calls = await client(addresses, { retry, outlier: false });
    expect(await caught(calls.unary({ id: "later" }, { ...again, timeoutMs: 5_000 }))).toMatchObject({ status: 14 });
    expect(calls.stats().retries).toBe(0);
    const caller = new AbortController();
    const first = calls.unary({}, { ...again, timeoutMs: 0, signal: caller.signal });
    await expect.poll(() => calls.stats().retries).toBe(1);
    caller.abort(new Error("enough"));
    expect(await caught(first)).toMatchObject({ message: "enough" });
    const last = calls.unary({}, { ...again, timeoutMs: 0 });
    await expect.poll(() => calls.stats().retries).toBe(2);
    const closed = caught(last);
    await calls.close({ timeoutMs: 10 });
    expect(await closed).toMatchObject({ code: "RPC_CLOSED" });
  });

  it("makes a stream again only before its first message", async () => {
    const addresses = await start(
      {
        async *serverStream({ id }) {
          if (id === "late") yield { id: "one" };
          throw new RpcError(Status.Unavailable, "no");
        },
      },
      {
        async *serverStream() {
          yield { id: "good" };
        },
      },
    );
    const calls = await client(addresses, { outlier: false, balancer: "round-robin" });
    for (let i = 0; i < 4; i++) {
      const got: string[] = [];
      for await (const { id } of calls.serverStream({}, again)) got.push(id);
      expect(got).toEqual(["good"]);
    }
    const late = async () => {
      const got: string[] = [];
      try {
        for await (const { id } of calls.serverStream({ id: "late" }, again)) got.push(id);
      } catch {
        got.push("failed");
      }
      return got.join();
    };
    expect(new Set([await late(), await late()])).toEqual(new Set(["one,failed", "good"]));
  });

  it("runs attemptInterceptors around each attempt, interceptors around the whole call", async () => {
    const addresses = await start(fails(Status.Unavailable), named("good"));
    const seen: string[] = [];
    const calls = await client(addresses, {
      outlier: false,
      balancer: "round-robin",
      retry: { initialBackoffMs: 1 },
      interceptors: [
        (call, next) => {
          seen.push("call");
          return next(call);
        },
      ],
      attemptInterceptors: [
        (call, next) => {
          seen.push("attempt");
          return next(call);
        },
      ],
    });
    for (let i = 0; i < 2; i++) expect((await calls.unary({}, again)).id).toBe("good");
    expect(seen.filter((each) => each === "call")).toHaveLength(2);
    expect(seen.filter((each) => each === "attempt").length).toBeGreaterThan(2);
    const [, reply, trailers] = await calls.unary.try({}, again);
    expect([reply?.id, [...trailers.entries()]]).toEqual(["good", []]);
    await expect(calls.unary({}, { timeoutMs: -1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("attemptInterceptors", () => {
  it("begin each attempt with what the caller gave, and with its number", async () => {
    const seen: [number, readonly string[]][] = [];
    const note = {
      unary(_: unknown, { attempt, metadata }: CallContext) {
        seen.push([attempt, metadata.getAll("token")]);
        if (attempt === 1) throw new RpcError(Status.Unavailable, "no");
        return {};
      },
    };
    const addresses = await start(note);
    const calls = await client(addresses, {
      retry: { initialBackoffMs: 1 },
      attemptInterceptors: [
        (call, next) => next(Object.assign(call, { metadata: call.metadata.append("token", "b") })),
      ],
    });
    await calls.serverStream({}).next();
    await calls.unary({}, { ...again, metadata: { token: "a" } });
    expect(seen).toEqual([
      [1, ["a", "b"]],
      [2, ["a", "b"]],
    ]);
  });

  it("run once for a stream", async () => {
    const addresses = await start({});
    const seen: string[] = [];
    const calls = await client(addresses, {
      attemptInterceptors: [
        (call, next) => {
          seen.push(call.kind);
          return next(call);
        },
      ],
    });
    for await (const _ of calls.serverStream({ count: 2 }));
    const upload = calls.clientStream();
    await upload.send({ id: "x" });
    expect((await upload.end()).id).toBe("x");
    const talk = calls.bidi();
    talk.end();
    expect(await talk.status).toMatchObject({ status: 0 });
    expect(seen).toEqual(["serverStream", "clientStream", "bidi"]);
  });
});

describe("hedging", () => {
  const method = `${Echo.name}/Unary`;

  it("asks another server when the first has failed", async () => {
    const addresses = await start(fails(Status.Unavailable), named("good"));
    const hedge = { methods: [method], afterMs: 60_000 };
    const calls = await client(addresses, { hedge, outlier: false, balancer: "round-robin" });
    for (let i = 0; i < 6; i++) expect((await calls.unary({}, again)).id).toBe("good");
    expect(calls.stats()).toMatchObject({ calls: 6, errors: 0, inFlight: 0, retries: 3 });
  });

  it("is one call to those who count and trace, whatever the attempts", async () => {
    const gate = new Gate();
    const slow = {
      async unary() {
        await gate.opened;
        return {};
      },
    };
    const calls = await client(await start(slow, slow), { hedge: { methods: [method], afterMs: 5 } });
    const events: string[] = [];
    const traces: ClientCallTrace[] = [];
    const channel = tracingChannel<unknown, ClientCallTrace>("servertech:rpc:client-call");
    const note = (event: string) => (trace: unknown) => {
      events.push(event);
      traces.push(trace as ClientCallTrace);
    };
    const handlers = {
      start: note("start"),
      end: note("end"),
      asyncStart: note("asyncStart"),
      asyncEnd: note("asyncEnd"),
      error: note("error"),
    };
    channel.subscribe(handlers);
    const call = calls.unary({}, again);
    await expect.poll(() => servers.reduce((sum, server) => sum + server.stats().inFlight, 0)).toBe(2);
    expect(calls.stats()).toMatchObject({ calls: 1, inFlight: 1 });
    gate.open();
    await call;
    channel.unsubscribe(handlers);
    expect(events).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(new Set(traces).size).toBe(1);
    expect(traces[0]).toMatchObject({ attempts: 2, status: 0 });
    expect(calls.stats()).toMatchObject({ calls: 1, inFlight: 0, errors: 0 });
  });

  it("asks another server when the first is slow, and cancels the one that loses", async () => {
    const reasons: unknown[] = [];
    const addresses = await start(
      {
        async unary(_, context) {
          reasons.push(await aborted(context.signal));
          return {};
        },
      },
      named("quick"),
    );
    const hedge = { methods: [method], afterMs: 20 };
    const calls = await client(addresses, { hedge, outlier: false, balancer: "round-robin" });
    for (let i = 0; i < 6; i++) expect((await calls.unary({}, again)).id).toBe("quick");
    await expect.poll(() => reasons.length).toBe(3);
    expect(reasons[0]).toMatchObject({ status: 1 });
    expect(calls.stats()).toMatchObject({ calls: 6, errors: 0, inFlight: 0, retries: 3 });
  });

  it("is for idempotent calls of its methods only, and keeps to the budget", async () => {
    const gate = new Gate();
    const slow = {
      async unary() {
        await gate.opened;
        return { id: "slow" };
      },
    };
    const addresses = await start(slow, slow);
    const hedge = { methods: [method], afterMs: 1, maxAttempts: 5 };
    const retry = { budget: { ratio: 0, minPerSecond: 0.2 } };
    const calls = await client(addresses, { hedge, retry });
    const all = [calls.unary({}), ...Array.from({ length: 5 }, () => calls.unary({}, again))];
    await expect.poll(() => servers.reduce((sum, server) => sum + server.stats().inFlight, 0)).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls.stats().retries).toBe(2);
    gate.open();
    for (const { id } of await Promise.all(all)) expect(id).toBe("slow");
  });

  it("fails with the last error when all attempts do, and waits for one that may do better", async () => {
    const gate = new Gate();
    const addresses = await start(fails(Status.NotFound), {
      async unary() {
        await gate.opened;
        throw new RpcError(Status.Aborted, "late");
      },
    });
    const calls = await client(addresses, { hedge: { methods: [method], afterMs: 5 }, balancer: "round-robin" });
    const outcomes: Promise<unknown>[] = [caught(calls.unary({}, again)), caught(calls.unary({}, again))];
    await expect.poll(() => calls.stats().retries).toBe(1);
    gate.open();
    const statuses = (await Promise.all(outcomes)).map((error) => (error as RpcError).status);
    expect(statuses.toSorted((a, b) => a - b)[0]).toBe(5);
    expect(calls.stats()).toMatchObject({ inFlight: 0, errors: 2, calls: 2 });
  });

  it("learns from latencies with p95, and takes the caller's deadline and signal", async () => {
    let slow = false;
    const handlers = {
      async unary(_: unknown, context: { signal: AbortSignal }) {
        if (slow) await aborted(context.signal);
        return {};
      },
    };
    const addresses = await start(handlers, handlers);
    const calls = await client(addresses, { hedge: { methods: [method], afterMs: "p95" } });
    for (let i = 0; i < 30; i++) await calls.unary({}, again);
    const before = calls.stats().retries;
    slow = true;
    expect(await caught(calls.unary({}, { ...again, timeoutMs: 300 }))).toMatchObject({ status: 4 });
    expect(calls.stats().retries).toBe(before + 1);
    const caller = new AbortController();
    const call = calls.unary({}, { ...again, signal: caller.signal });
    caller.abort(new Error("gone"));
    expect(await caught(call)).toMatchObject({ message: "gone" });
    await expect.poll(() => servers.reduce((sum, server) => sum + server.stats().inFlight, 0)).toBe(0);
  });
});

describe("ejection", () => {
  it("leaves a server out that keeps failing, and takes it back later", async () => {
    let broken = true;
    const addresses = await start(
      {
        unary() {
          if (broken) throw new RpcError(Status.Unavailable, "no");
          return { id: "back" };
        },
      },
      named("good"),
      named("good"),
    );
    const ejecting = (ejectMs: number) =>
      client(addresses, { retry: false, balancer: "round-robin", outlier: { consecutiveErrors: 3, ejectMs } });
    const calls = await ejecting(60_000);
    const quick = await ejecting(50);
    const outcomes = async (count: number, of: Client<typeof Echo.methods>) => {
      const got: string[] = [];
      for (let i = 0; i < count; i++)
        got.push(
          await of.unary({}).then(
            ({ id }) => id,
            () => "failed",
          ),
        );
      return got;
    };
    expect((await outcomes(9, calls)).filter((each) => each === "failed")).toHaveLength(3);
    expect(calls.stats()).toMatchObject({ ejected: 1, instances: 3, connections: 3 });
    expect(await outcomes(12, calls)).toEqual(Array.from({ length: 12 }, () => "good"));
    await outcomes(9, quick);
    broken = false;
    await expect.poll(() => quick.stats().ejected).toBe(0);
    await expect.poll(() => outcomes(6, quick)).toContain("back");
    expect(calls.stats().ejected).toBe(1);
  });

  it("counts faults in a row past a call that its caller has given up", async () => {
    const addresses = await start({
      async unary({ id }, context) {
        if (id === "hang") await aborted(context.signal);
        throw new RpcError(Status.Unavailable, "no");
      },
    });
    const calls = await client(addresses, { retry: false, outlier: { consecutiveErrors: 3, maxEjectedRatio: 1 } });
    for (let i = 0; i < 2; i++) await caught(calls.unary({}));
    const caller = new AbortController();
    const given = caught(calls.unary({ id: "hang" }, { signal: caller.signal }));
    caller.abort(new Error("enough"));
    expect(await given).toMatchObject({ message: "enough" });
    expect(calls.stats().ejected).toBe(0);
    await caught(calls.unary({}));
    expect(calls.stats().ejected).toBe(1);
  });

  it("never leaves all out, and none for what handlers say", async () => {
    const addresses = await start(fails(Status.Unavailable), fails(Status.Unavailable));
    const calls = await client(addresses, { retry: false, outlier: { consecutiveErrors: 1, maxEjectedRatio: 1 } });
    for (let i = 0; i < 10; i++) expect(await caught(calls.unary({}))).toMatchObject({ status: 14, message: "no" });
    expect(calls.stats().ejected).toBe(2);
    const others = await client(await start(fails(Status.Internal), fails(Status.NotFound)), { retry: false });
    for (let i = 0; i < 40; i++) await caught(others.unary({}));
    expect(others.stats().ejected).toBe(0);
  });
});

describe("a connection that is old", () => {
  it("is replaced at once, and no call notices", async () => {
    const peers = new Set<string>();
    const server = createServer({ maxConnectionAgeMs: 1_300 }).add(Echo, {
      ...echoHandlers,
      unary(_, { peer }) {
        peers.add(peer.address);
        return {};
      },
    });
    servers.push(server);
    const calls = await client([`127.0.0.1:${(await server.listen()).port}`]);
    while (peers.size < 2) {
      await calls.unary({ id: "x" });
      await new Promise((resolve) => setTimeout(resolve, 5));
      // Never out: the server has done nothing wrong.
      expect(calls.stats().ejected).toBe(0);
    }
    expect(calls.stats()).toMatchObject({ errors: 0, connections: 1 });
    expect(server.stats().rejected.notProcessed).toBe(0);
  });
});

describe("balancing", () => {
  it("keeps calls together by hash, by what the option gives or the call says", async () => {
    const addresses = await start(named("a"), named("b"), named("c"), named("d"));
    const calls = await client(addresses, { balancer: { hash: (request) => (request as { id: string }).id } });
    for (const id of ["one", "two", "three"]) {
      const first = await calls.unary({ id });
      for (let i = 0; i < 5; i++) expect((await calls.unary({ id })).id).toBe(first.id);
    }
    const here = await calls.unary({ id: "x" }, { hash: "h" });
    for (let i = 0; i < 5; i++) expect((await calls.unary({ id: `${i}` }, { hash: "h" })).id).toBe(here.id);
    const bad = await client(addresses, { balancer: { hash: () => 5 as never } });
    await expect(bad.unary({})).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("learns nothing of a server from how long its streams last", async () => {
    const gate = new Gate();
    const streams = {
      async *serverStream() {
        await gate.opened;
        yield {};
      },
    };
    const calls = await client(await start(streams, streams), { balancer: "p2c-ewma" });
    // The call itself is what the caller has: it says whether it is timed.
    expect(calls.serverStream({})).toMatchObject({ sentAt: 0, link: { inFlight: 1 } });
    gate.open();
  });

  it("keeps away from a slow server", async () => {
    const counts = [0, 0, 0];
    const serving = (index: number, ms: number) => ({
      async unary() {
        counts[index] = (counts[index] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, ms));
        return {};
      },
    });
    const addresses = await start(serving(0, 300), serving(1, 2), serving(2, 2));
    const calls = await client(addresses);
    for (let i = 0; i < 15; i++) await Promise.all(Array.from({ length: 4 }, () => calls.unary({})));
    // A third of the calls, 20, would be its even share. A busy machine makes the others slow, too.
    expect(counts[0]).toBeLessThan(15);
  });

  it("opens as many connections to each server as it is told", async () => {
    const addresses = await start({}, {});
    const calls = await client(addresses, { connectionsPerHost: 3 });
    expect(calls.stats()).toMatchObject({ instances: 2, connections: 6 });
    for (const server of servers) expect(server.stats().connections).toBe(3);
    await Promise.all(Array.from({ length: 60 }, (_, i) => calls.unary({ id: `${i}` })));
  });

  it("follows weights that change, and warms new servers up", async () => {
    const addresses = await start(named("a"), named("b"));
    let weights = [1, 1];
    let change = new Gate();
    const endpoints = (): Endpoint[] =>
      addresses.map((address, i) => ({
        id: address,
        host: "127.0.0.1",
        port: Number(address.split(":")[1]),
        weight: weights[i],
      }));
    const resolver: Resolver = {
      async *watch(_, { signal }) {
        while (!signal.aborted) {
          yield endpoints();
          await Promise.race([change.opened, aborted(signal)]);
        }
      },
    };
    const calls = createClient(Echo, { target: resolver, balancer: "round-robin", slowStartMs: 50 });
    clients.push(calls);
    await calls.ready();
    await expect.poll(() => calls.stats().connections).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const share = async () => {
      const ids: string[] = [];
      for (let i = 0; i < 40; i++) ids.push((await calls.unary({})).id);
      return ids.filter((id) => id === "a").length;
    };
    expect(await share()).toBe(20);
    weights = [3, 1];
    const told = change;
    change = new Gate();
    told.open();
    await expect.poll(share).toBe(30);
    expect(calls.stats().connections).toBe(2);
  });
});
