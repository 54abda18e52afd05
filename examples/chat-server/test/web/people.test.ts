import { describe, expect, it } from "vitest";
import type { RoomInfo, ServerEvent } from "../../web/src/socket/events.ts";
import { mentions, splitAtMentions } from "../../web/src/state/mentions.ts";
import { reduce } from "../../web/src/state/reducer.ts";
import { initialState } from "../../web/src/state/state.ts";

describe("mentions", () => {
  it.each([
    ["hello @ann!", true],
    ["@ANN", true],
    ["（@ann）", true],
    ["mail ann@annex", false],
    ["@anna", false],
    ["@ann2", false],
    ["x@ann", false],
    ["ann", false],
  ])("in %j of ann: %s", (text, mentioned) => {
    expect(mentions(text, "ann")).toBe(mentioned);
  });

  it("are cut out, and nothing else is changed", () => {
    const text = "@Ann Lee, and @ann lee: not @ann leeway";
    const parts = splitAtMentions(text, "ann lee");
    expect(parts.filter(({ isMention }) => isMention).map((part) => part.text)).toEqual(["@Ann Lee", "@ann lee"]);
    expect(parts.map((part) => part.text).join("")).toBe(text);
  });
});

describe("people in a room", () => {
  const me = { id: 1, username: "ann" };
  const bob = { id: 2, username: "bob" };
  const carl = { id: 3, username: "carl" };
  const room: RoomInfo = { id: "r", name: "Room", kind: "public" };
  const limits = { messageChars: 4_000, historyPage: 50, nonceTtlMs: 3_600_000 };
  const hello: ServerEvent = {
    type: "hello",
    payload: { me, serverTime: 0, limits, rooms: [room], ai: { available: false } },
  };
  const start = reduce(initialState({ language: "en", theme: "system", model: "" }), { type: "server", event: hello });
  const after = (...events: ServerEvent[]) =>
    events.reduce((state, event) => reduce(state, { type: "server", event }), start).rooms.r;
  const presence: ServerEvent = { type: "roomPresence", payload: { roomId: "r", online: 2, users: [me, bob] } };

  it("come and go", () => {
    const change: ServerEvent = { type: "presence", payload: { roomId: "r", online: 2, joined: [carl], left: [2] } };
    expect(after(presence, change)?.attendance).toEqual({ online: 2, users: [me, carl] });
    expect(after(presence, change, change)?.attendance).toEqual({ online: 2, users: [me, carl] });
  });

  it("are unknown again after a reconnect", () => {
    expect(after(presence, hello)?.attendance).toBeUndefined();
  });

  it("type until they have said it, or their time is over", () => {
    const typing = (user: typeof bob, now: number) =>
      ({ type: "room/typing", roomId: "r", user, now, until: now + 5_000 }) as const;
    const both = reduce(reduce(start, typing(bob, 0)), typing(carl, 1_000));
    expect(both.rooms.r?.typists.map(({ user }) => user.username)).toEqual(["bob", "carl"]);
    const message = { id: "5-0", seq: 1, content: "hi", user: bob, timestamp: 5 };
    const said = reduce(both, {
      type: "server",
      event: { type: "serverMessages", payload: { roomId: "r", messages: [message] } },
    });
    expect(said.rooms.r?.typists.map(({ user }) => user.username)).toEqual(["carl"]);
    expect(reduce(said, typing(bob, 7_000)).rooms.r?.typists.map(({ user }) => user.username)).toEqual(["bob"]);
  });
});
