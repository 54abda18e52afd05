import { describe, expect, it } from "vitest";
import { parseRoute } from "../../web/src/app/routes.ts";
import type { Message } from "../../web/src/socket/events.ts";
import { NEWEST, extendDown, extendUp, pinned, showsNewest, shownRange } from "../../web/src/state/message-window.ts";
import { namedDay, timeline } from "../../web/src/state/timeline.ts";

// Days change with the reader's clock; this one has summer time.
process.env.TZ = "Europe/Berlin";

const at = (text: string): number => new Date(text).getTime();
const message = (timestamp: number, userId = 2): Message => ({
  id: `${timestamp}-0`,
  seq: 1,
  content: "",
  user: { id: userId, username: "" },
  timestamp,
});
const kinds = (...args: Parameters<typeof timeline>): string[] =>
  timeline(...args).map((item) => (item.kind === "message" && !item.heads ? "follows" : item.kind));

describe("timeline", () => {
  const evening = at("2026-03-01T23:59:00");
  const night = at("2026-03-02T00:01:00");

  it("puts a line above each day, as the reader's clock has it", () => {
    expect(kinds([message(evening), message(night)], undefined, undefined, 1)).toEqual([
      "day",
      "message",
      "day",
      "message",
    ]);
  });

  it("puts no line above a day that began further up", () => {
    expect(kinds([message(night + 60_000)], message(night), undefined, 1)).toEqual(["follows"]);
  });

  it("leaves out the author of messages that follow within five minutes", () => {
    const list = [message(night), message(night + 299_999), message(night + 599_999), message(night + 600_000, 3)];
    expect(kinds(list, undefined, undefined, 1)).toEqual(["day", "message", "follows", "message", "message"]);
  });

  it("puts one line above what is new, and none for one's own messages", () => {
    const list = [message(night), message(night + 1, 1), message(night + 2), message(night + 3)];
    expect(kinds(list, undefined, `${night}-0`, 1)).toEqual(["day", "message", "message", "new", "message", "follows"]);
    expect(kinds([message(night + 1, 1)], message(night), `${night}-0`, 1)).toEqual(["message"]);
  });

  it("puts no line where the new begins further up", () => {
    expect(kinds([message(night + 2)], message(night + 1), `${night}-0`, 1)).toEqual(["follows"]);
  });
});

describe("namedDay", () => {
  it.each([
    ["2026-03-29T00:30:00", "2026-03-29T23:30:00", "today"],
    ["2026-03-28T00:30:00", "2026-03-29T23:30:00", "yesterday"],
    ["2026-10-24T23:30:00", "2026-10-25T23:30:00", "yesterday"],
    ["2026-02-27T23:59:00", "2026-03-01T00:00:00", undefined],
    ["2025-03-29T12:00:00", "2026-03-29T12:00:00", undefined],
  ])("calls %s, seen from %s, %s", (day, now, name) => expect(namedDay(at(day), at(now))).toBe(name));
});

describe("the window of a long list", () => {
  const messages = Array.from({ length: 1_000 }, (_, index) => message(index + 1));

  it("shows the newest at first, and follows them", () => {
    expect(shownRange(messages, NEWEST)).toEqual([900, 1_000]);
    expect(shownRange([...messages, message(1_001)], NEWEST)).toEqual([901, 1_001]);
  });

  it("never holds more than 400, up to the first and down to the last", () => {
    let window = NEWEST;
    const seen = new Set<number>();
    for (let step = 0; step < 100; step++) {
      window = extendUp(messages, window);
      const [start, end] = shownRange(messages, window);
      expect(end - start).toBeLessThanOrEqual(400);
      seen.add(start);
    }
    expect(Math.min(...seen)).toBe(0);
    expect(extendUp(messages, window)).toBe(window);
    for (let step = 0; step < 100; step++) window = extendDown(messages, window);
    expect(shownRange(messages, window)).toEqual([600, 1_000]);
    expect(extendDown(messages, window)).toBe(window);
  });

  it("stays where it is while newer messages come, once it is pinned", () => {
    const window = pinned(messages, NEWEST);
    const more = [...messages, message(1_001)];
    expect(shownRange(more, window)).toEqual([900, 1_000]);
    expect(showsNewest(messages, window)).toBe(true);
    expect(showsNewest(more, window)).toBe(false);
  });

  it("stays when the message at its end is deleted, and shows the newest when all were replaced", () => {
    const window = pinned(messages, NEWEST);
    expect(shownRange(messages.slice(0, -1), window)).toEqual([899, 999]);
    expect(shownRange([message(5_000)], window)).toEqual([0, 1]);
  });
});

describe("parseRoute", () => {
  it.each([
    ["/", "", { screen: "signUp" }],
    ["/chat", "", { screen: "rooms" }],
    ["/chat/beast", "", { screen: "rooms", roomId: "beast" }],
    ["/chat/%E5%86%85", "", { screen: "rooms", roomId: "内" }],
    ["/chat/%", "", { screen: "rooms" }],
    ["/ai/17", "", { screen: "assistant", conversationId: "17" }],
    ["/login", "?next=%2Fchat%2Fbeast", { screen: "logIn", next: "/chat/beast" }],
    ["/login", "?next=%2F%2Fevil.example", { screen: "logIn" }],
    ["/login", "?next=https%3A%2F%2Fevil.example", { screen: "logIn" }],
    ["/login", "?next=%2Fchat%2F%5Cevil.example", { screen: "logIn" }],
  ])("reads %s%s", (pathname, search, route) => expect(parseRoute(pathname, search)).toEqual(route));
});
