/** Calls of all kinds through a network that delays, cuts, swallows and resets: each settles by its deadline, none is left. */
import { once } from "node:events";
import { createServer as createNetServer } from "node:net";
import { type Proxy, createProxy } from "@servertech/services";
import { describe, expect, it } from "vitest";
import { Status, createClient, createServer } from "../../src/index.ts";
import { Echo } from "../echo-service.ts";
import { Random } from "../fuzz/random.ts";
import { aborted } from "../gate.ts";
import { LoopLag } from "./loop-lag.ts";
import { type Outcomes, RandomCalls, faultyHandlers, faultyServer } from "./random-calls.ts";

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function worsen(proxy: Proxy, random: Random): Promise<void> {
  switch (random.below(8)) {
    case 0:
      return proxy.set("latency", { upMs: random.below(40), downMs: random.below(40) });
    case 1:
      return proxy.set("slice", { pieceBytes: 1 + random.below(2_000) });
    case 2:
      return proxy.set("cutAfter", { bytes: random.below(20_000), direction: random.of(["up", "down"]) });
    case 3:
      return proxy.set("reset");
    case 4:
      return proxy.set("blackhole");
    case 5:
      return proxy.set("bandwidth", { bytesPerSecond: 10_000 + random.below(1_000_000) });
    case 6:
      return proxy.set("refuse");
    default:
      return proxy.set("pass");
  }
}

describe("a network that gets worse and better", () => {
  it.each([1, 2])("holds up no call beyond its deadline, seed %i", { timeout: 60_000 }, async (seed) => {
    const random = new Random(seed);
    using lag = new LoopLag();
    await using server = faultyServer();
    const { port } = await server.listen();
    await using proxy = await createProxy({ target: port });
    const outcomes: Outcomes = { ok: 0, failed: 0, aborted: 0 };
    // A new client each time: one that has failed often waits for half a minute before it connects again.
    for (let round = 0; round < 12; round++) {
      await proxy.set("pass");
      const client = createClient(Echo, {
        target: `tcp://${proxy.address}`,
        keepalive: { intervalMs: 1_000, timeoutMs: 100 },
        connectTimeoutMs: 100,
      });
      await client.ready();
      const calls = new RandomCalls(client, random, lag, outcomes);
      const all = Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let i = 0; i < 2; i++) await calls.one(300);
        }),
      );
      const done = new AbortController();
      const stop = () => done.abort();
      all.then(stop, stop);
      while (!done.signal.aborted) {
        await pause(random.below(150));
        await worsen(proxy, random);
        await pause(20 + random.below(150));
        await proxy.set("pass");
      }
      await all;
      expect(client.stats()).toMatchObject({ inFlight: 0, calls: 40 });
      await client.close({ timeoutMs: 0 });
    }
    expect(outcomes.ok).toBeGreaterThan(0);
    expect(outcomes.failed).toBeGreaterThan(0);
    // What the proxy has swallowed for good, the server hears of when the proxy closes.
    await proxy.close();
    await expect.poll(() => server.stats(), { timeout: 10_000 }).toMatchObject({ connections: 0, inFlight: 0 });
  });
});

describe("a half-open link", () => {
  it("is noticed by a PING on both ends: calls of all kinds fail, handlers are told", { timeout: 20_000 }, async () => {
    using lag = new LoopLag();
    const reasons: unknown[] = [];
    await using server = createServer({ keepalive: { intervalMs: 1_000, timeoutMs: 200 } }).add(Echo, {
      ...faultyHandlers,
      async unary(_, { signal }) {
        reasons.push(await aborted(signal));
        return {};
      },
    });
    const { port } = await server.listen();
    await using proxy = await createProxy({ target: port });
    const keepalive = { intervalMs: 1_000, timeoutMs: 200 };
    const client = createClient(Echo, { target: `tcp://${proxy.address}`, keepalive });
    await client.ready();
    const bidi = client.bidi();
    await bidi.send({});
    await bidi.next();
    const unary = client.unary({}, { timeoutMs: 0 });
    const stream = client.serverStream({ id: "hang" }, { timeoutMs: 0 });
    const upload = client.clientStream();
    const [before, lost] = [performance.now(), lag.lost];
    await expect.poll(() => server.stats().inFlight).toBe(4);
    await proxy.set("blackhole");
    await expect(unary).rejects.toMatchObject({ status: Status.Unavailable, maybeExecuted: true });
    expect(performance.now() - before - (lag.lost - lost)).toBeLessThan(1_000 + 1_000 + 200 + 300);
    for (const { status } of [bidi, stream, upload]) expect(await status).toMatchObject({ status: Status.Unavailable });
    await expect
      .poll(() => server.stats(), { timeout: 10_000 })
      .toMatchObject({
        connections: 0,
        inFlight: 0,
        rejected: { stalled: 1 },
      });
    expect(reasons).toMatchObject([{ status: Status.Cancelled }]);
    await client.close({ timeoutMs: 0 });
  });
});

describe("a server that accepts and never reads", () => {
  it("holds up neither deadline, abort nor cancel of any kind of call", async () => {
    const listener = createNetServer((socket) => socket.pause()).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as { port: number };
    const client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
    await client.ready();
    const data = Buffer.alloc(1 << 20);
    // More than the kernel takes: the rest of the calls waits here.
    const flood = Array.from({ length: 30 }, () => client.unary({ data }, { timeoutMs: 200 }));
    const caller = new AbortController();
    const upload = client.clientStream({ timeoutMs: 200 });
    const sent = Array.from({ length: 30 }, () => upload.send({ data }));
    const bidi = client.bidi({ signal: caller.signal });
    const waits = bidi.send({ data });
    const stream = client.serverStream({ data }, { timeoutMs: 200 });
    const left = client.bidi();
    const ofLeft = left.send({ data });
    for (const result of await Promise.allSettled([...flood, ...sent, upload.end(), stream.next()]))
      expect(result).toMatchObject({ status: "rejected", reason: { status: Status.DeadlineExceeded } });
    caller.abort(new Error("enough"));
    await expect(waits).rejects.toThrow("enough");
    left.cancel();
    await expect(ofLeft).rejects.toMatchObject({ status: Status.Cancelled });
    expect(client.stats().inFlight).toBe(0);
    await client.close({ timeoutMs: 0 });
    listener.close();
  });
});

describe("a client that never reads", () => {
  it("is cut off after stallTimeoutMs: the handlers of its streams are told", { timeout: 20_000 }, async () => {
    await using server = createServer({ outputHighWaterBytes: 128 << 10, stallTimeoutMs: 300, keepalive: false }).add(
      Echo,
      {
        ...faultyHandlers,
        async *serverStream() {
          for (;;) yield { data: Buffer.alloc(60_000) };
        },
      },
    );
    const { port } = await server.listen();
    // A link that passes nothing down: the client's windows are wide open, and yet it takes nothing.
    await using proxy = await createProxy({ target: port });
    const client = createClient(Echo, {
      target: `tcp://${proxy.address}`,
      initialWindowBytes: 64 << 20,
      connectionWindowBytes: 0,
      keepalive: false,
    });
    const stream = client.serverStream({});
    await stream.next();
    await proxy.set("bandwidth", { bytesPerSecond: 1 });
    await expect
      .poll(() => server.stats(), { timeout: 15_000 })
      .toMatchObject({
        connections: 0,
        inFlight: 0,
        cancelled: 1,
        rejected: { stalled: 1 },
      });
    await client.close({ timeoutMs: 0 });
  });
});
