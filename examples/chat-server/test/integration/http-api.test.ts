import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  type Account,
  type ChatApp,
  ChatServers,
  Client,
  cookieOf,
  newAccount,
  post,
  signUp,
  sql,
} from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("http_api");
  chat = await servers.app();
});
afterAll(() => servers[Symbol.asyncDispose]());

/** What an answer says: its status, type and body. */
async function said(response: Response) {
  return [response.status, response.headers.get("content-type"), await response.text()];
}

/** Sends bytes as they are and gives all that comes back. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(chat.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8").on("data", (data: string) => (answer += data));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("routing", () => {
  it.each([
    ["GET", "/api/nothing", [404, "text/plain", "Not found"]],
    ["GET", "/api/ws", [404, "text/plain", "Not found"]],
    ["GET", "/api/login", [405, "text/plain", "Method not allowed"]],
    ["DELETE", "/api/session", [405, "text/plain", "Method not allowed"]],
    ["POST", "/index.html", [405, "text/plain", "Method not allowed"]],
    ["GET", "/nothing", [404, "text/plain", "Not found"]],
    ["GET", "/.env", [404, "text/plain", "Not found"]],
  ])("answers %s %s", async (method, path, expected) => {
    expect(await said(await fetch(new URL(path, chat.url), { method }))).toEqual(expected);
  });

  it.each([
    ["*", "400 Bad Request", "Invalid request target"],
    ["/%zz", "400 Bad Request", "Invalid request target"],
    ["/a%00b", "400 Bad Request", "Invalid request target"],
    ["/../etc/passwd", "400 Bad Request", "Illegal request-target"],
    ["/a/%2e%2e/b", "400 Bad Request", "Illegal request-target"],
  ])("answers the target %s", async (target, status, body) => {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n`));
    expect(answer).toMatch(new RegExp(`\r\n\r\n${body}$`));
  });

  it("gives probes that ask nobody", async () => {
    expect(await (await fetch(new URL("/livez", chat.url))).json()).toMatchObject({ ok: true });
    const ready = await fetch(new URL("/readyz", chat.url));
    expect([ready.status, await ready.json()]).toMatchObject([200, { ok: true }]);
  });

  it("shows the registry among what it is ready with, and is ready without it", async () => {
    await using away = await servers.app({ ZOOKEEPER: "127.0.0.1:1" });
    await using there = await servers.app({ ZOOKEEPER: `${inject("urls").zookeeper}/chat_http_api` });
    const registryOf = async ({ url }: ChatApp) => {
      const response = await fetch(new URL("/readyz", url));
      const report = (await response.json()) as { checks: { registry: { health: string; state: string } } };
      return [response.status, report.checks.registry];
    };
    expect(await registryOf(away)).toMatchObject([200, { ok: true, health: "stale", state: "connecting" }]);
    await expect
      .poll(() => registryOf(there), { timeout: 10_000 })
      .toMatchObject([200, { ok: true, health: "ok", state: "connected", services: 1, instances: 0 }]);
  });
});

const invalid = (message: string) => [400, "application/json", `{"id":"BAD_REQUEST","message":"${message}"}`];

describe("POST /api/create-account", () => {
  it("makes an account and a session", async () => {
    const account = newAccount("ann");
    const response = await post(chat.url, "/api/create-account", account);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sid=[A-Za-z0-9+/]{22}==; HttpOnly; Max-Age=604800; SameSite=Strict; Path=\/$/),
    ]);
    const session = await fetch(new URL("/api/session", chat.url), { headers: { Cookie: cookieOf(response) } });
    expect(await session.json()).toEqual({ id: expect.any(Number), username: account.username });
    const [stored] = await sql(servers.mysqlUrl, `SELECT password FROM users WHERE username = '${account.username}'`);
    expect(stored?.password).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{43}\$[A-Za-z0-9+/]{43}$/);
  });

  const good = { username: "good name", email: "good@example.com", password: "0123456789" };
  const cases: [string, unknown, unknown[]][] = [
    ["no JSON", "{", invalid("Invalid body provided")],
    ["an array", [good], invalid("Invalid body provided")],
    ["null", null, invalid("Invalid body provided")],
    ["a field missing", { username: "abcd", email: "a@b.co" }, invalid("Invalid body provided")],
    ["a number for a text", { ...good, password: 1_234_567_890 }, invalid("Invalid body provided")],
    ["a name of 3 bytes", { ...good, username: "abc" }, invalid("username: invalid size")],
    [
      "a name of 101 bytes in 34 characters",
      { ...good, username: `${"€".repeat(33)}ab` },
      invalid("username: invalid size"),
    ],
    ["an address of 101 bytes", { ...good, email: `${"a".repeat(89)}@example.com` }, invalid("email: too long")],
    ["no address", { ...good, email: "nobody" }, invalid("email: invalid format")],
    ["a password of 9 bytes", { ...good, password: "012345678" }, invalid("password: invalid size")],
    ["a password of 101 bytes", { ...good, password: "x".repeat(101) }, invalid("password: invalid size")],
    ["the first of several mistakes", { username: "", email: "", password: "" }, invalid("username: invalid size")],
  ];
  it.each(cases)("refuses %s", async (_what, body, expected) => {
    expect(await said(await post(chat.url, "/api/create-account", body))).toEqual(expected);
  });

  it("takes sizes at their ends, counted in bytes", async () => {
    for (const [username, password] of [
      ["a€", "€€€x"],
      [`${"€".repeat(33)}a`, "x".repeat(100)],
    ] as const) {
      const account = { ...newAccount("edge"), username, password };
      expect((await post(chat.url, "/api/create-account", account)).status).toBe(204);
    }
  });

  it("says which of name and address is taken, the name first", async () => {
    const { account } = await signUp(chat.url);
    const taken = (body: Account) => post(chat.url, "/api/create-account", body).then(said);
    const answer = (id: string) => [400, "application/json", `{"id":"${id}","message":""}`];
    expect(await taken({ ...newAccount(), username: account.username })).toEqual(answer("USERNAME_EXISTS"));
    expect(await taken({ ...newAccount(), email: account.email })).toEqual(answer("EMAIL_EXISTS"));
    expect(await taken(account)).toEqual(answer("USERNAME_EXISTS"));
  });

  it.each([
    ["text/plain", 400],
    ["application/json; charset=utf-8", 204],
    ["Application/JSON", 204],
  ])("reads a body of type %s: %s", async (type, status) => {
    const response = await post(chat.url, "/api/create-account", newAccount(), { "Content-Type": type });
    expect(response.status).toBe(status);
  });

  it.each(["content-length", "chunked"])(
    "refuses a body over 10,000 bytes (%s) and closes the connection",
    async (how) => {
      const body = JSON.stringify({ ...good, password: "x".repeat(10_000) });
      const length = how === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
      const sent = how === "chunked" ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
      const answer = await raw(
        `POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n${sent}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
      expect(answer).toContain('{"id":"BAD_REQUEST","message":"Body too large"}');
    },
  );

  it("refuses a page of another origin, and takes ours and none", async () => {
    const foreign = [403, "application/json", '{"id":"BAD_REQUEST","message":"Foreign origin"}'];
    const send = (headers: Record<string, string>) => post(chat.url, "/api/create-account", newAccount(), headers);
    expect(await said(await send({ Origin: "https://evil.example" }))).toEqual(foreign);
    expect(await said(await send({ "Sec-Fetch-Site": "cross-site" }))).toEqual(foreign);
    expect((await send({ Origin: chat.url.slice(0, -1), "Sec-Fetch-Site": "same-origin" })).status).toBe(204);
  });
});

describe("POST /api/login", () => {
  it("makes a new session and ends the one that came with it", async () => {
    const { account, cookie } = await signUp(chat.url);
    const { client } = await Client.base(chat.url, cookie);
    const response = await post(chat.url, "/api/login", account, { Cookie: cookie });
    expect(response.status).toBe(204);
    expect(cookieOf(response)).not.toBe(cookie);
    expect(await client.closed).toBe(1001);
    const session = (sid: string) => fetch(new URL("/api/session", chat.url), { headers: { Cookie: sid } });
    expect(await said(await session(cookie))).toEqual([
      401,
      "application/json",
      '{"id":"LOGIN_FAILED","message":"No session"}',
    ]);
    expect((await session(cookieOf(response))).status).toBe(200);
  });

  it("gives the same answer to an unknown address and a wrong password", async () => {
    const { account } = await signUp(chat.url);
    const failed = [400, "application/json", '{"id":"LOGIN_FAILED","message":"Login failed"}'];
    expect(await said(await post(chat.url, "/api/login", { ...account, password: "another password" }))).toEqual(
      failed,
    );
    expect(await said(await post(chat.url, "/api/login", { ...account, email: "nobody@example.com" }))).toEqual(failed);
  });

  it("reads hashes of another cost and writes them anew", async () => {
    const { account } = await signUp(chat.url);
    // Made with ln 10 of the same password.
    const { passwordTasks } = await import("../../src/auth/password.tasks.ts");
    const cheap = passwordTasks.hash(account.password, 10);
    await sql(servers.mysqlUrl, `UPDATE users SET password = '${cheap}' WHERE email = '${account.email}'`);
    expect((await post(chat.url, "/api/login", account)).status).toBe(204);
    const [stored] = await sql(servers.mysqlUrl, `SELECT password FROM users WHERE email = '${account.email}'`);
    expect(stored?.password).toMatch(/^\$scrypt\$ln=14,/);
    expect((await post(chat.url, "/api/login", account)).status).toBe(204);
  });

  it("slows down who tries too often", async () => {
    await using limited = await servers.app({ LIMIT_LOGIN_IP_EMAIL: "2/300" });
    const account = newAccount();
    const login = () => post(limited.url, "/api/login", account);
    expect([(await login()).status, (await login()).status]).toEqual([400, 400]);
    const refused = await login();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ id: "RATE_LIMITED" });
  });

  it("says that it is busy when too many passwords wait to be checked", async () => {
    await using busy = await servers.app({ SCRYPT_CONCURRENCY: "1", SCRYPT_QUEUE: "1" });
    const { account } = await signUp(busy.url);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(busy.url, "/api/login", account)));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get("retry-after")).toBe("2");
    expect(await refused[0]?.json()).toMatchObject({ id: "UNAVAILABLE" });
  });
});

describe("POST /api/logout", () => {
  it("deletes the session, expires the cookie, and closes its sockets on every instance", async () => {
    await using second = await servers.app();
    const { cookie } = await signUp(chat.url);
    const sockets = await Promise.all([Client.base(chat.url, cookie), Client.base(second.url, cookie)]);
    const response = await post(chat.url, "/api/logout", "", { Cookie: cookie });
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual(["sid=; HttpOnly; Max-Age=0; SameSite=Strict; Path=/"]);
    expect(await Promise.all(sockets.map(({ client }) => client.closed))).toEqual([1008, 1008]);
    expect(await new Client(second.url, { cookie }).closed).toBe(1008);
  });

  it("answers 204 without a session too", async () => {
    expect((await post(chat.url, "/api/logout", "")).status).toBe(204);
    expect((await post(chat.url, "/api/logout", "", { Cookie: "sid=AAAAAAAAAAAAAAAAAAAAAA==" })).status).toBe(204);
  });
});
