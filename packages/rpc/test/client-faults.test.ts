/** What a client survives: servers that are away, hang, break off, or speak nonsense. Every call settles. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProxy, freePort } from "@servertech/services";
import { describe, expect, it } from "vitest";
import {
  type CallContext,
  type Endpoint,
  type Handlers,
  type Resolver,
  type RpcError,
  createChannel,
  createClient,
  createServer,
  Status,
} from "../src/index.ts";
import { bytesField, varintField } from "../src/wire/fields.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { Gate, aborted } from "./gate.ts";
import { type RawPeer, RawServer } from "./raw-peer.ts";

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

const OK = Buffer.concat([bytesField(2, Buffer.from("0a0178", "hex"))]);

/** Reads requests, SETTINGS left out. */
async function nextRequest(peer: RawPeer) {
  for (;;) {
    const found = await peer.next();
    if (found === undefined || found.type === 1) return found;
  }
}

async function echoServer(handlers: Partial<Handlers<typeof Echo.methods>> = {}) {
  const server = createServer().add(Echo, { ...echoHandlers, ...handlers });
  const { port } = await server.listen();
  return Object.assign(server, { port });
}

describe("connecting", () => {
  it("fails with UNAVAILABLE after connectTimeoutMs when refused, with the socket's error as cause", async () => {
    const target = `tcp://127.0.0.1:${await freePort()}`;
    await using client = createClient(Echo, { target, connectTimeoutMs: 100 });
    const error = await caught(client.unary({}));
    expect(error).toMatchObject({ status: Status.Unavailable, retryable: true, maybeExecuted: false });
    expect(error).toHaveProperty("cause.code", "ECONNREFUSED");
    expect(client.stats()).toMatchObject({ instances: 1, connections: 0, ejected: 1, errors: 1 });
  });

  it("finds a server that comes up while a call waits", async () => {
    const port = await freePort();
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, waitForReady: true });
    const call = client.unary({ id: "x" });
    await expect.poll(() => client.stats().ejected).toBe(1);
    await using server = createServer().add(Echo, echoHandlers);
    await server.listen({ port });
    expect((await call).id).toBe("x");
  });

  it("is bound by the call's deadline with waitForReady, and by its signal", async () => {
    const target = `tcp://127.0.0.1:${await freePort()}`;
    await using client = createClient(Echo, { target, waitForReady: true });
    expect(await caught(client.unary({}, { timeoutMs: 50 }))).toMatchObject({
      status: Status.DeadlineExceeded,
      retryable: true,
    });
    const caller = new AbortController();
    const waiting = client.unary({}, { signal: caller.signal });
    caller.abort(new Error("enough"));
    expect(await caught(waiting)).toMatchObject({ message: "enough" });
    await using other = createClient(Echo, { target });
    expect(await caught(other.ready({ timeoutMs: 50 }))).toMatchObject({ status: Status.Unavailable });
  });

  it("goes on with the next endpoint when one refuses", async () => {
    await using server = await echoServer();
    const target = `static:127.0.0.1:${await freePort()},127.0.0.1:${server.port}`;
    await using client = createClient(Echo, { target });
    for (let i = 0; i < 20; i++) expect((await client.unary({ id: `${i}` })).id).toBe(`${i}`);
    expect(client.stats()).toMatchObject({ instances: 2, connections: 1, ejected: 1, errors: 0 });
  });

  it("waits for an empty list no longer than connectTimeoutMs", async () => {
    const empty: Resolver = {
      async *watch(_, { signal }) {
        yield [];
        await aborted(signal);
      },
    };
    await using client = createClient(Echo, { target: empty, connectTimeoutMs: 50 });
    expect(await caught(client.unary({}))).toMatchObject({ status: Status.Unavailable });
  });

  it("follows the resolver, asks one that throws again, and keeps its last list", async () => {
    await using first = await echoServer();
    await using second = await echoServer();
    const endpoint = ({ port }: { port: number }): Endpoint => ({ id: `${port}`, host: "127.0.0.1", port });
    const change = new Gate();
    let watches = 0;
    let refreshed = 0;
    const resolver: Resolver = {
      async *watch(service, { signal }) {
        expect(service).toBe(Echo.name);
        watches += 1;
        if (watches === 1) throw new Error("not yet");
        yield [endpoint(first)];
        await change.opened;
        yield [endpoint(second)];
        await aborted(signal);
      },
      refresh: () => {
        refreshed += 1;
        throw new Error("no news");
      },
    };
    await using client = createClient(Echo, { target: resolver });
    expect((await client.unary({ id: "x" })).id).toBe("x");
    expect(first.stats().calls).toBe(1);
    change.open();
    await expect.poll(() => first.stats().connections).toBe(0);
    await client.unary({});
    expect(second.stats().calls).toBe(1);
    expect(refreshed).toBeGreaterThan(0);
  });

  it("closed by force says which calls were never written", async () => {
    await using server = await RawServer.listen((peer) => void peer.socket.pause());
    const client = createClient(Echo, { target: server.target, timeoutMs: 0, extensions: false });
    await client.ready();
    const data = Buffer.alloc(3 << 20);
    const outcomes = Array.from({ length: 12 }, (_, i) =>
      caught(client.unary({ data }, { waitForReady: i % 2 === 0 })),
    );
    await client.close({ timeoutMs: 50 });
    const errors = (await Promise.all(outcomes)) as RpcError[];
    const written = errors.findIndex(({ maybeExecuted }) => !maybeExecuted);
    expect(written).toBeGreaterThan(0);
    for (const [i, error] of errors.entries())
      expect(error).toMatchObject(
        i < written ? { status: 14, maybeExecuted: true } : { code: "RPC_CLOSED", maybeExecuted: false },
      );
    expect(client.stats()).toMatchObject({ inFlight: 0, errors: 12 });
  });

  it("asks a resolver that failed again soon when a call waits", async () => {
    await using server = await echoServer();
    let watches = 0;
    const resolver: Resolver = {
      async *watch(_, { signal }) {
        watches += 1;
        // After so many failures the pause is longer than the call has time.
        if (watches < 12) throw new Error("not yet");
        yield [{ id: "a", host: "127.0.0.1", port: server.port }];
        await aborted(signal);
      },
    };
    await using client = createClient(Echo, { target: resolver, waitForReady: true });
    const calls: Promise<unknown>[] = [];
    while (client.stats().connections === 0) {
      calls.push(client.unary({}));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(calls);
    expect(watches).toBe(12);
  });

  it("works over a unix socket", async () => {
    const path = join(tmpdir(), `servertech-rpc-${process.pid}-${await freePort()}.sock`);
    await using server = createServer().add(Echo, echoHandlers);
    expect(await server.listen({ path })).toEqual({ host: "", port: 0, path });
    await using client = createClient(Echo, { target: `unix://${path}` });
    expect((await client.unary({ id: "x" })).id).toBe("x");
  });
});

describe("a connection that breaks", () => {
  it("settles all its calls at once, as perhaps carried out, and the next call works", async () => {
    await using server = await echoServer({
      unary: (request, { signal }) => (request.id === "hang" ? hang(signal) : {}),
    });
    const proxy = await createProxy({ target: server.port });
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${proxy.port}` });
    await client.ready();
    const calls = Array.from({ length: 50 }, () => caught(client.unary({ id: "hang" })));
    await expect.poll(() => server.stats().inFlight).toBe(50);
    await proxy.set("reset");
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ status: Status.Unavailable, maybeExecuted: true, retryable: false });
    await expect.poll(() => server.stats()).toMatchObject({ inFlight: 0, cancelled: 50 });
    await proxy.set("pass");
    await client.unary({}, { waitForReady: true });
    await client.close();
    await proxy.close();
  });

  it("cut at any byte settles every call", async () => {
    await using server = await echoServer();
    for (let bytes = 1; bytes < 120; bytes += 7) {
      const proxy = await createProxy({ target: server.port });
      await proxy.set("cutAfter", { bytes, direction: "down" });
      await using client = createClient(Echo, { target: `tcp://127.0.0.1:${proxy.port}`, connectTimeoutMs: 50 });
      const calls = Array.from({ length: 10 }, () => client.unary({ id: "abcdef" }).catch((error: unknown) => error));
      for (const outcome of await Promise.all(calls))
        expect([{ id: "abcdef" }, { status: Status.Unavailable }]).toContainEqual(
          "status" in (outcome as object) ? { status: (outcome as { status: number }).status } : { id: "abcdef" },
        );
      await client.close({ timeoutMs: 0 });
      await proxy.close();
    }
  });

  it("works through a link that cuts everything into single bytes", async () => {
    await using server = await echoServer();
    const proxy = await createProxy({ target: server.port });
    await proxy.set("slice", { pieceBytes: 1 });
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${proxy.port}` });
    const replies = await Promise.all(["a", "bb", "ccc"].map((id) => client.unary({ id })));
    expect(replies.map(({ id }) => id)).toEqual(["a", "bb", "ccc"]);
    await client.close();
    await proxy.close();
  });

  it("that swallows everything is found out by a PING", async () => {
    await using server = await echoServer({
      unary: (request, { signal }) => (request.id === "hang" ? hang(signal) : {}),
    });
    const proxy = await createProxy({ target: server.port });
    const target = `tcp://127.0.0.1:${proxy.port}`;
    await using client = createClient(Echo, { target, keepalive: { intervalMs: 1_000, timeoutMs: 100 } });
    await client.unary({});
    const call = caught(client.unary({ id: "hang" }, { timeoutMs: 0 }));
    await expect.poll(() => server.stats().inFlight).toBe(1);
    await proxy.set("blackhole");
    expect(await call).toMatchObject({ status: Status.Unavailable, maybeExecuted: true });
    await client.close({ timeoutMs: 0 });
    await proxy.close();
  });
});

async function hang(signal: AbortSignal): Promise<never> {
  throw await aborted(signal);
}

describe("a server that does not read", () => {
  it("does not hold up deadlines and aborts, and the output stays bounded", async () => {
    const listener = createNetServer((socket) => socket.pause()).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address() as { port: number };
    const client = createClient(Echo, { target: `tcp://127.0.0.1:${address.port}` });
    const data = Buffer.alloc(1 << 20);
    const caller = new AbortController();
    const calls = Array.from({ length: 40 }, (_, i) =>
      caught(client.unary({ data }, i % 2 === 0 ? { timeoutMs: 100 } : { signal: caller.signal })),
    );
    const late = await Promise.all(calls.filter((_, i) => i % 2 === 0));
    for (const error of late) expect(error).toMatchObject({ status: Status.DeadlineExceeded });
    // What was never written was surely not carried out.
    expect(late.some((error) => (error as { maybeExecuted: boolean }).maybeExecuted)).toBe(true);
    expect(late.some((error) => (error as { retryable: boolean }).retryable)).toBe(true);
    caller.abort(new Error("enough"));
    for (const error of await Promise.all(calls.filter((_, i) => i % 2 === 1)))
      expect(error).toMatchObject({ message: "enough" });
    await client.close({ timeoutMs: 0 });
    listener.close();
  });
});

describe("a server that speaks nonsense", () => {
  it("gets its replies to unknown streams, requests and unknown types ignored", async () => {
    await using server = await RawServer.listen((peer) => {
      void nextRequest(peer).then((request) => {
        peer.send(99, 2, 0, OK);
        peer.send(99, 3, 0, OK);
        peer.send(1, 1, 0, OK);
        peer.send(0, 0x99, 0xff, "00");
        peer.send(request?.stream ?? 0, 2, 0, OK);
      });
    });
    await using client = createClient(Echo, { target: server.target });
    expect((await client.unary({})).id).toBe("x");
  });

  it.each([
    ["a Response that cannot be decoded", (peer: RawPeer) => peer.send(1, 2, 0, "12ff"), Status.Internal],
    ["a message that cannot be decoded", (peer: RawPeer) => peer.send(1, 2, 0, "12020aff"), Status.Internal],
    ["Data for a unary call", (peer: RawPeer) => peer.send(1, 3, 0, "0a0178"), Status.Internal],
    ["a frame over the limit", (peer: RawPeer) => peer.send(1, 2, 0, Buffer.alloc(2_000)), Status.ResourceExhausted],
    ["no frame at all", (peer: RawPeer) => peer.socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), Status.Unavailable],
  ])("that is %s", async (_, answer, status) => {
    await using server = await RawServer.listen((peer) => void nextRequest(peer).then(() => answer(peer)));
    await using client = createClient(Echo, { target: server.target, maxMessageBytes: 1_024, connectTimeoutMs: 100 });
    expect(await caught(client.unary({}))).toMatchObject({ status });
  });

  it("sends a stream faster than it is read without windows: that stream ends, the connection lives", async () => {
    await using server = await RawServer.listen((peer) => {
      void (async () => {
        for (;;) {
          const request = await nextRequest(peer);
          if (request === undefined) return;
          if (request.flags === 0) peer.send(request.stream, 2, 0, OK);
          else for (let i = 0; i < 40; i++) peer.send(request.stream, 3, 0, bytesField(2, Buffer.alloc(10_000)));
        }
      })();
    });
    await using client = createClient(Echo, { target: server.target, initialWindowBytes: 65_536 });
    const stream = client.serverStream({});
    expect(await stream.status).toMatchObject({ status: Status.ResourceExhausted });
    expect((await client.unary({})).id).toBe("x");
  });

  it("ends a stream by an empty OK response, or by a last message", async () => {
    await using server = await RawServer.listen((peer) => {
      void (async () => {
        const first = await nextRequest(peer);
        peer.send(first?.stream ?? 0, 3, 0, "0a0178");
        peer.send(first?.stream ?? 0, 2, 0, "");
        const second = await nextRequest(peer);
        peer.send(second?.stream ?? 0, 3, 1, "0a0179");
      })();
    });
    await using client = createClient(Echo, { target: server.target });
    for (const id of ["x", "y"]) {
      const got: string[] = [];
      for await (const message of client.serverStream({})) got.push(message.id);
      expect(got).toEqual([id]);
    }
  });
});

describe("calls that a server did not begin with", () => {
  it("go to another server: refused with 'not processed'", async () => {
    await using good = await echoServer();
    await using refusing = await RawServer.listen((peer) => {
      void nextRequest(peer).then((request) => {
        const status = Buffer.concat([varintField(1, 14), bytesField(2, Buffer.from("not processed"))]);
        peer.send(request?.stream ?? 0, 2, 0, bytesField(1, status));
      });
    });
    const target = `static:${refusing.target.slice(6)},127.0.0.1:${good.port}`;
    await using client = createClient(Echo, { target });
    await client.ready();
    await expect.poll(() => client.stats().connections).toBe(2);
    for (let i = 0; i < 20; i++) expect((await client.unary({ id: `${i}` })).id).toBe(`${i}`);
    expect(client.stats()).toMatchObject({ errors: 0 });
    expect(client.stats().retries).toBeGreaterThan(0);
    await client.close({ timeoutMs: 0 });
  });

  it("go to another connection: after a GOAWAY's last id", async () => {
    const going = new Gate();
    await using server = await RawServer.listen((peer) => {
      void (async () => {
        const isFirst = server.peers.length === 1;
        const settings = await peer.next();
        if (settings?.type === 0x80) peer.send(0, 0x80, 1, settings.body);
        const request = await nextRequest(peer);
        if (request === undefined) return;
        if (!isFirst) return peer.send(request.stream, 2, 0, OK);
        const second = await nextRequest(peer);
        going.open();
        peer.send(0, 0x85, 0, Buffer.from("00000001", "hex"));
        peer.send(request.stream, 2, 0, OK);
        expect(second?.stream).toBe(3);
      })();
    });
    await using client = createClient(Echo, { target: server.target });
    await client.ready();
    const calls = [client.unary({}), client.unary({})];
    await going.opened;
    expect((await Promise.all(calls)).map(({ id }) => id)).toEqual(["x", "x"]);
    expect(client.stats()).toMatchObject({ retries: 1, errors: 0 });
    expect(server.peers).toHaveLength(2);
    await client.close({ timeoutMs: 0 });
  });

  it.each([{ extensions: true }, { extensions: false }])(
    "while servers restart one after another, no call fails (extensions: $extensions)",
    async ({ extensions }) => {
      const ports = [await freePort(), await freePort(), await freePort()];
      const open = async (port: number) => {
        const server = createServer({ extensions }).add(Echo, echoHandlers);
        await server.listen({ port });
        return server;
      };
      const servers = await Promise.all(ports.map(open));
      const client = createClient(Echo, {
        target: `static:${ports.map((port) => `127.0.0.1:${port}`).join(",")}`,
        extensions,
      });
      await client.ready();
      const stop = new AbortController();
      const failures: unknown[] = [];
      let done = 0;
      const callers = Array.from({ length: 8 }, async () => {
        while (!stop.signal.aborted) {
          await client.unary({ id: "x" }).catch((error: unknown) => failures.push(error));
          done += 1;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
      for (const [i, port] of ports.entries()) {
        const before = done;
        await expect.poll(() => done).toBeGreaterThan(before + 50);
        await servers[i]?.close();
        servers[i] = await open(port);
      }
      stop.abort();
      await Promise.all(callers);
      expect(failures).toEqual([]);
      await client.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  );
});

describe("kill -9", () => {
  async function child(): Promise<{ process: ChildProcess; port: number }> {
    const spawned = fork(new URL("rpc-server-child.ts", import.meta.url), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const [port] = (await once(spawned, "message")) as [number];
    return { process: spawned, port };
  }

  it("of one of two servers fails only calls in flight there, all with UNAVAILABLE; the rest go on", async () => {
    const [a, b] = await Promise.all([child(), child()]);
    const client = createClient(Echo, { target: `static:127.0.0.1:${a.port},127.0.0.1:${b.port}` });
    await client.ready();
    await expect.poll(() => client.stats().connections).toBe(2);
    const long = Array.from({ length: 100 }, () => client.unary({ id: "x", delayMs: 2_000 }).catch((e: unknown) => e));
    // Answered after the requests before them on the same connections have come.
    await Promise.all(Array.from({ length: 20 }, () => client.unary({})));
    const exited = once(a.process, "exit");
    a.process.kill("SIGKILL");
    const outcomes = await Promise.all(long);
    await exited;
    const failed = outcomes.filter((outcome) => outcome instanceof Error);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(100);
    for (const error of failed) expect(error).toMatchObject({ status: Status.Unavailable });
    for (let i = 0; i < 20; i++) expect((await client.unary({ id: `${i}` })).id).toBe(`${i}`);
    expect(client.stats()).toMatchObject({ inFlight: 0, connections: 1 });
    await client.close();
    const gone = once(b.process, "exit");
    b.process.kill("SIGKILL");
    await gone;
  }, 30_000);
});

describe("close", () => {
  it("lets calls in flight end, refuses new ones, and gives every caller the same promise", async () => {
    const gate = new Gate();
    let context: CallContext | undefined;
    await using server = await echoServer({
      async unary(_, ctx) {
        context = ctx;
        await gate.opened;
        return { id: "late" };
      },
    });
    const channel = createChannel({ target: `tcp://127.0.0.1:${server.port}` });
    const client = createClient(Echo, channel);
    const call = client.unary({});
    await expect.poll(() => context).toBeDefined();
    const closing = channel.close();
    expect(channel.close()).toBe(closing);
    expect(await caught(client.unary({}))).toMatchObject({
      code: "RPC_CLOSED",
      status: Status.Unavailable,
      retryable: false,
    });
    expect(() => client.serverStream({})).toThrow("closed");
    expect(await caught(channel.ready())).toMatchObject({ code: "RPC_CLOSED" });
    gate.open();
    expect((await call).id).toBe("late");
    await closing;
    expect(channel.stats()).toMatchObject({ inFlight: 0, connections: 0 });
    await expect.poll(() => server.stats().connections).toBe(0);
  });

  it("by force ends calls in flight, streams, calls that wait and `ready`", async () => {
    await using server = await echoServer({
      unary: (_, { signal }) => hang(signal),
      async *serverStream(_, { signal }) {
        yield await hang(signal);
      },
    });
    const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.port}` });
    const calls = [caught(client.unary({})), caught(client.serverStream({}).next())];
    await expect.poll(() => server.stats().inFlight).toBe(2);
    await client.close({ timeoutMs: 0 });
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ status: Status.Unavailable });
    await expect.poll(() => server.stats().inFlight).toBe(0);
    const away = createClient(Echo, { target: `tcp://127.0.0.1:${await freePort()}`, waitForReady: true });
    const waiting = [caught(away.unary({})), caught(away.ready())];
    await away.close({ timeoutMs: 0 });
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: "RPC_CLOSED" });
  });

  it("of a client on a shared channel leaves the channel open", async () => {
    await using server = await echoServer();
    await using channel = createChannel({ target: `tcp://127.0.0.1:${server.port}` });
    const [one, other] = [createClient(Echo, channel), createClient(Echo, channel)];
    await one.unary({});
    const closing = one.close();
    expect(one.close()).toBe(closing);
    await closing;
    expect(await caught(one.unary({}))).toMatchObject({ code: "RPC_CLOSED" });
    expect((await other.unary({ id: "x" })).id).toBe("x");
  });

  it("of a server lets calls end, and by force answers them with UNAVAILABLE and aborts their handlers", async () => {
    const reasons: unknown[] = [];
    const server = await echoServer({
      async unary(_, { signal }) {
        reasons.push(await aborted(signal));
        return {};
      },
    });
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${server.port}`, connectTimeoutMs: 100 });
    const call = caught(client.unary({}));
    await expect.poll(() => server.stats().inFlight).toBe(1);
    const closing = server.close({ timeoutMs: 5_000 });
    expect(server.close({ timeoutMs: 100 })).toBe(closing);
    const message = "the server is closing";
    // Its handler was at work.
    expect(await call).toMatchObject({ status: Status.Unavailable, message, maybeExecuted: true });
    await closing;
    expect(reasons).toMatchObject([{ status: Status.Unavailable }]);
    expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
    expect(await caught(server.listen())).toMatchObject({ code: "RPC_CLOSED" });
    expect(await caught(client.unary({}))).toMatchObject({ status: Status.Unavailable });
  });

  it("of everything at once, with calls under way, leaves nothing", async () => {
    for (let round = 0; round < 20; round++) {
      const server = await echoServer();
      const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.port}`, connectTimeoutMs: 100 });
      const calls = Array.from({ length: 20 }, () => client.unary({}).catch((error: unknown) => error));
      const stream = client.serverStream({ count: 100 });
      if (round % 2 === 0) await client.ready();
      await Promise.all([client.close({ timeoutMs: round % 3 }), server.close({ timeoutMs: round % 5 })]);
      await Promise.all(calls);
      await stream.status;
      expect(client.stats()).toMatchObject({ inFlight: 0, connections: 0 });
      expect(server.stats().connections).toBe(0);
    }
  });
});
