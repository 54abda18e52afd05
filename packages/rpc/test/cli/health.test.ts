import { describe, expect, it } from "vitest";
import { createServer } from "../../src/index.ts";
import { cli, lines, startCli } from "./cli-run.ts";
import { startTestServer } from "./test-server.ts";

describe("health", () => {
  it("ends with 0 when the server, or a service, is SERVING, and with 1 when it is not", async () => {
    await using server = await startTestServer();
    server.health.set("test.all.All", "NOT_SERVING");
    expect(await cli(["health", server.target])).toEqual({ exitCode: 0, stdout: "SERVING\n", stderr: "" });
    const other = await cli(["health", server.target, "test.all.All"]);
    expect(other).toEqual({ exitCode: 1, stdout: "NOT_SERVING\n", stderr: "" });
    const { stdout } = await cli(["health", server.target, "test.all.All", "--json"]);
    expect(lines(stdout)).toEqual([{ service: "test.all.All", status: "NOT_SERVING" }]);
    const coloured = await cli(["health", server.target], { terminal: true });
    expect(coloured.stdout).toBe("\u001B[32mSERVING\u001B[39m\n");
  });

  it("ends with 1 for a service that is not there, and for a server without health", async () => {
    await using server = await startTestServer();
    const missing = await cli(["health", server.target, "no.Such"]);
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("NOT_FOUND (5)") });
    const bare = createServer();
    const { port } = await bare.listen();
    const without = await cli(["health", `127.0.0.1:${port}`]);
    const text = `UNIMPLEMENTED (12): 127.0.0.1:${port} has no health service`;
    expect(without).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(text) });
    await bare.close();
  });

  it("prints changes until the server closes", async () => {
    await using server = await startTestServer();
    const run = startCli(["health", server.target, "test.all.All", "--watch"]);
    await expect.poll(() => run.stdout.text).toBe("SERVING\n");
    server.health.set("test.all.All", "NOT_SERVING");
    await expect.poll(() => run.stdout.text).toBe("SERVING\nNOT_SERVING\n");
    server.health.set("test.all.All", "SERVING");
    await expect.poll(() => run.stdout.text).toBe("SERVING\nNOT_SERVING\nSERVING\n");
    await server.server.close();
    expect(await run.exitCode).toBe(1);
    expect(run.stdout.text).toBe("SERVING\nNOT_SERVING\nSERVING\nNOT_SERVING\n");
  });

  it("stops watching with 130", async () => {
    await using server = await startTestServer();
    const user = new AbortController();
    const run = startCli(["health", server.target, "no.Such", "--watch"], { signal: user.signal });
    await expect.poll(() => run.stdout.text).toBe("SERVICE_UNKNOWN\n");
    user.abort(new Error("interrupted"));
    expect(await run.exitCode).toBe(130);
  });
});
