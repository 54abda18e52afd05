import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChatApp, ChatServers, Client, signUp } from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("base_dialect");
  chat = await servers.app({ LIMIT_MESSAGES: "100000/1" });
});
afterAll(() => servers[Symbol.asyncDispose]());

/** A frame with what differs from run to run replaced: ids and times. */
function neutral(frame: string): string {
  return frame.replaceAll(/"\d{13,}-\d+"/g, '"ID"').replaceAll(/"timestamp":\d{13}/g, '"timestamp":0');
}

async function member(url = chat.url) {
  const { account, cookie } = await signUp(url);
  const client = new Client(url, { cookie });
  const hello = await client.nextText();
  const { me } = (JSON.parse(hello) as { payload: { me: { id: number } } }).payload;
  return { client, cookie, hello, id: me.id, username: account.username };
}

describe("opening", () => {
  it.each([
    ["no cookie", ""],
    ["a cookie that is no session id", "sid=x"],
    ["a percent-encoded one", "sid=AAAAAAAAAAAAAAAAAAAAAA%3D%3D"],
    ["an unknown session", "sid=AAAAAAAAAAAAAAAAAAAAAA=="],
  ])("closes with 1008 for %s, with nothing sent before", async (_what, cookie) => {
    const client = new Client(chat.url, { cookie });
    expect(await client.closed).toBe(1008);
    expect(client.frames).toEqual([]);
  });

  it("refuses a foreign origin with 403, takes ours and none", async () => {
    const { cookie } = await signUp(chat.url);
    const foreign = new Client(chat.url, { cookie, origin: "https://evil.example" });
    const status = new Promise((resolve) => {
      foreign.socket.on("unexpected-response", (_request, response) => {
        resolve(response.statusCode);
        foreign.close();
      });
    });
    expect(await status).toBe(403);
    const own = new Client(chat.url, { cookie, origin: chat.url.slice(0, -1) });
    expect((await own.next()).type).toBe("hello");
  });

  it("says hello with the four rooms, byte for byte", async () => {
    await using fresh = await ChatServers.start("base_hello");
    const { hello, id, username } = await member((await fresh.app()).url);
    expect(hello).toBe(
      `{"type":"hello","payload":{"me":{"id":${id},"username":"${username}"},"rooms":[` +
        '{"id":"beast","name":"Boost.Beast","hasMoreMessages":false,"messages":[]},' +
        '{"id":"async","name":"Boost.Async","hasMoreMessages":false,"messages":[]},' +
        '{"id":"db","name":"Database connectors","hasMoreMessages":false,"messages":[]},' +
        '{"id":"wasm","name":"Web assembly","hasMoreMessages":false,"messages":[]}]}}',
    );
  });

  it("selects no subprotocol unless servertech.v2 is offered", async () => {
    const { cookie } = await signUp(chat.url);
    const other = new Client(chat.url, { cookie, protocol: "something.else" });
    // A client that offered one and got none gives up: https://datatracker.ietf.org/doc/html/rfc6455#section-4.1
    await other.closed;
    expect(other.socket.protocol).toBe("");
  });
});

describe("messages", () => {
  it("come back as one event to everybody in the room, byte for byte and in the order sent", async () => {
    const [ann, bob] = [await member(), await member()];
    ann.client.send("clientMessages", { roomId: "beast", messages: [{ content: "one" }, { content: "two" }] });
    const frames = [await ann.client.nextText(), await bob.client.nextText()];
    expect(frames[0]).toBe(frames[1]);
    const user = `"user":{"id":${ann.id},"username":"${ann.username}"},"timestamp":0`;
    expect(neutral(frames[0] ?? "")).toBe(
      `{"type":"serverMessages","payload":{"roomId":"beast","messages":[{"id":"ID","content":"one",${user}},{"id":"ID","content":"two",${user}}]}}`,
    );
  });

  it("are kept as they are: quotes, backslash, NUL, line separators, HTML, emoji, the empty text", async () => {
    const { client, cookie } = await member();
    const contents = ['"\\', "\0\u0001\u2028\u2029", "<b onclick=x>&amp;</b>", "👩‍💻 漢字", "", "x".repeat(4_000)];
    client.send("clientMessages", { roomId: "async", messages: contents.map((content) => ({ content })) });
    const live = (await client.next()).payload.messages as { content: string }[];
    expect(live.map(({ content }) => content)).toEqual(contents);
    const { hello } = await Client.base(chat.url, cookie);
    const rooms = hello.payload.rooms as { id: string; messages: { content: string }[] }[];
    const stored = rooms.find(({ id }) => id === "async")?.messages.slice(0, contents.length);
    expect(stored?.map(({ content }) => content).toReversed()).toEqual(contents);
  });

  it("give one event for each event of a client, also for an empty one, which nobody else sees", async () => {
    const [ann, bob] = [await member(), await member()];
    for (const contents of [["1"], [], ["2", "3"]])
      ann.client.send("clientMessages", { roomId: "db", messages: contents.map((content) => ({ content })) });
    const seen = async (client: Client, count: number) => {
      const events: string[][] = [];
      while (events.length < count) {
        const { messages } = (await client.next()).payload as { messages: { content: string }[] };
        events.push(messages.map(({ content }) => content));
      }
      return events;
    };
    const mine = await seen(ann.client, 3);
    expect(mine.filter(({ length }) => length > 0)).toEqual([["1"], ["2", "3"]]);
    expect(mine).toContainEqual([]);
    expect(await seen(bob.client, 2)).toEqual([["1"], ["2", "3"]]);
  });

  it("are missed by none and repeated to none between hello and live, while others write", async () => {
    const writer = await member();
    const flooding = new AbortController();
    const written: string[] = [];
    const flood = (async () => {
      for (let i = 0; !flooding.signal.aborted; i += 1) {
        written.push(`m${i}`);
        writer.client.send("clientMessages", { roomId: "wasm", messages: [{ content: `m${i}` }] });
        await writer.client.next();
      }
    })();
    const readers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const { client, hello } = await Client.base(chat.url, writer.cookie);
        const rooms = hello.payload.rooms as { id: string; messages: { content: string }[] }[];
        return { client, had: rooms.find(({ id }) => id === "wasm")?.messages.map(({ content }) => content) ?? [] };
      }),
    );
    await sleep(200);
    flooding.abort();
    await flood;
    const last = written.at(-1) ?? "";
    for (const { client, had } of readers) {
      const seen = had.toReversed();
      while (seen.at(-1) !== last) {
        const { messages } = (await client.next()).payload as { messages: { content: string }[] };
        seen.push(...messages.map(({ content }) => content));
      }
      expect(seen).toEqual(written.slice(-seen.length));
    }
  });
});

describe("requestRoomHistory", () => {
  it("answers the messages before one, newest first, and the newest page for a text that is no id", async () => {
    const { client } = await member();
    for (let i = 0; i < 3; i += 1)
      client.send("clientMessages", {
        roomId: "async",
        messages: Array.from({ length: 45 }, (_, n) => ({ content: `${i * 45 + n}` })),
      });
    for (let i = 0; i < 3; i += 1) await client.next();
    const page = async (firstMessageId: string) => {
      client.send("requestRoomHistory", { roomId: "async", firstMessageId });
      const { type, payload } = await client.next();
      expect(type).toBe("roomHistory");
      return payload as { roomId: string; hasMoreMessages: boolean; messages: { id: string; content: string }[] };
    };
    const newest = await page("");
    expect(newest).toMatchObject({ roomId: "async", hasMoreMessages: true });
    expect(newest.messages.map(({ content }) => content)).toEqual(
      Array.from({ length: 100 }, (_, i) => String(134 - i)),
    );
    const older = await page(newest.messages.at(-1)?.id ?? "");
    expect(older.messages[0]?.content).toBe("34");
    expect(await page("no id")).toEqual(newest);
  });
});

describe("bad input ends the session without a close frame, and harms nobody", () => {
  const cases: [string, unknown][] = [
    ["no JSON", "{"],
    ["an array", []],
    ["a type missing", { payload: {} }],
    ["a payload missing", { type: "clientMessages" }],
    ["an unknown type", { type: "x", payload: {} }],
    ["__proto__ as type", { type: "__proto__", payload: {} }],
    ["an unknown room", { type: "clientMessages", payload: { roomId: "session_x", messages: [{ content: "a" }] } }],
    ["constructor as room", { type: "clientMessages", payload: { roomId: "constructor", messages: [] } }],
    ["a number as room", { type: "clientMessages", payload: { roomId: 1, messages: [] } }],
    ["messages that are no list", { type: "clientMessages", payload: { roomId: "beast", messages: {} } }],
    ["a content that is no text", { type: "clientMessages", payload: { roomId: "beast", messages: [{ content: 1 }] } }],
    [
      "4,001 characters",
      { type: "clientMessages", payload: { roomId: "beast", messages: [{ content: "x".repeat(4_001) }] } },
    ],
    [
      "51 messages",
      {
        type: "clientMessages",
        payload: { roomId: "beast", messages: Array.from({ length: 51 }, () => ({ content: "" })) },
      },
    ],
    ["half a character", '{"type":"clientMessages","payload":{"roomId":"beast","messages":[{"content":"\\ud800"}]}}'],
    ["history without an id", { type: "requestRoomHistory", payload: { roomId: "beast" } }],
    ["deep nesting", "[".repeat(32_000)],
  ];
  it.each(cases)("%s", async (_what, frame) => {
    const [bystander, { client }] = [await member(), await member()];
    client.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
    expect(await client.closed).toBe(1006);
    bystander.client.send("clientMessages", { roomId: "beast", messages: [{ content: "still here" }] });
    const { messages } = (await bystander.client.next()).payload as { messages: { content: string }[] };
    expect(messages.map(({ content }) => content)).toEqual(["still here"]);
  });

  it("closes with 1009 for a frame over 64 KiB and 1007 for text that is no UTF-8", async () => {
    const { client } = await member();
    client.socket.send("x".repeat(65_537));
    expect(await client.closed).toBe(1009);
    const other = await member();
    other.client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await other.client.closed).toBe(1007);
  });

  it("survives bytes that are no WebSocket", async () => {
    const { hostname, port } = new URL(chat.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.end("GET /api/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\ngarbage");
    await new Promise((resolve) => socket.on("close", resolve).resume());
    expect((await member()).client.socket.readyState).toBe(1);
  });
});

describe("limits and ends", () => {
  it("delays what comes faster than the limit, and loses and reorders nothing", async () => {
    await using slow = await servers.app({ LIMIT_MESSAGES: "50/1+5" });
    const { client } = await member(slow.url);
    const begin = performance.now();
    for (let i = 0; i < 30; i += 1)
      client.send("clientMessages", { roomId: "beast", messages: [{ content: `n${i}` }] });
    const seen: string[] = [];
    while (seen.length < 30) {
      const { messages } = (await client.next()).payload as { messages: { content: string }[] };
      seen.push(...messages.map(({ content }) => content));
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => `n${i}`));
    // 25 of them had to wait for a permit each 20 ms.
    expect(performance.now() - begin).toBeGreaterThan(400);
  });

  it("takes frames whatever their opcode", async () => {
    const { client } = await member();
    client.socket.send(
      Buffer.from('{"type":"clientMessages","payload":{"roomId":"beast","messages":[{"content":"binary"}]}}'),
    );
    expect((await client.next()).payload.messages).toMatchObject([{ content: "binary" }]);
  });

  it("logs out by clientExit: 1000 here, 1008 for the session's other sockets", async () => {
    const { client, cookie } = await member();
    const other = await Client.base(chat.url, cookie);
    client.send("clientExit", {});
    expect([await client.closed, await other.client.closed]).toEqual([1000, 1008]);
    expect(await new Client(chat.url, { cookie }).closed).toBe(1008);
  });

  it("answers a question to the AI with a sentence when there is none, and only to who asked", async () => {
    const [ann, bob] = [await member(), await member()];
    ann.client.send("clientCreateSession", { sessionId: "s1", messages: [{ content: "hi" }] });
    const { type, payload } = await ann.client.next();
    expect(type).toBe("serverUpdateSession");
    expect(payload).toMatchObject({ sessionId: "s1", messages: [{ id: "", user: { id: 0, username: "AI" } }] });
    expect(bob.client.frames).toEqual([]);
  });

  it("closes with 1001 at shutdown, and with 1013 above the number of sockets it may have", async () => {
    const small = await servers.app({ MAX_SOCKETS: "1" });
    const { client, cookie } = await member(small.url);
    expect(await new Client(small.url, { cookie }).closed).toBe(1013);
    const closing = small.close();
    expect(await client.closed).toBe(1001);
    await closing;
  });

  it("closes with 1011, not 1008, while Redis is away, and serves again after it", async () => {
    await using own = await ChatServers.start("base_redis_down");
    const app = await own.app();
    const { cookie } = await signUp(app.url);
    await own.redis.kill("SIGKILL");
    expect(await new Client(app.url, { cookie }).closed).toBe(1011);
    await own.redis.restart();
    await expect
      .poll(
        () =>
          new Client(app.url, { cookie }).next().then(
            ({ type }) => type,
            () => "",
          ),
        { timeout: 10_000 },
      )
      .toBe("hello");
  });
});
