import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../../tools/seeded-random.ts";
import { type ChatApp, ChatServers, Client, signUp } from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("fuzz");
  chat = await servers.app({ LIMIT_MESSAGES: "1000000/1", LIMIT_CREATE_ROOM: "5/1", MAX_SOCKETS_PER_USER: "1000" });
});
afterAll(() => servers[Symbol.asyncDispose]());

const FRAMES = 20_000;
const PER_CONNECTION = 100;

const TYPES = [
  "resume",
  "clientMessages",
  "requestRoomHistory",
  "markRead",
  "deleteMessage",
  "viewRoom",
  "typing",
  "listRooms",
  "joinRoom",
  "leaveRoom",
  "createRoom",
  "aiListConversations",
  "aiSend",
  "aiStop",
  "aiKeySet",
  "__proto__",
  "constructor",
  "nothing",
];
const FIELDS = [
  "roomId",
  "messages",
  "messageId",
  "firstMessageId",
  "limit",
  "name",
  "query",
  "rooms",
  "generations",
  "nonce",
  "content",
  "conversationId",
];

describe("random frames", () => {
  it("crash nothing, block nothing, and are nothing to a bystander", async () => {
    const random = seededRandom(20_261_125);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const value = (depth: number): unknown =>
      pick<() => unknown>([
        () => "beast",
        () => "session_x",
        () => "999999999999999-0",
        () => "\ud800",
        () => "x".repeat(Math.floor(random() * 5_000)),
        () => 2 ** 53,
        () => -1,
        () => null,
        () => true,
        () => ["a", { content: "spam", nonce: `f${random()}`.replace(".", "") }],
        () => (depth > 3 ? {} : { [pick(FIELDS)]: value(depth + 1), content: value(depth + 1) }),
      ])();
    const frame = (): string | Buffer => {
      if (random() < 0.05) return Buffer.from(Array.from({ length: 40 }, () => Math.floor(random() * 256)));
      const payload = Object.fromEntries(Array.from({ length: 4 }, () => [pick(FIELDS), value(0)]));
      const text = JSON.stringify({ type: pick(TYPES), ref: Math.floor(random() * 2 ** 32), payload });
      return random() < 0.1 ? text.slice(0, Math.floor(random() * text.length)) : text;
    };

    const bystander = await signUp(chat.url);
    const [{ client: v2 }, { client: base }] = await Promise.all([
      Client.v2(chat.url, bystander.cookie),
      Client.base(chat.url, bystander.cookie),
    ]);
    const { cookie } = await signUp(chat.url);
    for (let sent = 0; sent < FRAMES; sent += PER_CONNECTION) {
      const speaksV2 = random() < 0.8;
      const client = new Client(chat.url, speaksV2 ? { cookie, protocol: "servertech.v2" } : { cookie });
      await client.next();
      if (speaksV2) client.send("resume", {});
      for (let i = 0; i < PER_CONNECTION; i += 1) client.socket.send(frame(), { binary: random() < 0.5 }, () => {});
      if (random() < 0.5) client.socket.close();
      else client.socket.on("message", () => {});
      const closed = client.closed;
      const late = setTimeout(() => client.close(), 1_000);
      await closed;
      clearTimeout(late);
    }
    // Each of them still hears and says what others do, and nothing else has come before.
    await v2.ask("clientMessages", { roomId: "wasm", messages: [{ content: "still here", nonce: "still" }] });
    for (let text = await base.nextText(); !text.includes("still here"); text = await base.nextText())
      expect(JSON.parse(text)).toMatchObject({ type: "serverMessages", payload: { roomId: "beast" } });
    expect(v2.socket.readyState).toBe(v2.socket.OPEN);
    expect((await fetch(new URL("/readyz", chat.url))).status).toBe(200);
  }, 120_000);
});
