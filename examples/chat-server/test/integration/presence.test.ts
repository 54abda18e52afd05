import { silentLogger } from "@servertech/core";
import { createRedisPool } from "@servertech/redis-pool";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Presence } from "../../src/rooms/presence.ts";
import { presenceKey } from "../../src/rooms/room-keys.ts";
import { type ChatApp, ChatServers, Client, signUp } from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
let other: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("presence");
  [chat, other] = await Promise.all([servers.app(), servers.app()]);
});
afterAll(() => servers[Symbol.asyncDispose]());

interface User {
  readonly id: number;
  readonly username: string;
}

async function member(url = chat.url) {
  const { account, cookie } = await signUp(url);
  const { client, opening } = await Client.v2(url, cookie);
  return { cookie, client, me: opening[0]?.payload.me as User, username: account.username };
}

const view = (client: Client, roomId: string) => client.ask("viewRoom", { roomId });

describe("presence", () => {
  it("names those who are online on all instances, then tells who comes and goes", async () => {
    const [ann, bob] = await Promise.all([member(), member(other.url)]);
    const names = async () => ((await view(ann.client, "beast")).payload.users as User[]).map(({ id }) => id);
    await expect.poll(names).toEqual(expect.arrayContaining([ann.me.id, bob.me.id]));
    const carl = await member(other.url);
    const came = await ann.client.nextOf("presence");
    expect(came.payload).toMatchObject({ roomId: "beast", joined: [carl.me] });
    carl.client.close();
    const went = await ann.client.nextOf("presence");
    expect(went.payload).toMatchObject({ roomId: "beast", joined: [], left: [carl.me.id] });
    expect(went.payload.online).toBe(Number(came.payload.online) - 1);
  });

  it("counts in a public room only those who are in it", async () => {
    const [ann, bob] = await Promise.all([member(), member(other.url)]);
    const created = await ann.client.ask("createRoom", { name: "a small room" });
    const { id: roomId } = created.payload.room as { id: string };
    await ann.client.nextOf("roomCatchup");
    expect((await view(ann.client, roomId)).payload).toEqual({ roomId, online: 1, users: [ann.me] });
    await bob.client.ask("joinRoom", { roomId });
    expect((await ann.client.nextOf("presence")).payload).toEqual({ roomId, online: 2, joined: [bob.me], left: [] });
    await bob.client.ask("leaveRoom", { roomId });
    expect((await ann.client.nextOf("presence")).payload).toEqual({
      roomId,
      online: 1,
      joined: [],
      left: [bob.me.id],
    });
  });

  it("refuses a look at a room that one is not in", async () => {
    const { client } = await member();
    expect(await view(client, "test_channe1")).toMatchObject({ type: "error", payload: { code: "NOT_MEMBER" } });
    expect(await view(client, "session_x")).toMatchObject({ type: "error", payload: { code: "ROOM_UNKNOWN" } });
  });

  it("forgets the users of an instance that was killed, and those of one that ended", async () => {
    await using redis = createRedisPool({ url: servers.redis.url });
    const presence = (instanceId: string) => new Presence({ redis, instanceId, logger: silentLogger });
    const [watcher, killed, ended] = [presence("watcher"), presence("killed"), presence("ended")];
    killed.join({ id: 9_001, username: "on the killed one" }, []);
    ended.join({ id: 9_002, username: "on the other" }, []);
    await Promise.all([killed.renew(), ended.renew()]);
    await watcher.renew();
    expect([...watcher.online("beast").keys()]).toEqual(expect.arrayContaining([9_001, 9_002]));
    await ended.close();
    await expect.poll(() => watcher.online("beast").has(9_002)).toBe(false);
    expect(watcher.online("beast").has(9_001)).toBe(true);
    // What its time to live does to the key of an instance that renews it no more.
    expect(await redis.commands.pttl(presenceKey("killed"))).toBeGreaterThan(40_000);
    await redis.commands.del(presenceKey("killed"));
    await watcher.renew();
    expect(watcher.online("beast").has(9_001)).toBe(false);
    await watcher.close();
  });
});

describe("typing", () => {
  it("is seen by the others who look at the room, on all instances, and not by the typist's own windows", async () => {
    const [ann, bob] = await Promise.all([member(), member(other.url)]);
    const elsewhere = await member();
    const { client: tab } = await Client.v2(other.url, ann.cookie);
    await Promise.all([
      view(ann.client, "db"),
      view(tab, "db"),
      view(bob.client, "db"),
      view(elsewhere.client, "wasm"),
    ]);
    ann.client.send("typing", { roomId: "db" });
    ann.client.send("typing", { roomId: "db" });
    expect((await bob.client.nextOf("typing")).payload).toEqual({ roomId: "db", user: ann.me, ttlMs: 5_000 });
    // A second one would have come before the message that follows it.
    await ann.client.ask("clientMessages", { roomId: "db", messages: [{ content: "done", nonce: "done" }] });
    await Promise.all([bob, elsewhere].map(({ client }) => client.ask("viewRoom", { roomId: "async" })));
    for (const client of [bob.client, tab, elsewhere.client])
      expect(client.frames.filter((frame) => frame.includes('"typing"'))).toEqual([]);
  });

  it("and presence are nothing that a client of the base dialect hears", async () => {
    const [ann, bob] = await Promise.all([member(), member(other.url)]);
    const { client: base } = await Client.base(chat.url, bob.cookie);
    await view(ann.client, "db");
    ann.client.send("typing", { roomId: "db" });
    await member(other.url);
    await ann.client.nextOf("presence");
    await ann.client.ask("clientMessages", { roomId: "db", messages: [{ content: "the first", nonce: "first" }] });
    expect((await base.next()).payload).toMatchObject({ messages: [{ content: "the first" }] });
    base.close();
  });
});
