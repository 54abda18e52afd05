/** Against containerd/ttrpc in Go, both ways, over TCP and unix sockets, where `go` and its sources are. From 1.2 on it has streams. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Handlers,
  type Method,
  RpcError,
  Status,
  StringValue,
  createClient,
  createServer,
} from "../../src/index.ts";
import { buildGo, goProblem, ttrpcHasStreams as streams } from "./go-toolchain.ts";

const run = promisify(execFile);

interface Text {
  value: string;
}

const types = { request: StringValue, response: StringValue };
const Interop = {
  name: "interop.v1.Interop",
  methods: {
    echo: { name: "Echo", kind: "unary", ...types } satisfies Method<"unary", Text, Text>,
    down: { name: "Down", kind: "serverStream", ...types } satisfies Method<"serverStream", Text, Text>,
    up: { name: "Up", kind: "clientStream", ...types } satisfies Method<"clientStream", Text, Text>,
    both: { name: "Both", kind: "bidi", ...types } satisfies Method<"bidi", Text, Text>,
    nope: { name: "Nope", kind: "unary", ...types } satisfies Method<"unary", Text, Text>,
  },
} as const;

/** What the Go server does, too. */
const handlers: Partial<Handlers<typeof Interop.methods>> = {
  async echo({ value }, { metadata, signal }) {
    if (value === "fail") throw new RpcError(Status.NotFound, "no such thing");
    if (value === "slow")
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return { value: `${metadata.get("prefix") ?? ""}${value}` };
  },
  async *down({ value }) {
    for (const character of value) {
      if (character === "!") throw new RpcError(Status.Aborted, "asked to fail");
      yield { value: character };
    }
  },
  async up(requests) {
    let all = "";
    for await (const { value } of requests) all += value;
    return { value: all };
  },
  async *both(requests) {
    for await (const { value } of requests) yield { value };
  },
};

describe.skipIf(goProblem() !== undefined)("containerd/ttrpc in Go", { timeout: 60_000 }, () => {
  let folder = "";
  let program = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "servertech-interop-"));
    program = join(folder, "peer");
    const tags = streams ? ["-tags", "streams"] : [];
    await buildGo(new URL("go", import.meta.url), program, join(folder, "cache"), tags);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const where = (network: string, side: string) => (network === "tcp" ? "127.0.0.1:0" : join(folder, `${side}.sock`));

  it.each(["tcp", "unix"])("as a client of our server, %s", async (network) => {
    await using server = createServer().add(Interop, handlers as Handlers<typeof Interop.methods>);
    const path = where(network, "ours");
    const address = await server.listen(network === "tcp" ? { host: "127.0.0.1" } : { path });
    const to = network === "tcp" ? `127.0.0.1:${address.port}` : path;
    // It ends with an error when a call does not go as it should; it logs an answer that comes after its deadline.
    expect(await run(program, ["client", network, to])).toMatchObject({ stdout: "" });
    await expect.poll(() => server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  });

  describe.each([
    { network: "tcp", extensions: true },
    { network: "tcp", extensions: false },
    { network: "unix", extensions: true },
  ])("as a server of our client, $network (extensions: $extensions)", ({ network, extensions }) => {
    let child: ChildProcess;
    let target = "";

    beforeAll(async () => {
      child = spawn(program, ["server", network, where(network, `theirs-${String(extensions)}`)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const [said] = (await once(child.stdout as NonNullable<typeof child.stdout>, "data")) as [Buffer];
      target = network === "tcp" ? `tcp://${said.toString().trim()}` : `unix://${said.toString().trim()}`;
    });

    afterAll(async () => {
      const exited = once(child, "exit");
      child.stdin?.end();
      const [code] = (await exited) as [number | null];
      if (code !== 0) throw new Error(`the Go server ended with ${code}`);
    });

    it("answers unary calls", async () => {
      await using client = createClient(Interop, { target, extensions });
      for (const value of ["", "hello", "x".repeat(3 << 20)]) expect((await client.echo({ value })).value).toBe(value);
      expect((await client.echo({ value: "b" }, { metadata: { prefix: "a-" } })).value).toBe("a-b");
      await expect(client.echo({ value: "fail" })).rejects.toMatchObject({ status: Status.NotFound });
      await expect(client.echo({ value: "slow" }, { timeoutMs: 50 })).rejects.toMatchObject({
        status: Status.DeadlineExceeded,
      });
      await expect(client.nope({})).rejects.toMatchObject({ status: Status.Unimplemented });
      const values = Array.from({ length: 200 }, (_, i) => `${i}`);
      const replies = await Promise.all(values.map((value) => client.echo({ value })));
      expect(replies.map(({ value }) => value)).toEqual(values);
    });

    it.runIf(streams)("answers streams of all kinds", async () => {
      await using client = createClient(Interop, { target, extensions });
      const read = async (messages: AsyncIterable<Text>) => {
        let all = "";
        for await (const { value } of messages) all += value;
        return all;
      };
      expect(await read(client.down({ value: "abc" }))).toBe("abc");
      const failing = client.down({ value: "ab!c" });
      await expect(read(failing)).rejects.toMatchObject({ status: Status.Aborted });
      const up = client.up();
      for (const value of ["a", "", "b", "c"]) await up.send({ value });
      expect((await up.end()).value).toBe("abc");
      const both = client.both();
      for (let i = 0; i < 100; i++) {
        await both.send({ value: `${i}` });
        expect((await both.next()).value?.value).toBe(`${i}`);
      }
      both.end();
      expect((await both.next()).done).toBe(true);
      const left = client.both();
      await left.send({ value: "x" });
      left.cancel();
      expect((await client.echo({ value: "after" })).value).toBe("after");
    });
  });
});
