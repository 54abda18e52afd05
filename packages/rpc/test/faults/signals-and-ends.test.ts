/** Signals, deadlines and ends: nothing is left of 10,000 calls, and nothing waits beyond its time. */
import { type ChildProcess, fork } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { createServer as createNetServer } from "node:net";
import { freePort } from "@servertech/services";
import { afterEach, describe, expect, it } from "vitest";
import { Status, createClient, createLocalPair, createServer } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { LoopLag } from "./loop-lag.ts";
import { faultyServer } from "./random-calls.ts";

const warnings: Error[] = [];
process.on("warning", (warning) => void warnings.push(warning));
afterEach(() => {
  if (warnings.length > 0) throw new Error("a warning was raised", { cause: warnings[0] });
});

describe("10,000 calls on one signal", { timeout: 60_000 }, () => {
  it("of all kinds leave no listener and raise no warning", async () => {
    await using server = createServer({ maxStreamsPerConnection: 10_000 }).add(Echo, echoHandlers);
    await using client = createClient(Echo, createLocalPair(server));
    const { signal } = new AbortController();
    for (let i = 0; i < 5; i++) {
      const calls = Array.from({ length: 2_000 }, async (_, n) => {
        if (n % 4 === 0) await client.unary({}, { signal });
        else if (n % 4 === 1) await client.serverStream({ count: 2 }, { signal }).next();
        else if (n % 4 === 2) await client.clientStream({ signal }).end();
        else {
          const call = client.bidi({ signal });
          call.end();
          await call.status;
        }
      });
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(calls);
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(client.stats()).toMatchObject({ calls: 10_000, errors: 0, inFlight: 0 });
  });

  it("end at once with its reason, and leave none either", async () => {
    const server = createServer({ maxStreamsPerConnection: 10_000 }).add(Echo, {
      ...echoHandlers,
      unary: () => new Promise(() => {}),
    });
    const client = createClient(Echo, createLocalPair(server));
    await client.ready();
    const caller = new AbortController();
    const { signal } = caller;
    const calls = Array.from({ length: 10_000 }, (_, n) =>
      n % 2 === 0 ? client.unary({}, { signal, timeoutMs: 0 }) : client.bidi({ signal }).next(),
    );
    const reason = new Error("enough");
    caller.abort(reason);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason === reason)).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(client.stats()).toMatchObject({ inFlight: 0, errors: 10_000 });
    await client.close({ timeoutMs: 0 });
    await server.close({ timeoutMs: 0 });
  });
});

describe("a deadline", () => {
  /** A port where connections are made and nothing is ever said: a TLS handshake does not end. */
  async function silent() {
    const listener = createNetServer((socket) => socket.pause()).listen(0, "127.0.0.1");
    await once(listener, "listening");
    return { listener, target: `tcp://127.0.0.1:${(listener.address() as { port: number }).port}` };
  }

  async function inTime(timeoutMs: number, call: () => Promise<unknown>, lag: LoopLag): Promise<void> {
    const [before, lost] = [performance.now(), lag.lost];
    await expect(call()).rejects.toMatchObject({ status: Status.DeadlineExceeded });
    expect(performance.now() - before).toBeGreaterThanOrEqual(timeoutMs - 1);
    expect(performance.now() - before - (lag.lost - lost)).toBeLessThan(timeoutMs + 50);
  }

  it("holds while connecting, and the call was surely not carried out", async () => {
    using lag = new LoopLag();
    const { listener, target } = await silent();
    const client = createClient(Echo, { target, tls: { rejectUnauthorized: false }, connectTimeoutMs: 5_000 });
    await inTime(60, () => client.unary({}, { timeoutMs: 60 }), lag);
    await inTime(60, () => client.serverStream({}, { timeoutMs: 60 }).next(), lag);
    await inTime(60, () => client.clientStream({ timeoutMs: 60 }).end(), lag);
    await expect(client.unary({}, { timeoutMs: 30 })).rejects.toMatchObject({ retryable: true, maybeExecuted: false });
    await client.close({ timeoutMs: 0 });
    listener.close();
  });

  it("holds while the call waits behind others that the server does not read", async () => {
    using lag = new LoopLag();
    const { listener, target } = await silent();
    const client = createClient(Echo, { target, keepalive: false });
    await client.ready();
    const flood = Array.from({ length: 20 }, () => client.unary({ data: Buffer.alloc(1 << 20) }, { timeoutMs: 0 }));
    await inTime(60, () => client.unary({}, { timeoutMs: 60 }), lag);
    await inTime(60, () => client.bidi({ timeoutMs: 60 }).next(), lag);
    await client.close({ timeoutMs: 0 });
    for (const outcome of await Promise.allSettled(flood)) expect(outcome.status).toBe("rejected");
    listener.close();
  });

  it("holds while a handler does not read what is streamed to it", async () => {
    using lag = new LoopLag();
    const server = createServer().add(Echo, { ...echoHandlers, clientStream: () => new Promise(() => {}) });
    const client = createClient(Echo, createLocalPair(server));
    await client.ready();
    await client.unary({});
    let sent: Promise<void>[] = [];
    const streams = () => {
      const upload = client.clientStream({ timeoutMs: 100 });
      sent = Array.from({ length: 20 }, () => upload.send({ data: Buffer.alloc(100_000) }));
      return upload.end();
    };
    await inTime(100, streams, lag);
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.at(0)).toMatchObject({ status: "fulfilled" });
    expect(outcomes.at(-1)).toMatchObject({ status: "rejected", reason: { status: Status.DeadlineExceeded } });
    await client.close({ timeoutMs: 0 });
    await server.close({ timeoutMs: 0 });
  });
});

describe("close", () => {
  it("while calls of all kinds wait for a server ends them all; twice is once", async () => {
    const client = createClient(Echo, { target: `tcp://127.0.0.1:${await freePort()}`, waitForReady: true });
    const upload = client.clientStream();
    const waiting = [
      client.unary({}, { timeoutMs: 0 }),
      client.serverStream({}).next(),
      upload.send({}),
      upload.end(),
      client.bidi().next(),
      client.ready(),
    ];
    const outcomes = Promise.allSettled(waiting);
    const [first, second] = [client.close({ timeoutMs: 20 }), client.close()];
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "RPC_CLOSED" } });
    await Promise.all([first, second, client.close()]);
    expect(client.stats().inFlight).toBe(0);
  });

  it("of a server twice gives one end; streams under way end within timeoutMs", async () => {
    const server = faultyServer();
    const { port } = await server.listen();
    const client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
    const stream = client.serverStream({ id: "hang", count: 1 });
    await stream.next();
    const closing = server.close({ timeoutMs: 50 });
    expect(server.close()).toBe(closing);
    await closing;
    expect(await stream.status).toMatchObject({ status: Status.Unavailable });
    expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
    await client.close();
  });
});

describe("a process", () => {
  async function outcome(child: ChildProcess): Promise<unknown[]> {
    return once(child, "exit");
  }

  it.each(["closed", "idle client", "unread stream"])("ends by itself: %s", { timeout: 30_000 }, async (mode) => {
    const child = fork(new URL("ending-child.ts", import.meta.url), [mode], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    expect(await outcome(child)).toEqual([0, null]);
  });
});
