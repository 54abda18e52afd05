import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import { loggedLines } from "./logged-lines.ts";

describe("Fastify", () => {
  it("takes a logger as it is, and logs its requests with children of it", async () => {
    const lines = await loggedLines({}, async (log) => {
      const app = Fastify({ loggerInstance: log });
      app.get("/rooms", { logLevel: "debug", logSerializers: { room: (id) => `room ${String(id)}` } }, (request) => {
        request.log.debug({ room: 7 }, "in the handler");
        return { ok: true };
      });
      app.get("/boom", () => {
        throw new Error("boom");
      });
      expect((await app.inject("/rooms")).statusCode).toBe(200);
      expect((await app.inject("/boom")).statusCode).toBe(500);
      await app.close();
    });
    expect(lines).toMatchObject([
      { reqId: "req-1", req: { method: "GET", url: "/rooms" }, msg: "incoming request" },
      { level: 20, reqId: "req-1", room: "room 7", msg: "in the handler" },
      { reqId: "req-1", res: { statusCode: 200 }, msg: "request completed" },
      { reqId: "req-2", msg: "incoming request" },
      { level: 50, reqId: "req-2", err: { message: "boom" }, msg: "boom" },
      { reqId: "req-2", res: { statusCode: 500 }, msg: "request completed" },
    ]);
  });
});
