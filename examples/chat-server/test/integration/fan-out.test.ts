import { createRedisPool } from "@servertech/redis-pool";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { POST_SCRIPT } from "../../src/rooms/post-script.ts";
import { counterKey, nonceKey, roomChannel, streamKey } from "../../src/rooms/room-keys.ts";
import { encodePayload } from "../../src/rooms/room-message.ts";
import { type ChatApp, ChatServers, Client, signUp } from "../chat-app.ts";

let servers: ChatServers;
let chat: ChatApp;
beforeAll(async () => {
  servers = await ChatServers.start("fan_out");
  chat = await servers.app({ LIMIT_MESSAGES: "100000/1" });
});
afterAll(() => servers[Symbol.asyncDispose]());

const ROOM = "beast";
let posts = 0;

/** Posts as another instance would, or as one whose announcement is lost. */
async function postElsewhere(contents: readonly string[], announced: boolean): Promise<void> {
  await using redis = createRedisPool({ url: servers.redis.url });
  posts += 1;
  const nonces = contents.map((_, n) => nonceKey(ROOM, 1, `e-${posts}-${n}`));
  const keys = [streamKey(ROOM), counterKey(ROOM), ...nonces];
  const payloads = contents.map((content) =>
    encodePayload({ content, timestamp: Date.now(), userId: 1, nonce: undefined }),
  );
  const channel = announced ? roomChannel(ROOM) : "nobody listens here";
  await redis.script({ keys: keys.length, lua: POST_SCRIPT })(keys, [channel, 100_000, 3_600, '"x"', ...payloads]);
}

let base: Client;
beforeEach(async () => {
  const { cookie } = await signUp(chat.url);
  base = (await Client.base(chat.url, cookie)).client;
});

/** The contents of the next `count` events. */
async function events(count: number): Promise<string[][]> {
  const seen: string[][] = [];
  while (seen.length < count) {
    const { messages } = (await base.next()).payload as { messages: { content: string }[] };
    seen.push(messages.map(({ content }) => content));
  }
  return seen;
}

describe("announcements", () => {
  it("that are lost are made good from the stream by the next one, event by event and in order", async () => {
    await postElsewhere(["lost 1", "lost 2"], false);
    await postElsewhere(["lost 3"], false);
    await postElsewhere(["heard"], true);
    expect(await events(3)).toEqual([["lost 1", "lost 2"], ["lost 3"], ["heard"]]);
  });

  it("that are lost last are found by the check every 5 s", async () => {
    await postElsewhere(["the last one"], false);
    expect(await events(1)).toEqual([["the last one"]]);
  });

  it("that come twice or too late are dropped", async () => {
    await postElsewhere(["once"], true);
    expect(await events(1)).toEqual([["once"]]);
    await using redis = createRedisPool({ url: servers.redis.url });
    await redis.commands.publish(
      roomChannel(ROOM),
      '0-0 1 1-1 {"username":"x","messages":[{"content":"old","timestamp":1,"user_id":1}]}',
    );
    await postElsewhere(["next"], true);
    expect(await events(1)).toEqual([["next"]]);
  });
});

describe("a Redis that is killed and restarted with its data", () => {
  it("loses nothing, repeats nothing, and keeps the order while clients write", async () => {
    await using own = await ChatServers.start("fan_out_restart");
    const apps = [await own.app({ LIMIT_MESSAGES: "100000/1" }), await own.app({ LIMIT_MESSAGES: "100000/1" })];
    const people = await Promise.all(apps.map(async ({ url }) => Client.v2(url, (await signUp(url)).cookie)));
    const seen: string[][] = people.map(() => []);
    for (const [i, { client }] of people.entries())
      client.socket.on("message", (data: Buffer) => {
        const { type, payload } = JSON.parse(data.toString()) as {
          type: string;
          payload: { messages: { content: string }[] };
        };
        if (type === "serverMessages") seen[i]?.push(...payload.messages.map(({ content }) => content));
      });
    const accepted: string[] = [];
    const write = async (client: Client, name: string) => {
      for (let n = 0; n < 30; n += 1) {
        const content = `${name}${n}`;
        for (;;) {
          const answer = await client.ask("clientMessages", { roomId: ROOM, messages: [{ content, nonce: content }] });
          if (answer.type === "messagesAccepted") break;
        }
        accepted.push(content);
        if (n === 10 && name === "a") {
          await own.redis.kill("SIGKILL");
          await own.redis.restart();
        }
      }
    };
    await Promise.all(people.map(({ client }, i) => write(client, i === 0 ? "a" : "b")));
    await expect.poll(() => seen.map(({ length }) => length), { timeout: 15_000 }).toEqual([60, 60]);
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.toSorted()).toEqual(accepted.toSorted());
  }, 40_000);
});
