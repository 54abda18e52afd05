import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection, type Link, type SocketLike } from "../../web/src/socket/connection.ts";

class FakeSocket implements SocketLike {
  readonly sent: { type: string; ref?: number; payload: unknown }[] = [];
  readonly #listeners = new Map<string, ((event: { data: unknown; code: number }) => void)[]>();
  closed = false;

  addEventListener(type: string, listener: (event: { data: unknown; code: number }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as FakeSocket["sent"][number]);
  }

  close(): void {
    this.closed = true;
  }

  emit(type: "open" | "message" | "close", event: { data?: unknown; code?: number } = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data: undefined, code: 1006, ...event });
  }

  receive(event: object): void {
    this.emit("message", { data: JSON.stringify(event) });
  }
}

const sockets: FakeSocket[] = [];
const links: Link[] = [];
let signedOut = 0;
const newest = (): FakeSocket => {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error("nothing was connected");
  return socket;
};
const connected = (): Connection => {
  const connection = new Connection({
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    resume: () => ({ rooms: { r: "5-0" }, generations: {} }),
    onEvent: () => {},
    onLink: (link) => links.push(link),
    onSignedOut: () => signedOut++,
    random: () => 0.5,
  });
  connection.open();
  newest().emit("open");
  newest().receive({ type: "ready", payload: {} });
  return connection;
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
  sockets.length = links.length = signedOut = 0;
});
afterEach(() => vi.useRealTimers());

describe("Connection", () => {
  it("resumes first and is live once the server says ready", () => {
    connected();
    expect(newest().sent).toEqual([{ type: "resume", payload: { rooms: { r: "5-0" }, generations: {} } }]);
    expect(links.map(({ phase }) => phase)).toEqual(["connecting", "live"]);
  });

  it("comes back with longer and longer waits, counted from the loss", () => {
    connected();
    newest().emit("close");
    expect(links.at(-1)).toEqual({ phase: "waiting", since: 1_000, nextTryAt: 1_250 });
    vi.advanceTimersByTime(250);
    expect(links.at(-1)).toEqual({ phase: "connecting", since: 1_000 });
    newest().emit("close");
    expect(links.at(-1)).toEqual({ phase: "waiting", since: 1_000, nextTryAt: 1_750 });
    expect(sockets).toHaveLength(2);
  });

  it("waits as long as a server that closes asks for", () => {
    connected();
    newest().receive({ type: "serverClosing", payload: { retryAfterMs: 4_000 } });
    newest().emit("close", { code: 1001 });
    expect(links.at(-1)).toMatchObject({ nextTryAt: 5_000 });
  });

  it("does not wait when the network is back", () => {
    const connection = connected();
    newest().emit("close");
    connection.tryNow();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(60_000 / 4);
    expect(sockets).toHaveLength(2);
  });

  it("signs out on 1008 and does not come back", () => {
    connected();
    newest().emit("close", { code: 1008 });
    vi.advanceTimersByTime(60_000);
    expect(signedOut).toBe(1);
    expect(sockets).toHaveLength(1);
  });

  it("stops on 4429 until it is asked", () => {
    const connection = connected();
    newest().emit("close", { code: 4429 });
    vi.advanceTimersByTime(60_000);
    expect(links.at(-1)).toMatchObject({ phase: "stopped" });
    connection.tryNow();
    expect(sockets).toHaveLength(2);
  });

  it("gives up a socket that never becomes ready, and does not hear it any more", () => {
    const connection = connected();
    newest().emit("close");
    vi.advanceTimersByTime(250);
    const silent = newest();
    vi.advanceTimersByTime(15_000);
    expect(silent.closed).toBe(true);
    silent.receive({ type: "ready", payload: {} });
    expect(connection.link.phase).toBe("waiting");
  });

  it("matches replies and errors to requests by their ref", async () => {
    const connection = connected();
    const joined = connection.request("joinRoom", { roomId: "r" });
    const left = connection.request("leaveRoom", { roomId: "x" });
    const [, first, second] = newest().sent;
    newest().receive({ type: "error", ref: second?.ref, payload: { code: "NOT_MEMBER", message: "" } });
    newest().receive({ type: "roomJoined", ref: first?.ref, payload: { room: { id: "r" } } });
    await expect(joined).resolves.toEqual({ room: { id: "r" } });
    await expect(left).rejects.toMatchObject({ code: "NOT_MEMBER" });
  });

  it("fails requests that get no reply, that are cut off, and that are made without a connection", async () => {
    const connection = connected();
    const slow = connection.request("joinRoom", { roomId: "r" });
    const failure = expect(slow).rejects.toMatchObject({ code: "TIMEOUT" });
    await vi.advanceTimersByTimeAsync(10_000);
    await failure;
    const cut = connection.request("joinRoom", { roomId: "r" });
    newest().emit("close");
    await expect(cut).rejects.toMatchObject({ code: "OFFLINE" });
    await expect(connection.request("joinRoom", { roomId: "r" })).rejects.toMatchObject({ code: "OFFLINE" });
    expect(connection.send("markRead", { roomId: "r", messageId: "1-0" })).toBe(false);
  });
});
