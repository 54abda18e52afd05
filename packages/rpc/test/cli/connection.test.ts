import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { tlsFile } from "../../../../tools/tls-files.ts";
import { cli, startCli } from "./cli-run.ts";
import { startTestServer } from "./test-server.ts";

describe("the connection of a command", () => {
  it("goes to tcp://, unix:// and static: targets", async () => {
    const dir = await mkdtemp(join(tmpdir(), "rpc-cli-"));
    try {
      await using tcp = await startTestServer();
      await using unix = await startTestServer({ path: join(dir, "s.sock") });
      for (const target of [`tcp://${tcp.target}`, `static:${tcp.target}`, unix.target])
        expect(await cli(["health", target])).toEqual({ exitCode: 0, stdout: "SERVING\n", stderr: "" });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("is plain ttrpc with --plain", async () => {
    await using server = await startTestServer({}, { extensions: false });
    await using extended = await startTestServer();
    for (const { target } of [server, extended]) {
      const stdin = '{"name":"a"}\n';
      const result = await cli(["call", target, "test.all.All/Talk", "--plain"], { stdin });
      expect(result).toEqual({ exitCode: 0, stdout: '{"name":"a!"}\n', stderr: "" });
    }
  });

  it("is TLS with --ca, with a certificate where the server wants one", async () => {
    const [cert, key, ca] = await Promise.all(
      (["server.crt", "server.key", "ca.crt"] as const).map((name) => readFile(tlsFile(name))),
    );
    await using server = await startTestServer({}, { tls: { cert, key } });
    const target = server.target.replace("127.0.0.1", "localhost");
    const ok = { exitCode: 0, stdout: "SERVING\n" };
    expect(await cli(["health", target, "--ca", tlsFile("ca.crt")])).toMatchObject(ok);
    expect(await cli(["health", target, "--ca", tlsFile("ca.crt"), "--servername", "chat.test"])).toMatchObject(ok);
    const wrong = await cli(["health", target, "--ca", tlsFile("other-ca.crt"), "--timeout-ms", "500"]);
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/cannot be reached .*certificate/) });
    const byName = await cli([
      "health",
      target,
      "--ca",
      tlsFile("ca.crt"),
      "--servername",
      "no.test",
      "--timeout-ms",
      "500",
    ]);
    expect(byName).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no.test") });
    const unknown = await cli(["health", target, "--tls", "--timeout-ms", "500"]);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/cannot be reached .*certificate/) });

    await using mutual = await startTestServer(
      {},
      { tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true } },
    );
    const address = mutual.target.replace("127.0.0.1", "localhost");
    const own = ["--ca", tlsFile("ca.crt"), "--cert", tlsFile("client.crt"), "--key", tlsFile("client.key")];
    expect(await cli(["health", address, ...own])).toMatchObject(ok);
  });

  it.each([["list"], ["describe"], ["health"], ["call", "a.B/C"], ["bench", "a.B/C"]])(
    "ends with one line when the target cannot be reached: %s",
    async (command, ...rest) => {
      const listener = createTcpServer().listen(0, "127.0.0.1");
      await once(listener, "listening");
      const { port } = listener.address() as AddressInfo;
      listener.close();
      await once(listener, "close");
      const { exitCode, stdout, stderr } = await cli([command, `127.0.0.1:${port}`, ...rest, "--timeout-ms", "300"]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      const text = `127.0.0.1:${port} cannot be reached within 300 ms: connect ECONNREFUSED 127.0.0.1:${port}`;
      expect(stderr).toBe(`servertech-rpc: UNAVAILABLE (14): ${text}\n`);
    },
  );

  it("ends when it is stopped before it is connected", async () => {
    const user = new AbortController();
    const run = startCli(["health", "127.0.0.1:1", "--timeout-ms", "60000"], { signal: user.signal });
    setImmediate(() => user.abort(new Error("interrupted")));
    expect(await run.exitCode).toBe(130);
  });

  it("ends when the server takes the connection and says nothing", async () => {
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { exitCode, stderr } = await cli(["list", `127.0.0.1:${port}`, "--timeout-ms", "300"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("DEADLINE_EXCEEDED (4)");
    silent.close();
  });
});
