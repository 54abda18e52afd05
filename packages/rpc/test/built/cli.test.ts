import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RpcError, Status, badRequest, createServer, health, loadProto, reflection } from "@servertech/rpc";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function start(...args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [at("../../bin/servertech-rpc.js"), ...args]);
}

function startPlugin(...args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [at("../../bin/protoc-gen-servertech.js"), ...args]);
}

async function outcome(child: ChildProcessWithoutNullStreams) {
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exited, stdout, stderr };
}

async function run(...args: readonly string[]) {
  const child = start(...args);
  child.stdin.end();
  return outcome(child);
}

describe("servertech-rpc as built", () => {
  it("generates the modules that the source does", async () => {
    const out = await mkdtemp(join(tmpdir(), "rpc-built-"));
    try {
      const result = await run("gen", at("../fixtures/proto/everything.proto"), "-o", out, "--import-extension=ts");
      expect(result.exitCode).toBe(0);
      const module = await readFile(join(out, "shared", "kinds.ts"), "utf8");
      expect(module).toBe(await readFile(at("../fixtures/gen/shared/kinds.ts"), "utf8"));
    } finally {
      await rm(out, { recursive: true });
    }
  });

  it("says what it can, and ends with 2 for wrong arguments", async () => {
    expect(await run("--help")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("  gen ") });
    expect(await run("gen")).toMatchObject({ exitCode: 2, stdout: "" });
    expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("protoc-gen-servertech as built", () => {
  it("says what it is, with a stdin that stays open", async () => {
    const child = startPlugin("--help");
    const { exitCode, stdout, stderr } = await outcome(child);
    child.stdin.destroy();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("--servertech_out");
  });

  it("answers a request with the modules that gen writes", async () => {
    const child = startPlugin();
    child.stdin.end(await readFile(at("../fixtures/protoc/request.bin")));
    const [answer, exitCode] = await Promise.all([
      buffer(child.stdout),
      new Promise((done) => child.once("close", done)),
    ]);
    expect(exitCode).toBe(0);
    expect(answer.includes(await readFile(at("../fixtures/gen/shared/kinds.ts")))).toBe(true);
  });
});

describe("servertech-rpc as built, with a server", () => {
  let server = createServer();
  let target = "";
  beforeEach(async () => {
    const { "test.all.All": All } = await loadProto(at("../fixtures/proto/everything.proto"));
    if (All === undefined) throw new Error("everything.proto declares test.all.All");
    const handlers = {
      echo: (message: object) => message,
      put() {
        throw new RpcError(Status.InvalidArgument, "no name", { details: [badRequest("name", "empty")] });
      },
      async *talk(messages: AsyncIterable<object>) {
        yield* messages;
      },
    };
    server = createServer()
      .add(All, handlers as never)
      .add(health())
      .add(reflection());
    const { port } = await server.listen();
    target = `127.0.0.1:${port}`;
  });
  afterEach(() => server.close({ timeoutMs: 0 }));

  it("writes a long reply whole into a pipe whose reader is slow", async () => {
    const request = JSON.stringify({ scalars: { aString: "x".repeat(3_000_000) } });
    const child = start("call", target, "test.all.All/Echo", "-d", "-", "--json");
    child.stdin.end(request);
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    const { exitCode, stdout } = await outcome(child);
    expect(exitCode).toBe(0);
    expect(stdout === `${request}\n`).toBe(true);
  });

  it("asks a server, knows error details, and ends when there is none", async () => {
    expect(await run("describe", target, "test.all.Object")).toMatchObject({ stdout: "message test.all.Object {}\n" });
    expect(await run("health", target)).toMatchObject({ exitCode: 0, stdout: "SERVING\n" });
    const { stderr } = await run("call", target, "test.all.All/Put", "--json");
    const violations = [{ field: "name", description: "empty" }];
    expect(JSON.parse(stderr)).toMatchObject({ code: "INVALID_ARGUMENT", details: [{ fieldViolations: violations }] });
    const unreachable = await run("health", "127.0.0.1:1", "--timeout-ms", "100");
    expect(unreachable).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("cannot be reached") });
  });

  it("ends with 130 at Ctrl-C, and the server's call is over", async () => {
    const child = start("call", target, "test.all.All/Talk");
    child.stdin.write('{"name":"a"}\n');
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    child.kill("SIGINT");
    expect(await outcome(child)).toEqual({ exitCode: 130, stdout: '{"name":"a"}\n', stderr: "" });
    await expect.poll(() => server.stats().inFlight).toBe(0);
  });

  it("ends when the reader of its output is gone", async () => {
    const child = start("call", target, "test.all.All/Talk");
    child.stdin.write('{"name":"a"}\n');
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    child.stdout.destroy();
    child.stdin.write('{"name":"b"}\n');
    const exitCode = await new Promise((resolve) => child.once("exit", resolve));
    expect(exitCode).toBe(141);
  });
});
