import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChatApp, ChatServers } from "../chat-app.ts";

let servers: ChatServers;
let local: ChatApp;
let open: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("ops");
  [local, open] = await Promise.all([servers.app(), servers.app({ OPS_TOKEN: "a long secret" })]);
});
afterAll(() => servers[Symbol.asyncDispose]());

/** The status of `GET path`, and what came until the first empty line. `Host` may be another than the address. */
function get(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(new URL(path, url), { headers }, (response) => {
      let text = "";
      const done = (): void => {
        resolve({ status: response.statusCode ?? 0, text });
        asked.destroy();
      };
      response.setEncoding("utf8").on("data", (data: string) => {
        text += data;
        if (text.includes("\n\n")) done();
      });
      response.on("end", done);
    });
    asked.on("error", reject).end();
  });
}

const FOREIGN = [{ "X-Forwarded-For": "127.0.0.1" }, { Forwarded: "for=127.0.0.1" }, { Host: "evil.example" }];

describe("the operator's page", () => {
  it("shows the stats of this instance to this machine", async () => {
    const { status, text } = await get(local.url, "/api/ops");
    expect(status).toBe(200);
    const stats = JSON.parse(text.replace(/^data: /, "")) as object;
    expect(stats).toMatchObject({
      process: { rssBytes: expect.any(Number), loopDelayMs: expect.any(Number) },
      sockets: { open: 0 },
      mysql: { name: "chat", waiting: 0 },
      redis: { ready: true },
      passwords: { cpu: { threads: expect.any(Number) } },
      scheduler: { scheduled: expect.any(Number) },
      rpc: { connections: 0 },
    });
    expect(text).not.toContain("temp_password");
  });

  it.each(FOREIGN)("is not there for what comes from elsewhere: %j", async (headers) => {
    expect(await get(local.url, "/api/ops", headers)).toEqual({ status: 404, text: "Not found" });
    expect((await get(local.url, "/ops", headers)).status).toBe(404);
  });

  it.each(FOREIGN)("opens by the token alone: %j", async (headers) => {
    const asked = (authorization: string) => get(open.url, "/api/ops", { ...headers, authorization });
    expect((await asked("Bearer a long secret")).status).toBe(200);
    for (const wrong of ["Bearer", "Bearer ", "Bearer a long secre", "Bearer a long secret2", "Basic a long secret"])
      expect((await asked(wrong)).status).toBe(404);
  });

  it("takes GET only, as each path of the API", async () => {
    expect((await fetch(new URL("/api/ops", local.url), { method: "POST" })).status).toBe(405);
  });

  it("does not hold up the end of the server", async () => {
    const app = await servers.app();
    const response = await fetch(new URL("/api/ops", app.url));
    const reader = response.body?.getReader();
    const first: unknown = (await reader?.read())?.value;
    expect(Buffer.from(first as Uint8Array).toString()).toMatch(/^data: \{/);
    await app.close();
    let ended = false;
    while (!ended) ended = (await reader?.read())?.done ?? true;
    expect(ended).toBe(true);
  });
});
