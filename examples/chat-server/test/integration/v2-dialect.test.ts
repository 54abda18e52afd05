import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChatApp, ChatServers, Client, type Frame, signUp } from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
let other: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("v2_dialect");
  [chat, other] = await Promise.all([
    servers.app({ LIMIT_MESSAGES: "100000/1" }),
    servers.app({ LIMIT_MESSAGES: "100000/1" }),
  ]);
});
afterAll(() => servers[Symbol.asyncDispose]());

interface Message {
  readonly id: string;
  readonly seq: number;
  readonly content: string;
  readonly nonce?: string;
}

let nonces = 0;
const nonce = () => `n${(nonces += 1)}`;
const messagesOf = ({ payload }: Frame) => payload.messages as Message[];

async function member(resume: object = {}, url = chat.url) {
  const { account, cookie } = await signUp(url);
  return { cookie, username: account.username, ...(await Client.v2(url, cookie, resume)) };
}

/** Says things in a room, each in an event of its own, and gives the results. */
async function say(client: Client, roomId: string, ...contents: string[]) {
  const results: { id: string; seq: number; nonce: string; duplicate: boolean }[] = [];
  for (const content of contents) {
    const { payload } = await client.ask("clientMessages", { roomId, messages: [{ content, nonce: nonce() }] });
    results.push(...(payload.results as typeof results));
  }
  return results;
}

const catchup = (opening: readonly Frame[], roomId: string) =>
  opening.find(({ type, payload }) => type === "roomCatchup" && payload.roomId === roomId)?.payload as
    | { reset: boolean; messages: Message[]; hasMoreMessages?: boolean }
    | undefined;

describe("opening", () => {
  it("says hello, then one catch-up for each room, then ready", async () => {
    const { opening, username } = await member();
    expect(opening.map(({ type }) => type)).toEqual([
      "hello",
      "roomCatchup",
      "roomCatchup",
      "roomCatchup",
      "roomCatchup",
      "ready",
    ]);
    expect(opening[0]?.payload).toMatchObject({
      protocol: 2,
      me: { username },
      limits: { messageChars: 4_000, messagesPerEvent: 50, frameBytes: 65_536, historyPage: 50, nonceTtlMs: 3_600_000 },
      ai: { available: false },
    });
    const rooms = opening[0]?.payload.rooms as { id: string; unread: number }[];
    expect(rooms.map(({ id, unread }) => [id, unread])).toEqual([
      ["beast", 0],
      ["async", 0],
      ["db", 0],
      ["wasm", 0],
    ]);
  });

  it("takes a resume that is sent before hello has come", async () => {
    const { cookie } = await signUp(chat.url);
    const client = new Client(chat.url, { cookie, protocol: "servertech.v2" });
    client.socket.on("open", () => client.send("resume", { rooms: {} }));
    expect((await client.nextOf("ready")).payload).toEqual({});
  });

  it("closes with 4408 when no resume comes within 10 s", async () => {
    const { cookie } = await signUp(chat.url);
    const client = new Client(chat.url, { cookie, protocol: "servertech.v2" });
    expect(await client.closed).toBe(4408);
    expect(client.frames).toHaveLength(1);
  });

  it("refuses events before resume, and a second resume", async () => {
    const { cookie } = await signUp(chat.url);
    const client = new Client(chat.url, { cookie, protocol: "servertech.v2" });
    await client.nextOf("hello");
    expect(await client.ask("listRooms", {})).toMatchObject({ type: "error", payload: { code: "BAD_EVENT" } });
    client.send("resume", {});
    await client.nextOf("ready");
    expect(await client.ask("resume", {})).toMatchObject({ type: "error", payload: { code: "BAD_EVENT" } });
  });
});

describe("joining", () => {
  it("counts before its answer: what follows at once is for a member", async () => {
    const { client } = await member();
    client.send("createRoom", { name: "at once" }, 1);
    let roomId: unknown;
    while (roomId === undefined) {
      const frame = await client.next();
      if (frame.ref === 1) roomId = (frame.payload.room as { id: string }).id;
    }
    const sent = await client.ask("clientMessages", { roomId, messages: [{ content: "first", nonce: nonce() }] });
    expect(sent.type).toBe("messagesAccepted");
  });

  it("between hello and resume is told, too", async () => {
    const { cookie } = await signUp(chat.url);
    const late = new Client(other.url, { cookie, protocol: "servertech.v2" });
    await late.nextOf("hello");
    const { client } = await Client.v2(chat.url, cookie);
    await client.ask("joinRoom", { roomId: "test_channe2" });
    expect((await late.nextOf("roomJoined")).payload.room).toMatchObject({ id: "test_channe2" });
    late.send("resume", {});
    const seen: unknown[] = [];
    for (let frame = await late.next(); frame.type !== "ready"; frame = await late.next())
      seen.push(frame.payload.roomId);
    expect(seen).toContain("test_channe2");
  });
});

describe("deleting a message", () => {
  it("takes it from everybody's page, from history and from what is caught up with", async () => {
    const [ann, bob] = await Promise.all([member(), member({}, other.url)]);
    const [kept, gone] = await say(ann.client, "wasm", "kept", "to be deleted");
    const place = { roomId: "wasm", messageId: gone?.id };
    expect(await ann.client.ask("deleteMessage", place)).toMatchObject({ type: "messageDeleted", payload: place });
    expect((await bob.client.nextOf("messageDeleted")).payload).toEqual(place);
    expect((await ann.client.ask("deleteMessage", place)).type).toBe("messageDeleted");
    const { opening } = await Client.v2(other.url, bob.cookie, { rooms: { wasm: gone?.id } });
    expect(catchup(opening, "wasm")).toMatchObject({ reset: false, messages: [], deleted: [gone?.id] });
    const history = await ann.client.ask("requestRoomHistory", {
      roomId: "wasm",
      firstMessageId: `${Date.now() + 60_000}-0`,
    });
    expect(messagesOf(history)[0]?.id).toBe(kept?.id);
  });

  it("is for one's own messages only", async () => {
    const [ann, bob] = await Promise.all([member(), member()]);
    const [hers] = await say(ann.client, "wasm", "hers");
    const refused = await bob.client.ask("deleteMessage", { roomId: "wasm", messageId: hers?.id });
    expect(refused).toMatchObject({ type: "error", payload: { code: "NOT_OWNER" } });
    expect(await bob.client.ask("deleteMessage", { roomId: "wasm", messageId: "nothing" })).toMatchObject({
      payload: { code: "BAD_EVENT" },
    });
    const { opening } = await Client.v2(chat.url, bob.cookie, {});
    expect(catchup(opening, "wasm")?.messages.at(-1)?.id).toBe(hers?.id);
  });

  it("leaves nothing unread that nobody can read", async () => {
    const [ann, bob] = await Promise.all([member(), member()]);
    const [first, second] = await say(ann.client, "wasm", "one", "two");
    await ann.client.ask("deleteMessage", { roomId: "wasm", messageId: second?.id });
    await bob.client.nextOf("messageDeleted");
    bob.client.send("markRead", { roomId: "wasm", messageId: first?.id });
    expect((await bob.client.nextOf("readState")).payload).toEqual({ roomId: "wasm", readId: first?.id, unread: 0 });
  });

  it("tells clients of the base dialect nothing", async () => {
    const ann = await member();
    const { client } = await Client.base(chat.url, ann.cookie);
    const [gone] = await say(ann.client, "wasm", "to be deleted");
    await ann.client.ask("deleteMessage", { roomId: "wasm", messageId: gone?.id });
    await say(ann.client, "wasm", "after it");
    expect(messagesOf(await client.next())).toMatchObject([{ content: "to be deleted" }]);
    expect(messagesOf(await client.next())).toMatchObject([{ content: "after it" }]);
    client.close();
  });
});

describe("messages", () => {
  it("are accepted once by their nonce, and heard by both dialects on both instances", async () => {
    const ann = await member();
    const bob = await member({}, other.url);
    const base = await Client.base(other.url, bob.cookie);
    const sent = {
      roomId: "beast",
      messages: [
        { content: "a", nonce: nonce() },
        { content: "b", nonce: nonce() },
      ],
    };
    const first = await ann.client.ask("clientMessages", sent);
    expect(first.type).toBe("messagesAccepted");
    const results = first.payload.results as { id: string; seq: number; nonce: string; duplicate: boolean }[];
    expect(results).toMatchObject(sent.messages.map((message) => ({ nonce: message.nonce, duplicate: false })));
    const heard = await bob.client.nextOf("serverMessages");
    expect(messagesOf(heard)).toMatchObject(
      sent.messages.map((message, i) => ({
        ...message,
        id: results[i]?.id,
        seq: results[i]?.seq,
        user: { username: ann.username },
      })),
    );
    expect(JSON.stringify(await base.client.next())).not.toContain("nonce");
    const again = await ann.client.ask("clientMessages", sent);
    expect(again.payload.results).toMatchObject(results.map(({ id, seq }) => ({ id, seq, duplicate: true })));
    await say(ann.client, "beast", "after");
    expect(messagesOf(await bob.client.nextOf("serverMessages"))).toMatchObject([{ content: "after" }]);
  });

  it("of the same nonce from two sockets at once are stored once", async () => {
    const { cookie } = await signUp(chat.url);
    const [a, b] = await Promise.all([Client.v2(chat.url, cookie), Client.v2(other.url, cookie)]);
    const sent = { roomId: "db", messages: [{ content: "once", nonce: nonce() }] };
    const answers = await Promise.all([a.client.ask("clientMessages", sent), b.client.ask("clientMessages", sent)]);
    const results = answers.flatMap(({ payload }) => payload.results as { id: string; duplicate: boolean }[]);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(results.filter(({ duplicate }) => duplicate)).toHaveLength(1);
  });

  it("count without holes, in the same order for all", async () => {
    const clients = await Promise.all([member(), member({}, other.url), member()]);
    await Promise.all(
      clients.map(({ client }, i) => say(client, "wasm", ...Array.from({ length: 20 }, (_, n) => `${i}-${n}`))),
    );
    const { opening } = await member();
    const all = catchup(opening, "wasm")?.messages ?? [];
    const seqs = all.map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => (seqs[0] ?? 0) + i));
    for (const i of [0, 1, 2])
      expect(
        all.filter(({ content }) => content.startsWith(`${i}-`)).map(({ content }) => Number(content.slice(2))),
      ).toEqual(expect.arrayContaining([17, 18, 19]));
  });
});

describe("resume", () => {
  it("gives what was missed: nothing, one, 1,000, and a fresh page beyond that", async () => {
    const ann = await member();
    const room = await ann.client.ask("createRoom", { name: "resume" });
    const { id: roomId } = room.payload.room as { id: string };
    await ann.client.nextOf("roomCatchup");
    const [first] = await say(ann.client, roomId, "first");
    const [second] = await say(ann.client, roomId, "second");
    const missed = async (id: string | undefined) => {
      const { client, opening } = await Client.v2(chat.url, ann.cookie, { rooms: { [roomId]: id } });
      client.close();
      return catchup(opening, roomId);
    };
    expect(await missed(second?.id)).toEqual({ roomId, reset: false, messages: [], deleted: [] });
    expect(await missed(first?.id)).toMatchObject({ reset: false, messages: [{ content: "second" }] });
    for (let i = 0; i < 20; i += 1)
      await ann.client.ask("clientMessages", {
        roomId,
        messages: Array.from({ length: 50 }, (_, n) => ({ content: `${i * 50 + n}`, nonce: nonce() })),
      });
    const thousand = await missed(second?.id);
    expect(thousand?.reset).toBe(false);
    expect(thousand?.messages.map(({ content }) => content)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => String(i)),
    );
    const more = await missed(first?.id);
    expect(more).toMatchObject({ reset: true, hasMoreMessages: true });
    expect(more?.messages).toHaveLength(50);
    expect(await missed("9999999999999-0")).toMatchObject({ reset: true });
    expect(await missed("no id")).toMatchObject({ reset: true });
  });

  it("ignores rooms that the user is not in", async () => {
    const { opening } = await member({ rooms: { "no room": "1-0", session_x: "1-0" } });
    expect(opening.at(-1)?.type).toBe("ready");
  });
});

describe("history, read marks and rooms", () => {
  it("pages backwards with an exact hasMoreMessages", async () => {
    const { client } = await member();
    const created = await client.ask("createRoom", { name: "history" });
    const { id: roomId } = created.payload.room as { id: string };
    await client.nextOf("roomCatchup");
    const said = await say(client, roomId, "1", "2", "3", "4");
    const page = async (firstMessageId: string | undefined, limit: number) =>
      (await client.ask("requestRoomHistory", { roomId, firstMessageId, limit })).payload as {
        messages: Message[];
        hasMoreMessages: boolean;
      };
    const newest = await page(said[3]?.id, 2);
    expect(newest.messages.map(({ content }) => content)).toEqual(["3", "2"]);
    expect(newest.hasMoreMessages).toBe(true);
    const rest = await page(newest.messages[1]?.id, 1);
    expect(rest).toMatchObject({ messages: [{ content: "1" }], hasMoreMessages: false });
    expect(await client.ask("requestRoomHistory", { roomId, firstMessageId: "x" })).toMatchObject({
      type: "error",
      payload: { code: "BAD_EVENT" },
    });
  });

  it("moves read marks forward only, and tells all of the user's sockets on every instance", async () => {
    const [ann, bob] = [await member(), await member()];
    const tab = await Client.v2(other.url, bob.cookie);
    const said = await say(ann.client, "async", "r1", "r2", "r3");
    const last = said[2];
    await bob.client.nextOf("serverMessages");
    bob.client.send("markRead", { roomId: "async", messageId: last?.id });
    expect((await tab.client.nextOf("readState")).payload).toEqual({ roomId: "async", readId: last?.id, unread: 0 });
    bob.client.send("markRead", { roomId: "async", messageId: said[0]?.id });
    expect((await tab.client.nextOf("readState")).payload).toMatchObject({ readId: last?.id, unread: 0 });
    await say(ann.client, "async", "r4");
    const { opening } = await Client.v2(other.url, bob.cookie);
    const rooms = opening[0]?.payload.rooms as { id: string; unread: number }[];
    expect(rooms.find(({ id }) => id === "async")?.unread).toBe(1);
  });

  it("creates, finds, joins and leaves rooms, for all sockets of the user", async () => {
    const [ann, bob] = [await member(), await member()];
    const tab = await Client.v2(other.url, bob.cookie);
    const created = await ann.client.ask("createRoom", { name: "  A new room  " });
    const { id: roomId, name } = created.payload.room as { id: string; name: string };
    expect(name).toBe("A new room");
    expect((await bob.client.ask("listRooms", { query: "new ro" })).payload).toEqual({
      rooms: [{ id: roomId, name, joined: false }],
    });
    expect(
      await bob.client.ask("clientMessages", { roomId, messages: [{ content: "x", nonce: nonce() }] }),
    ).toMatchObject({
      type: "error",
      payload: { code: "NOT_MEMBER" },
    });
    expect((await bob.client.ask("joinRoom", { roomId })).type).toBe("roomJoined");
    expect((await tab.client.nextOf("roomJoined")).payload).toMatchObject({ room: { id: roomId, name } });
    expect((await tab.client.nextOf("roomCatchup")).payload).toMatchObject({ roomId, reset: true, messages: [] });
    await say(ann.client, roomId, "welcome");
    expect(messagesOf(await tab.client.nextOf("serverMessages"))).toMatchObject([{ content: "welcome" }]);
    expect((await bob.client.ask("leaveRoom", { roomId })).type).toBe("roomLeft");
    expect((await tab.client.nextOf("roomLeft")).payload).toEqual({ roomId });
    expect(await bob.client.ask("leaveRoom", { roomId })).toMatchObject({ payload: { code: "NOT_MEMBER" } });
    expect(await bob.client.ask("leaveRoom", { roomId: "beast" })).toMatchObject({ type: "error" });
    expect(await bob.client.ask("joinRoom", { roomId: "nowhere" })).toMatchObject({
      payload: { code: "ROOM_UNKNOWN" },
    });
  });
});

describe("bad events", () => {
  const cases: [string, object, string][] = [
    ["nothing", { type: "x", payload: {} }, "BAD_EVENT"],
    ["clientMessages", { roomId: "beast", messages: [] }, "BAD_EVENT"],
    ["clientMessages", { roomId: "beast", messages: [{ content: "a" }] }, "BAD_EVENT"],
    ["clientMessages", { roomId: "beast", messages: [{ content: "a", nonce: "ü" }] }, "BAD_EVENT"],
    [
      "clientMessages",
      {
        roomId: "beast",
        messages: [
          { content: "a", nonce: "z" },
          { content: "b", nonce: "z" },
        ],
      },
      "BAD_EVENT",
    ],
    ["clientMessages", { roomId: "beast", messages: [{ content: "a".repeat(4_001), nonce: "z" }] }, "TOO_LONG"],
    [
      "clientMessages",
      { roomId: "beast", messages: Array.from({ length: 51 }, (_, i) => ({ content: "", nonce: `z${i}` })) },
      "TOO_MANY",
    ],
    ["clientMessages", { roomId: "session_x", messages: [{ content: "a", nonce: "z" }] }, "ROOM_UNKNOWN"],
    ["createRoom", { name: " " }, "BAD_EVENT"],
    ["createRoom", { name: "a\nb" }, "BAD_EVENT"],
    ["createRoom", { name: "€".repeat(34) }, "BAD_EVENT"],
    ["aiSend", { conversationId: null, content: "hi", nonce: "a" }, "AI_UNAVAILABLE"],
    ["aiListConversations", {}, "AI_UNAVAILABLE"],
  ];
  it.each(cases)("%s %j is answered by the error it deserves", async (type, payload, code) => {
    const { client } = await member();
    expect(await client.ask(type, payload)).toMatchObject({ type: "error", payload: { code } });
    expect((await client.ask("listRooms", {})).type).toBe("roomList");
  });

  it("close the socket with 4400 when there are ten in a minute", async () => {
    const { client } = await member();
    for (let i = 0; i < 10; i += 1) client.socket.send("{");
    expect(await client.closed).toBe(4400);
  });

  it("refuse what comes too fast, with the time to wait and the nonces", async () => {
    await using slow = await servers.app({ LIMIT_MESSAGES: "1/60" });
    const { client } = await member({}, slow.url);
    await say(client, "beast", "first");
    const sent = nonce();
    const refused = await client.ask("clientMessages", {
      roomId: "beast",
      messages: [{ content: "second", nonce: sent }],
    });
    expect(refused).toMatchObject({
      type: "error",
      payload: { code: "RATE_LIMITED", nonces: [sent], retryAfterMs: expect.any(Number) },
    });
  });

  it("close with 4429 above the sockets a user may have", async () => {
    await using small = await servers.app({ MAX_SOCKETS_PER_USER: "1" });
    const { cookie } = await member({}, small.url);
    expect(await new Client(small.url, { cookie, protocol: "servertech.v2" }).closed).toBe(4429);
  });
});

describe("shutdown", () => {
  it("tells v2 clients when to come back, then closes with 1001", async () => {
    const app = await servers.app();
    const { client } = await member({}, app.url);
    const closing = app.close();
    expect((await client.nextOf("serverClosing")).payload).toEqual({ retryAfterMs: expect.any(Number) });
    expect(await client.closed).toBe(1001);
    await closing;
  });
});
