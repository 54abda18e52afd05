import { backOffMs } from "./back-off.ts";
import {
  type ClientPayloads,
  type ErrorPayload,
  type Replies,
  type ServerEvent,
  type ServerEventOf,
  parseServerEvent,
} from "./events.ts";

/** How the connection stands. `since` is when it was lost (or first wanted), in milliseconds since 1970. */
export type Link =
  | { readonly phase: "closed" }
  | { readonly phase: "connecting"; readonly since: number }
  | { readonly phase: "live" }
  | { readonly phase: "waiting"; readonly since: number; readonly nextTryAt: number }
  /** Given up until `open` is called: too many windows of this user are connected. */
  | { readonly phase: "stopped"; readonly since: number };

/** The part of a WebSocket that is used. */
export interface SocketLike {
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
  send(data: string): void;
  close(code?: number): void;
}

export interface ConnectionOptions {
  readonly connect: () => SocketLike;
  /** What the page has already, asked for on every new socket. */
  readonly resume: () => ClientPayloads["resume"];
  /** Every event of the server, replies included, in order. */
  readonly onEvent: (event: ServerEvent) => void;
  readonly onLink: (link: Link) => void;
  /** The session is gone: sign in again. */
  readonly onSignedOut: () => void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * Why a request has no reply: the server's error code, or
 * - `OFFLINE`: it was not sent, or the connection was lost before the reply; it may have been carried out;
 * - `TIMEOUT`: no reply in time on a connection that looks alive.
 */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, retryAfterMs }: Pick<ErrorPayload, "code" | "message" | "retryAfterMs">) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Waiter {
  resolve(event: ServerEvent): void;
  reject(error: RequestError): void;
  timer: ReturnType<typeof setTimeout>;
}

const REPLY_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 15_000;
const CLOSE_SESSION_GONE = 1008;
const CLOSE_TOO_MANY_SOCKETS = 4429;

/** A socket to the server that comes back by itself, with requests that are answered or fail. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiters = new Map<number, Waiter>();
  #socket: SocketLike | undefined;
  #link: Link = { phase: "closed" };
  #attempt = 0;
  #lastRef = 0;
  #serverDelayMs: number | undefined;
  #readyTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get link(): Link {
    return this.#link;
  }

  /** Connects, unless that is done or under way. */
  open(): void {
    if (this.#link.phase === "closed" || this.#link.phase === "stopped") this.#connect(Date.now());
  }

  /** Does not wait any longer for the next try: the network is back, or the user asked. */
  tryNow(): void {
    if (this.#link.phase === "waiting") this.#connect(this.#link.since);
    else if (this.#link.phase === "stopped") this.open();
  }

  /** Gives up a socket that answers no more, and makes a new one. */
  restart(): void {
    if (this.#link.phase === "live") this.#lose(this.#socket);
  }

  /** Disconnects, and stays so. */
  close(): void {
    this.#drop();
    this.#attempt = 0;
    this.#setLink({ phase: "closed" });
  }

  /** Sends an event that needs no reply. False when there is no connection. */
  send<T extends keyof ClientPayloads>(type: T, payload: ClientPayloads[T]): boolean {
    if (this.#link.phase !== "live") return false;
    this.#socket?.send(JSON.stringify({ type, payload }));
    return true;
  }

  /**
   * Sends an event and waits for its reply.
   *
   * @param timeoutMs longest wait for the reply. Default 10 s.
   * @throws RequestError
   */
  async request<T extends keyof Replies>(
    type: T,
    payload: ClientPayloads[T],
    timeoutMs = REPLY_TIMEOUT_MS,
  ): Promise<ServerEventOf<Replies[T]>["payload"]> {
    const event = await this.#ask(type, payload, timeoutMs);
    return event.payload as ServerEventOf<Replies[T]>["payload"];
  }

  /**
   * Sends an event that is answered only when it is refused.
   *
   * @param onRefused called with the server's error, if there is one.
   */
  command<T extends Exclude<keyof ClientPayloads, keyof Replies>>(
    type: T,
    payload: ClientPayloads[T],
    onRefused: (error: RequestError) => void,
  ): void {
    this.#ask(type, payload, REPLY_TIMEOUT_MS).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      if (error.code !== "TIMEOUT" && error.code !== "OFFLINE") onRefused(error);
    });
  }

  #ask<T extends keyof ClientPayloads>(type: T, payload: ClientPayloads[T], timeoutMs: number): Promise<ServerEvent> {
    if (this.#link.phase !== "live") return Promise.reject(offline());
    this.#lastRef = (this.#lastRef % (2 ** 31 - 1)) + 1;
    const ref = this.#lastRef;
    const reply = new Promise<ServerEvent>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(ref);
        reject(new RequestError({ code: "TIMEOUT", message: `${type}: no reply in ${timeoutMs} ms` }));
      }, timeoutMs);
      this.#waiters.set(ref, { resolve, reject, timer });
    });
    this.#socket?.send(JSON.stringify({ type, ref, payload }));
    return reply;
  }

  #connect(since: number): void {
    clearTimeout(this.#retryTimer);
    this.#setLink({ phase: "connecting", since });
    const socket = this.#options.connect();
    this.#socket = socket;
    // A network that swallows packets answers neither yes nor no.
    this.#readyTimer = setTimeout(() => this.#lose(socket), READY_TIMEOUT_MS);
    // A socket that was given up may still speak: nobody listens to it.
    socket.addEventListener("open", () => {
      if (socket === this.#socket) socket.send(JSON.stringify({ type: "resume", payload: this.#options.resume() }));
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#receive(data);
    });
    socket.addEventListener("close", ({ code }) => this.#onClose(socket, code));
  }

  #receive(data: unknown): void {
    const event = parseServerEvent(data);
    if (event === undefined) return;
    if (event.type === "serverClosing") this.#serverDelayMs = event.payload.retryAfterMs;
    this.#options.onEvent(event);
    if (event.type === "ready") this.#onReady();
    if (event.ref !== undefined) this.#settle(event.ref, event);
  }

  #onReady(): void {
    clearTimeout(this.#readyTimer);
    this.#attempt = 0;
    this.#serverDelayMs = undefined;
    this.#setLink({ phase: "live" });
  }

  #settle(ref: number, event: ServerEvent): void {
    const waiter = this.#waiters.get(ref);
    if (waiter === undefined) return;
    this.#waiters.delete(ref);
    clearTimeout(waiter.timer);
    if (event.type === "error") waiter.reject(new RequestError(event.payload));
    else waiter.resolve(event);
  }

  #onClose(socket: SocketLike, code: number): void {
    if (socket !== this.#socket) return;
    if (code === CLOSE_SESSION_GONE) {
      this.close();
      this.#options.onSignedOut();
    } else if (code === CLOSE_TOO_MANY_SOCKETS) {
      const since = this.#since();
      this.#drop();
      this.#setLink({ phase: "stopped", since });
    } else {
      this.#lose(socket);
    }
  }

  /** The socket is gone, or as good as gone: tries again after a while. */
  #lose(socket: SocketLike | undefined): void {
    if (socket === undefined || socket !== this.#socket) return;
    const since = this.#since();
    this.#drop();
    const delayMs = this.#serverDelayMs ?? backOffMs(this.#attempt, (this.#options.random ?? Math.random)());
    this.#serverDelayMs = undefined;
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.#connect(since), delayMs);
    this.#setLink({ phase: "waiting", since, nextTryAt: Date.now() + delayMs });
  }

  #since(): number {
    return "since" in this.#link ? this.#link.since : Date.now();
  }

  #drop(): void {
    clearTimeout(this.#readyTimer);
    clearTimeout(this.#retryTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) {
      clearTimeout(waiter.timer);
      waiter.reject(offline());
    }
  }

  #setLink(link: Link): void {
    this.#link = link;
    this.#options.onLink(link);
  }
}

const offline = (): RequestError => new RequestError({ code: "OFFLINE", message: "no connection" });
