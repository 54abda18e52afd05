import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "@servertech/services";
import { describe, expect, it } from "vitest";
import { createServer } from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("idle-client-child.ts", import.meta.url));
const child = (port: number, mode: string) =>
  run(process.execPath, [...process.execArgv, script, String(port), mode], { timeout: 20_000 });

describe("a process with a client that nobody closes", () => {
  it("ends by itself once its calls have", async () => {
    await using server = createServer().add(Echo, echoHandlers);
    const { port } = await server.listen();
    expect(await child(port, "served")).toEqual({ stdout: "done", stderr: "" });
  });

  it("lives until a close that is awaited is over", async () => {
    await using server = createServer().add(Echo, echoHandlers);
    const { port } = await server.listen();
    expect(await child(port, "closing")).toEqual({ stdout: "closed", stderr: "" });
  });

  it("lives while a call waits for a server", async () => {
    expect(await child(await freePort(), "away")).toEqual({ stdout: "RPC_DEADLINE_EXCEEDED", stderr: "" });
  });
});
