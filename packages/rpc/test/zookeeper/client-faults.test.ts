import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { JuteWriter } from "../../src/zookeeper/client/jute.ts";
import { createZooKeeperClient, type ZooKeeperClientOptions } from "../../src/zookeeper/index.ts";
import { replyFrame, ScriptedServer } from "./scripted-server.ts";

const WAIT = { timeout: 10_000, interval: 5 };
const clientOf = (server: ScriptedServer, more: Partial<ZooKeeperClientOptions> = {}) =>
  createZooKeeperClient({ connect: server.address, sessionTimeoutMs: 3_000, ...more });
const path = (writer: JuteWriter) => writer.string("/");

describe("a server that talks nonsense", () => {
  it.each<[string, Buffer]>([
    ["a wrong xid", replyFrame(99, path)],
    ["a reply to nothing asked with xid -8", replyFrame(-8, (writer) => writer)],
    ["a body that is too short", replyFrame(1, (writer) => writer)],
    ["a negative length", Buffer.from("ffffff00", "hex")],
    ["a huge length", Buffer.from("7fffffff", "hex")],
  ])("is left for %s, and asked again", async (_what, nonsense) => {
    let answers = 0;
    await using server = await ScriptedServer.start({
      request: (peer, { xid }) => {
        answers += 1;
        if (answers === 1) peer.socket.write(nonsense);
        else peer.reply(xid, path);
      },
    });
    await using client = clientOf(server);
    await expect(client.sync("/")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS", op: "sync", path: "/" });
    await expect(client.sync("/")).resolves.toBeUndefined();
    expect(client.stats()).toMatchObject({ protocolErrors: 1, reconnects: 1, expirations: 0 });
  });

  it("is asked at growing distances when it has no session for us", async () => {
    await using server = await ScriptedServer.start({
      connect: (peer) => peer.socket.write(Buffer.from("0000000100", "hex")),
    });
    await using client = clientOf(server);
    await expect(client.ready({ timeoutMs: 400 })).rejects.toMatchObject({
      code: "ZK_CONNECTION_LOSS",
      cause: { name: "JuteError" },
    });
    expect(server.accepted).toBeLessThan(10);
    expect(client.stats().protocolErrors).toBe(server.accepted);
  });
});

describe("a server that says nothing", () => {
  it("is given up for its session after the connect timeout", async () => {
    await using server = await ScriptedServer.start({ connect: () => {} });
    await using client = clientOf(server, { connectTimeoutMs: 50 });
    const ready = client.ready();
    await expect.poll(() => server.accepted, WAIT).toBeGreaterThan(1);
    server.script = {};
    await expect(ready).resolves.toBeUndefined();
  });

  it("lets a request time out, and its late reply disturbs nothing", async () => {
    let answer = (): void => {};
    await using server = await ScriptedServer.start({
      request: (peer, { xid, opcode }) => {
        if (opcode === 5) answer = () => peer.reply(xid, (writer) => writer.long(0n));
        else peer.reply(xid, path);
      },
    });
    await using client = clientOf(server, { requestTimeoutMs: 60 });
    await client.ready();
    await expect(client.setData("/x", null)).rejects.toMatchObject({
      code: "ZK_TIMEOUT",
      maybeExecuted: true,
      retryable: false,
    });
    answer();
    await expect(client.sync("/")).resolves.toBeUndefined();
    expect(client.stats()).toMatchObject({ protocolErrors: 0, reconnects: 0, inFlight: 0 });
  });
});

describe("a session", () => {
  it("that expired is followed by a new one, told in order", async () => {
    let session = 1n;
    await using server = await ScriptedServer.start({
      connect: (peer, { sessionId }) => {
        if (sessionId === 0n) peer.session((session += 1n));
        else if (sessionId === session) peer.session(session);
        else peer.session(0n, 0);
      },
      request: (peer, { xid, opcode }) => {
        if (opcode === 9) peer.socket.destroy();
        else peer.reply(xid);
      },
    });
    await using client = clientOf(server);
    const told: string[] = [];
    client.on("session", (id) => told.push(`session ${id}`));
    client.on("connected", (isNew) => told.push(`connected ${isNew ? "new" : "again"}`));
    client.on("suspended", () => told.push("suspended")).on("lost", () => told.push("lost"));
    await client.ready();
    await expect(client.sync("/")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect.poll(() => client.state, WAIT).toBe("connected");
    session += 1n; // the server forgets the one it gave
    await expect(client.sync("/")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect.poll(() => client.state, WAIT).toBe("connected");
    const first = ["session 2", "connected new", "suspended", "connected again"];
    expect(told).toEqual([...first, "suspended", "lost", "session 4", "connected new"]);
    expect(client.stats()).toMatchObject({ sessionId: 4n, expirations: 1, reconnects: 2 });
  });

  it("is begun anew when servers are behind what was seen, and close without a word", async () => {
    let wiped = false;
    await using server = await ScriptedServer.start({
      connect: (peer, { sessionId, lastZxid }) => {
        if (wiped && lastZxid > 0n) peer.socket.destroy();
        else peer.session(sessionId === 0n ? 5n : sessionId, 1_000);
      },
      request: (peer, { xid }) => peer.reply(xid, path),
    });
    await using client = clientOf(server, { sessionTimeoutMs: 1_000 });
    await client.sync("/");
    wiped = true;
    server.script = { ...server.script, request: (peer) => peer.socket.destroy() };
    await expect(client.sync("/")).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect.poll(() => client.stats().expirations, WAIT).toBe(1);
    await expect.poll(() => client.state, WAIT).toBe("connected");
  });

  it("sends credentials first, and leaves a server that refuses them", async () => {
    const seen: [number, number][] = [];
    await using server = await ScriptedServer.start({
      request: (peer, { xid, opcode }) => {
        seen.push([xid, opcode]);
        if (opcode === 100) peer.reply(-4, (writer) => writer, -115);
      },
    });
    await using client = clientOf(server, { auth: [{ scheme: "digest", auth: "user:secret" }], requestTimeoutMs: 300 });
    let failures = 0;
    client.on("authFailed", () => (failures += 1));
    const error: unknown = await client.sync("/").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    expect(JSON.stringify(error) + String(error)).not.toContain("secret");
    await expect.poll(() => failures, WAIT).toBeGreaterThan(1);
    expect(seen[0]).toEqual([-4, 100]);
    expect(server.accepted).toBeLessThan(20);
  });
});

describe("requests", () => {
  it("settle whatever becomes of the connection, and leave nothing behind on a signal", async () => {
    await using server = await ScriptedServer.start();
    await using client = clientOf(server);
    const caller = new AbortController();
    await client.ready();
    const sent = Array.from({ length: 10_000 }, () => client.sync("/", { signal: caller.signal }));
    expect(getEventListeners(caller.signal, "abort").length).toBe(1);
    const results = Promise.allSettled(sent);
    caller.abort(new Error("enough"));
    for (const result of await results)
      expect(result).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    await expect(client.sync("/", { signal: caller.signal })).rejects.toThrow("enough");
    expect(getEventListeners(caller.signal, "abort").length).toBe(0);
    await client.close({ timeoutMs: 20 });
    expect(client.stats()).toMatchObject({ inFlight: 0, queued: 0, state: "closed" });
  });

  it("that wait for a connection leave the queue when they are given up", async () => {
    await using server = await ScriptedServer.start({ connect: () => {} });
    await using client = clientOf(server);
    const caller = new AbortController();
    const waiting = Promise.allSettled(Array.from({ length: 100 }, () => client.sync("/", { signal: caller.signal })));
    expect(client.stats().queued).toBe(100);
    caller.abort();
    await waiting;
    expect(client.stats().queued).toBe(0);
  });

  it("are refused once the client is closed, those under way fail by its force", async () => {
    await using server = await ScriptedServer.start({ request: () => {} });
    const client = clientOf(server);
    await client.ready();
    const sent = client.setData("/x", null);
    const queuedLater = expect(sent).rejects.toMatchObject({ code: "ZK_CLOSED", maybeExecuted: true });
    const closing = client.close({ timeoutMs: 30 });
    await expect(client.sync("/")).rejects.toMatchObject({ code: "ZK_CLOSED" });
    await expect(client.ready()).rejects.toMatchObject({ code: "ZK_CLOSED" });
    await Promise.all([closing, queuedLater]);
    expect(client.close()).toBe(closing);
  });

  it("refuse what no server would take, before they are sent", async () => {
    await using server = await ScriptedServer.start();
    await using client = clientOf(server, { maxRequestBytes: 1_024 });
    const bad = { code: "ZK_BAD_ARGUMENTS", retryable: false };
    for (const wrong of ["", "x", "/x/", "//", "/.", "/a/../b", "/\0"])
      await expect(client.delete(wrong)).rejects.toMatchObject(bad);
    await expect(client.create("/x", "text" as unknown as Buffer)).rejects.toMatchObject(bad);
    await expect(client.create("/x", null, { mode: "other" as "ephemeral" })).rejects.toMatchObject(bad);
    await expect(client.create("/x", null, { acl: [] })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(client.setData("/x", Buffer.alloc(1_024))).rejects.toMatchObject({ code: "ZK_TOO_LARGE", path: "/x" });
    expect(server.accepted).toBe(0);
  });

  it("reject with the server's answer", async () => {
    const answers: [number, string][] = [
      [-101, "ZK_NO_NODE"],
      [-110, "ZK_NODE_EXISTS"],
      [-103, "ZK_BAD_VERSION"],
      [-111, "ZK_NOT_EMPTY"],
      [-108, "ZK_NO_CHILDREN_FOR_EPHEMERALS"],
      [-102, "ZK_NO_AUTH"],
      [-114, "ZK_INVALID_ACL"],
      [-127, "ZK_THROTTLED"],
      [-125, "ZK_QUOTA_EXCEEDED"],
      [-112, "ZK_SESSION_EXPIRED"],
      [-6, "ZK_UNIMPLEMENTED"],
      [-5, "ZK_MARSHALLING"],
      [-1, "ZK_SYSTEM"],
      [-100, "ZK_ERROR"],
    ];
    let next = 0;
    await using server = await ScriptedServer.start({
      request: (peer, { xid }) => peer.reply(xid, (writer) => writer, answers[next++]?.[0]),
    });
    await using client = clientOf(server);
    for (const [errno, code] of answers)
      await expect(client.delete("/x")).rejects.toMatchObject({ errno, code, op: "delete" });
  });
});
