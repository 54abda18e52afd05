/** A chat-server in this process, on servers of the test's own, and clients of it. */
import { silentLogger } from "@servertech/core";
import { createDbPool } from "@servertech/db-pool";
import { type Server, startServer } from "@servertech/services";
import { inject } from "vitest";
import { WebSocket } from "ws";
import { type App, startApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

export interface ChatApp extends AsyncDisposable {
  readonly url: string;
  readonly app: App;
  close(): Promise<void>;
}

/**
 * Servers for the instances of one test file: a Redis of its own, as rooms have the same names everywhere, and a database of its own
 * in the shared MariaDB.
 */
export class ChatServers implements AsyncDisposable {
  readonly redis: Server;
  readonly database: string;
  readonly #apps: ChatApp[] = [];

  static async start(database: string): Promise<ChatServers> {
    return new ChatServers(await startServer("redis"), `chat_${database}`);
  }

  private constructor(redis: Server, database: string) {
    this.redis = redis;
    this.database = database;
  }

  get mysqlUrl(): string {
    return inject("urls").mysql + this.database;
  }

  /** One more chat-server. `env` as in its environment. */
  async app(env: Readonly<Record<string, string>> = {}): Promise<ChatApp> {
    const config = readConfig({
      PORT: "0",
      MYSQL_URL: this.mysqlUrl,
      REDIS_URL: this.redis.url,
      AI_RPC_TARGET: "tcp://127.0.0.1:1",
      LIMIT_SIGNUP_IP: "10000/1",
      LIMIT_LOGIN_IP: "10000/1",
      LIMIT_LOGIN_IP_EMAIL: "10000/1",
      ...env,
    });
    const app = await startApp(config, silentLogger);
    await app.started;
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= app.lifecycle.shutdown("test").then(() => {}));
    const chat: ChatApp = { url: app.url, app, close, [Symbol.asyncDispose]: close };
    this.#apps.push(chat);
    return chat;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.close()));
    await sql(inject("urls").mysql, `DROP DATABASE IF EXISTS \`${this.database}\``);
    await this.redis.stop();
  }
}

/** Runs a statement and gives its rows. */
export async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  await using db = createDbPool({ url, max: 1 });
  return await db.query(statement);
}

let users = 0;

export interface Account {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** Credentials that nobody else in this test file has. */
export function newAccount(name = "user"): Account {
  users += 1;
  return { username: `${name}-${users}`, email: `${name}${users}@example.com`, password: "correct horse" };
}

export function post(
  url: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(new URL(path, url), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The `sid=…` pair of an answer. */
export function cookieOf(response: Response): string {
  const header = response.headers.getSetCookie()[0] ?? "";
  return header.split("; ", 1)[0] ?? "";
}

export interface SignedUp {
  readonly account: Account;
  /** The `Cookie` header. */
  readonly cookie: string;
}

export async function signUp(url: string, account: Account = newAccount()): Promise<SignedUp> {
  const response = await post(url, "/api/create-account", account);
  if (response.status !== 204) throw new Error(`sign-up answered ${response.status} ${await response.text()}`);
  return { account, cookie: cookieOf(response) };
}

export interface Frame {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly ref?: number;
}

const LIMIT_MS = 10_000;

/** A WebSocket client that keeps what comes. */
export class Client {
  readonly socket: WebSocket;
  /** Frames not taken yet, as text. */
  readonly frames: string[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #waiting: (() => void)[] = [];
  #ref = 0;

  constructor(
    url: string,
    { cookie = "", protocol, origin }: { cookie?: string; protocol?: string; origin?: string } = {},
  ) {
    const headers = {
      ...(cookie === "" ? {} : { Cookie: cookie }),
      ...(origin === undefined ? {} : { Origin: origin }),
    };
    this.socket = new WebSocket(
      new URL("/api/ws", url.replace(/^http/, "ws")),
      protocol === undefined ? [] : [protocol],
      { headers },
    );
    this.socket.on("message", (data: Buffer) => {
      this.frames.push(data.toString());
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code) => {
        resolve(code);
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
    this.socket.on("error", () => {});
  }

  /** A signed-in client of the base dialect, and its `hello`. */
  static async base(url: string, cookie: string): Promise<{ client: Client; hello: Frame }> {
    const client = new Client(url, { cookie });
    return { client, hello: await client.next() };
  }

  /** A signed-in client of `servertech.v2` that has resumed, with all that came until `ready`. */
  static async v2(url: string, cookie: string, resume: object = {}): Promise<{ client: Client; opening: Frame[] }> {
    const client = new Client(url, { cookie, protocol: "servertech.v2" });
    const opening = [await client.next()];
    client.send("resume", resume);
    for (;;) {
      const frame = await client.next();
      opening.push(frame);
      if (frame.type === "ready") return { client, opening };
    }
  }

  /** The next frame's text. */
  async nextText(): Promise<string> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    for (;;) {
      const frame = this.frames.shift();
      if (frame !== undefined) return frame;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`closed (${await this.closed}) while a frame was awaited`);
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        limit.addEventListener("abort", () => reject(new Error(`no frame within ${LIMIT_MS} ms`)), { once: true });
      });
    }
  }

  async next(): Promise<Frame> {
    return JSON.parse(await this.nextText()) as Frame;
  }

  /** The next frame of a type; others before it are dropped. */
  async nextOf(type: string): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (frame.type === type) return frame;
    }
  }

  send(type: string, payload: object, ref?: number): void {
    this.socket.send(JSON.stringify(ref === undefined ? { type, payload } : { type, ref, payload }));
  }

  /** Sends a request of `servertech.v2` and gives the frame with its `ref`; others before it are dropped. */
  async ask(type: string, payload: object): Promise<Frame> {
    this.#ref += 1;
    const ref = this.#ref;
    this.send(type, payload, ref);
    for (;;) {
      const frame = await this.next();
      if (frame.ref === ref) return frame;
    }
  }

  close(): void {
    this.socket.terminate();
  }
}
