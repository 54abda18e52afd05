/** A listening socket that fails while it listens: when the process is out of file descriptors, for one. */
import { Server as NetServer } from "node:net";
import type { Logger } from "@servertech/core";
import { describe, expect, it, vi } from "vitest";
import { createClient, createServer } from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

describe("a listening socket", () => {
  it("that could not accept goes on, and is closed with its server", async () => {
    const listen = vi.spyOn(NetServer.prototype, "listen");
    const errors: unknown[] = [];
    const quiet = () => {};
    const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: (facts: unknown) => errors.push(facts) };
    const server = createServer({ logger }).add(Echo, echoHandlers);
    const { port } = await server.listen();
    const socket = listen.mock.contexts.at(-1) as NetServer;
    listen.mockRestore();
    const err = new Error("accept EMFILE");
    socket.emit("error", err);
    expect(errors).toEqual([{ err }]);
    await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, connectTimeoutMs: 100 });
    expect((await client.unary({ id: "x" })).id).toBe("x");
    await server.close();
    expect(socket.listening).toBe(false);
    await expect(client.unary({})).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });
});
