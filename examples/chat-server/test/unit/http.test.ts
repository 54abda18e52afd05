import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionIdOf } from "../../src/http/cookies.ts";
import { clientAddress, isAllowedOrigin, isSecure } from "../../src/http/origin.ts";
import { createRouter, targetPath } from "../../src/http/router.ts";
import { staticFiles } from "../../src/http/static-files.ts";

const ID = "AAAAAAAAAAAAAAAAAAAA+/==";

describe("sessionIdOf", () => {
  it.each([
    [`sid=${ID}`, ID],
    [`a=b; sid=${ID}; c=d`, ID],
    [`sid=${ID}; sid=BBBBBBBBBBBBBBBBBBBBBB==`, ID],
    ["sid=short", undefined],
    [`xsid=${ID}`, undefined],
    [`sid="${ID}"`, undefined],
    [`sid=${encodeURIComponent(ID)}`, undefined],
    ["", undefined],
    [undefined, undefined],
  ])("reads %j", (header, id) => {
    expect(sessionIdOf(header)).toBe(id);
  });
});

describe("targetPath", () => {
  it.each([
    ["/", "/"],
    ["/a?b=c#d", "/a"],
    ["/a%20b", "/a b"],
    ["//a///b", "/a/b"],
    ["", undefined],
    ["http://x/", undefined],
    ["/\u0001", undefined],
    ["/%e0%a4", undefined],
    ["/%00", undefined],
  ])("reads %j", (target, path) => {
    expect(targetPath(target)).toBe(path);
  });
});

const request = (headers: Record<string, string>, socket = {}) =>
  ({ headers, socket: { remoteAddress: "10.0.0.1", ...socket } }) as unknown as IncomingMessage;
const rules = { trustProxy: 0, allowedOrigins: ["https://chat.example"] };

describe("origin", () => {
  it("believes proxies only as far as told", () => {
    const forwarded = request({ "x-forwarded-for": "6.6.6.6, 7.7.7.7, 8.8.8.8", "x-forwarded-proto": "https" });
    expect(clientAddress(forwarded, rules)).toBe("10.0.0.1");
    expect(clientAddress(forwarded, { ...rules, trustProxy: 1 })).toBe("8.8.8.8");
    expect(clientAddress(forwarded, { ...rules, trustProxy: 2 })).toBe("7.7.7.7");
    expect(clientAddress(request({}), { ...rules, trustProxy: 1 })).toBe("10.0.0.1");
    expect(isSecure(forwarded, rules)).toBe(false);
    expect(isSecure(forwarded, { ...rules, trustProxy: 1 })).toBe(true);
    expect(isSecure(request({}, { encrypted: true }), rules)).toBe(true);
  });

  it.each([
    [{ host: "h:1" }, true],
    [{ host: "h:1", origin: "http://h:1" }, true],
    [{ host: "H:1", origin: "http://h:1" }, true],
    [{ host: "h:1", origin: "https://chat.example" }, true],
    [{ host: "h:1", origin: "http://h:2" }, false],
    [{ host: "h:1", origin: "null" }, false],
    [{ origin: "http://h" }, false],
  ])("allows %j: %s", (headers, allowed) => {
    expect(isAllowedOrigin(request(headers as unknown as Record<string, string>), rules)).toBe(allowed);
  });
});

describe("static files", () => {
  let folder: string;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chat-static-"));
    mkdirSync(join(folder, "root/assets"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    writeFileSync(join(folder, "root/index.html"), "<p>index</p>");
    writeFileSync(join(folder, "root/about.html"), "about");
    writeFileSync(join(folder, "root/.env"), "secret");
    writeFileSync(join(folder, "root/assets/app-0123abcd.js"), "let a;");
    writeFileSync(join(folder, "root/assets/app-0123abcd.js.br"), "brotli");
    symlinkSync(join(folder, "secret.txt"), join(folder, "root/link.txt"));
    const fallback = staticFiles({ root: join(folder, "root"), ownClient: true, showsOps: () => false });
    server = createServer(createRouter({ routes: {}, fallback, onError: () => {} })).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const get = (path: string, headers: Record<string, string> = { "Accept-Encoding": "identity" }) =>
    fetch(url + path, { headers });

  it.each(["/", "/login", "/chat/beast", "/ai/7", "/settings", "/index.html"])(
    "gives the page for %s, never cached, with its policy",
    async (path) => {
      const response = await get(path);
      expect(await response.text()).toBe("<p>index</p>");
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("server")).toBeNull();
    },
  );

  it("adds .html to a path without extension", async () => {
    expect(await (await get("/about")).text()).toBe("about");
  });

  it.each(["/link.txt", "/.env", "/missing.js", "/assets"])("gives nothing for %s", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it("gives hashed files for ever, compressed where that is taken", async () => {
    const response = await fetch(`${url}/assets/app-0123abcd.js`, {
      method: "HEAD",
      headers: { "Accept-Encoding": "gzip, br" },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-encoding": "br",
      "content-length": "6",
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "Accept-Encoding",
    });
    expect(await (await get("/assets/app-0123abcd.js")).text()).toBe("let a;");
  });
});
