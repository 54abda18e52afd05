import { describe, expect, it } from "vitest";
import type { Message, RoomInfo, ServerEvent } from "../../web/src/socket/events.ts";
import type { Action } from "../../web/src/state/actions.ts";
import { mergeMessages } from "../../web/src/state/messages.ts";
import { reduce } from "../../web/src/state/reducer.ts";
import { badgeText, previewOf, roomsByLastMessage } from "../../web/src/state/select-rooms.ts";
import { type Outgoing, type State, initialState } from "../../web/src/state/state.ts";

const me = { id: 1, username: "ann" };
const bob = { id: 2, username: "bob" };
const limits = { messageChars: 4_000, historyPage: 50, nonceTtlMs: 3_600_000 };
const start = initialState({ language: "en", theme: "system", model: "" });

const message = (ms: number, user = bob, nonce?: string): Message => ({
  id: `${ms}-0`,
  seq: ms,
  content: `text ${ms}`,
  user,
  timestamp: ms,
  ...(nonce === undefined ? {} : { nonce }),
});
const room = (more: Partial<RoomInfo> = {}): RoomInfo => ({ id: "r", name: "Room", kind: "public", ...more });
const hello = (...rooms: RoomInfo[]): ServerEvent => ({
  type: "hello",
  payload: { me, serverTime: 0, limits, rooms, ai: { available: false } },
});
const catchup = (reset: boolean, messages: Message[], deleted: string[] = []): ServerEvent => ({
  type: "roomCatchup",
  payload: { roomId: "r", reset, messages, deleted, ...(reset ? { hasMoreMessages: true } : {}) },
});
const live = (...messages: Message[]): ServerEvent => ({ type: "serverMessages", payload: { roomId: "r", messages } });
const outgoing = (nonce: string, more: Partial<Outgoing> = {}): Action => ({
  type: "room/wrote",
  roomId: "r",
  message: { nonce, content: `say ${nonce}`, at: 5, state: "sending", ...more },
});

const after = (...steps: (Action | ServerEvent)[]): State =>
  steps.reduce<State>(
    (state, step) => reduce(state, "payload" in step ? { type: "server", event: step } : step),
    start,
  );
const theRoom = (state: State) => {
  const found = state.rooms.r;
  if (found === undefined) throw new Error("no room");
  return found;
};
const ids = (state: State): string[] => theRoom(state).messages.map(({ id }) => id);

describe("a room's messages", () => {
  it("are kept by id, each once and in the order of the ids' numbers", () => {
    const state = after(hello(room()), catchup(true, [message(9), message(10)]), live(message(100), message(10)));
    expect(ids(state)).toEqual(["9-0", "10-0", "100-0"]);
  });

  it("stay as they are when a catch-up brings what is known", () => {
    const known = [message(1), message(2)];
    expect(mergeMessages(known, [message(2)])).toBe(known);
  });

  it("are replaced by a catch-up that resets, and lose the deleted ones by one that does not", () => {
    const base = [hello(room()), catchup(true, [message(1), message(2)])];
    expect(ids(after(...base, catchup(false, [message(3)], ["1-0"])))).toEqual(["2-0", "3-0"]);
    expect(ids(after(...base, catchup(true, [message(7)])))).toEqual(["7-0"]);
  });

  it("take a page of history at the top", () => {
    const page: ServerEvent = {
      type: "roomHistory",
      payload: { roomId: "r", messages: [message(2), message(1)], hasMoreMessages: false },
    };
    const state = after(hello(room()), catchup(true, [message(3)]), page);
    expect(ids(state)).toEqual(["1-0", "2-0", "3-0"]);
    expect(theRoom(state).hasMore).toBe(false);
  });

  it("are bounded: the oldest go, and can be read again", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => message(index + 1));
    const state = after(hello(room()), catchup(false, many), live(message(3_001)));
    expect(theRoom(state)).toMatchObject({ hasMore: true, messages: { length: 2_000 } });
    expect(ids(state).at(-1)).toBe("3001-0");
  });
});

describe("one's own messages", () => {
  it("leave the outbox with the live event that has their nonce", () => {
    const state = after(hello(room()), outgoing("a"), outgoing("b"), live(message(6, me, "a")));
    expect(theRoom(state).outbox.map(({ nonce }) => nonce)).toEqual(["b"]);
    expect(ids(state)).toEqual(["6-0"]);
  });

  it("leave it with the acknowledgement as well, and appear once whichever comes first", () => {
    const accepted: ServerEvent = {
      type: "messagesAccepted",
      payload: { roomId: "r", results: [{ nonce: "a", id: "6-0", seq: 6, timestamp: 6, duplicate: false }] },
    };
    const state = after(hello(room()), outgoing("a"), accepted, live(message(6, me, "a")));
    expect(ids(state)).toEqual(["6-0"]);
    expect(theRoom(state).outbox).toEqual([]);
  });

  it("do not move the point of resumption by their acknowledgement: others' may be missing before them", () => {
    const accepted: ServerEvent = {
      type: "messagesAccepted",
      payload: { roomId: "r", results: [{ nonce: "a", id: "9-0", seq: 9, timestamp: 9, duplicate: false }] },
    };
    expect(theRoom(after(hello(room()), catchup(true, [message(3)]), outgoing("a"), accepted)).seenId).toBe("3-0");
  });

  it("stay when another user's message has the same nonce", () => {
    expect(theRoom(after(hello(room()), outgoing("a"), live(message(6, bob, "a")))).outbox).toHaveLength(1);
  });

  it("can be discarded", () => {
    const state = after(hello(room()), outgoing("a"), { type: "room/discarded", roomId: "r", nonce: "a" });
    expect(theRoom(state).outbox).toEqual([]);
  });
});

describe("unread", () => {
  it("counts others' live messages, not one's own, and each once", () => {
    const state = after(
      hello(room({ lastId: "2-0", readId: "2-0", unread: 0 })),
      catchup(true, [message(2)]),
      live(message(3)),
      live(message(3)),
      live(message(4, me)),
    );
    expect(theRoom(state).unread).toBe(1);
  });

  it("is the server's after hello, and the catch-up does not count it again", () => {
    const state = after(
      hello(room({ lastId: "4-0", readId: "2-0", unread: 2 })),
      catchup(true, [message(3), message(4)]),
    );
    expect(theRoom(state).unread).toBe(2);
  });

  it("is 0 once read, and a mark that comes late from elsewhere does not bring it back", () => {
    const late: ServerEvent = { type: "readState", payload: { roomId: "r", readId: "2-0", unread: 7 } };
    const read: Action = { type: "room/read", roomId: "r", messageId: "3-0" };
    expect(theRoom(after(hello(room()), live(message(3)), read, late)).unread).toBe(0);
  });
});

describe("the session", () => {
  it("takes everything along when it ends, except what was preferred", () => {
    const state = reduce(after(hello(room()), live(message(3))), { type: "session", session: { status: "out" } });
    expect(state).toEqual({ ...start, session: { status: "out" } });
  });
});

describe("roomsByLastMessage", () => {
  it("puts the newest message first and the silent rooms last, by name", () => {
    const state = after(
      hello(
        room({ id: "z", name: "Zoo" }),
        room({ id: "old", name: "Old", lastId: "9-0" }),
        room({ id: "a", name: "Ark" }),
        room({ id: "new", name: "New", lastId: "10-0" }),
      ),
    );
    expect(roomsByLastMessage(state.rooms).map(({ id }) => id)).toEqual(["new", "old", "a", "z"]);
  });
});

describe("previewOf", () => {
  it("is the last thing said, on one line, one's own unsent message before all", () => {
    const said = after(hello(room()), live({ ...message(3), content: "two\n  lines" }));
    expect(previewOf(theRoom(said), me)).toEqual({ author: "bob", own: false, text: "two lines", at: 3 });
    expect(previewOf(theRoom(after(hello(room()), live(message(3)), outgoing("a"))), me)).toMatchObject({
      own: true,
      text: "say a",
    });
    expect(previewOf(theRoom(after(hello(room()))), me)).toBeUndefined();
  });
});

describe("badgeText", () => {
  it.each([
    [1, "1"],
    [99, "99"],
    [100, "99+"],
  ])("shows %i as %s", (unread, text) => expect(badgeText(unread)).toBe(text));
});
