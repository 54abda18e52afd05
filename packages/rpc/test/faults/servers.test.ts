/** Three servers under load: one is killed, or all restart in turn. Only what cannot be repeated may fail. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { freePort } from "@servertech/services";
import { describe, expect, it } from "vitest";
import { type CallOptions, type Client, Status, createClient, createServer, isRpcError } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

interface Failure {
  readonly kind: string;
  readonly idempotent: boolean;
  readonly error: unknown;
}

/** Callers of all kinds, one call after another, until they are stopped. */
class Load {
  readonly #client: Client<typeof Echo.methods>;
  readonly #stop = new AbortController();
  readonly failures: Failure[] = [];
  readonly #callers: Promise<void>[];
  done = 0;

  constructor(client: Client<typeof Echo.methods>, callers: number) {
    this.#client = client;
    this.#callers = Array.from({ length: callers }, (_, i) => this.#run(i));
  }

  async #run(caller: number): Promise<void> {
    for (let i = caller; !this.#stop.signal.aborted; i++) {
      const idempotent = i % 8 < 4;
      const kind = (["unary", "serverStream", "clientStream", "bidi"] as const)[i % 4] ?? "unary";
      try {
        await this.#call(kind, { idempotent });
      } catch (error) {
        this.failures.push({ kind, idempotent, error });
      }
      this.done += 1;
      await pause(1);
    }
  }

  async #call(kind: "unary" | "serverStream" | "clientStream" | "bidi", options: CallOptions): Promise<void> {
    if (kind === "unary") {
      const { id } = await this.#client.unary({ id: "x", delayMs: 5 }, options);
      if (id !== "x") throw new Error(`got ${id}`);
    } else if (kind === "serverStream") {
      let got = 0n;
      for await (const { seq } of this.#client.serverStream({ count: 20 }, options))
        if (seq !== got++) throw new Error(`got ${seq}`);
      if (got !== 20n) throw new Error(`a stream ended after ${got}`);
    } else if (kind === "clientStream") {
      const call = this.#client.clientStream(options);
      await Promise.all([call.send({ id: "a" }), call.send({ id: "b" })]);
      const { seq } = await call.end();
      if (seq !== 2n) throw new Error(`got ${seq}`);
    } else {
      const call = this.#client.bidi(options);
      await call.send({ id: "a" });
      if ((await call.next()).value?.id !== "a") throw new Error("no echo");
      call.end();
      if ((await call.next()).done !== true) throw new Error("no end");
    }
  }

  /** Resolves once so many calls more have ended. */
  async more(calls: number): Promise<void> {
    const until = this.done + calls;
    while (this.done < until) await pause(5);
  }

  async stop(): Promise<readonly Failure[]> {
    this.#stop.abort();
    await Promise.all(this.#callers);
    return this.failures;
  }
}

describe("three servers under load", { timeout: 60_000 }, () => {
  it("of which one is killed: idempotent unary calls go elsewhere, all others fail with UNAVAILABLE if at all", async () => {
    const children: { process: ChildProcess; port: number }[] = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = fork(new URL("../rpc-server-child.ts", import.meta.url), {
          stdio: ["ignore", "ignore", "inherit", "ipc"],
        });
        const [port] = (await once(child, "message")) as [number];
        return { process: child, port };
      }),
    );
    const target = `static:${children.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
    const client = createClient(Echo, { target });
    await expect.poll(() => client.ready().then(() => client.stats().connections)).toBe(3);
    const load = new Load(client, 24);
    await load.more(300);
    const victim = children.shift();
    const exited = victim === undefined ? undefined : once(victim.process, "exit");
    victim?.process.kill("SIGKILL");
    await exited;
    await load.more(300);
    const after = load.failures.length;
    await load.more(300);
    // Once the connection is lost, nothing fails any more.
    expect(load.failures.length).toBe(after);
    const failures = await load.stop();
    for (const { error } of failures) expect(isRpcError(error) && error.status).toBe(Status.Unavailable);
    expect(failures.filter(({ idempotent, kind }) => idempotent && kind === "unary")).toEqual([]);
    expect(client.stats()).toMatchObject({ inFlight: 0, connections: 2 });
    await client.close();
    await Promise.all(
      children.map(async ({ process: child }) => {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }),
    );
  });

  it.each([{ extensions: true }, { extensions: false }])(
    "that restart one after another: no idempotent call fails that can be repeated (extensions: $extensions)",
    async ({ extensions }) => {
      const ports = [await freePort(), await freePort(), await freePort()];
      const open = async (port: number) => {
        const server = createServer({ extensions }).add(Echo, echoHandlers);
        await server.listen({ port });
        return server;
      };
      const servers = await Promise.all(ports.map(open));
      const target = `static:${ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
      const client = createClient(Echo, { target, extensions });
      await client.ready();
      const load = new Load(client, 12);
      for (const [i, port] of ports.entries()) {
        await load.more(100);
        await servers[i]?.close();
        servers[i] = await open(port);
        // As a deployment does: the next one once this one serves again.
        await expect.poll(() => servers[i]?.stats().connections, { timeout: 20_000 }).toBe(1);
      }
      await load.more(100);
      const failures = await load.stop();
      for (const { error } of failures) expect(isRpcError(error) && error.status).toBe(Status.Unavailable);
      const streamed = ({ kind }: Failure) => kind === "clientStream" || kind === "bidi";
      expect(failures.filter((one) => one.idempotent && !streamed(one))).toEqual([]);
      // With extensions a client knows what was not begun with. What its caller has streamed is lost: it is told to stream again.
      if (extensions) {
        expect(failures.filter((one) => !streamed(one))).toEqual([]);
        for (const { error } of failures) expect(error).toMatchObject({ retryable: true, maybeExecuted: false });
      }
      await client.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  );
});
