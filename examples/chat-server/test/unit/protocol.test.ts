import { describe, expect, it } from "vitest";
import { isEmail } from "../../src/auth/email.ts";
import { parsePhc, passwordTasks } from "../../src/auth/password.tasks.ts";
import { compareIds, isMessageId } from "../../src/rooms/message-id.ts";
import { groupByEvent } from "../../src/rooms/room-feed.ts";
import { type StoredMessage, decodeEntry, decodePublication, encodePayload } from "../../src/rooms/room-message.ts";
import { BadEvent, count, hasLoneSurrogate, nonce, parseEnvelope } from "../../src/ws/parse.ts";

describe("parseEnvelope", () => {
  it("reads type, payload and a legal ref", () => {
    const frame = (value: unknown) => parseEnvelope(Buffer.from(JSON.stringify(value)));
    expect(frame({ type: "a", payload: { b: 1 }, ref: 7, more: true })).toEqual({
      type: "a",
      payload: { b: 1 },
      ref: 7,
    });
    for (const ref of [0, -1, 1.5, 2 ** 31, "7", null])
      expect(frame({ type: "a", payload: {}, ref }).ref).toBeUndefined();
  });

  it.each([
    "",
    "1",
    "null",
    "[]",
    "{",
    '{"type":"a"}',
    '{"payload":{}}',
    '{"type":1,"payload":{}}',
    '{"type":"a","payload":[]}',
    "[".repeat(32_000),
  ])("refuses %.20s", (text) => {
    expect(() => parseEnvelope(Buffer.from(text))).toThrow(BadEvent);
  });

  it("refuses bytes that are no UTF-8, and reads members called __proto__ as plain data", () => {
    expect(() => parseEnvelope(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(BadEvent);
    const { payload } = parseEnvelope(Buffer.from('{"type":"a","payload":{"__proto__":{"x":1},"constructor":2}}'));
    expect(payload.x).toBeUndefined();
    expect(payload.constructor).toBe(2);
  });
});

describe("fields", () => {
  it("checks numbers, nonces and halves of characters", () => {
    expect(count(undefined, "limit", 1, 5, 3)).toBe(3);
    expect(count(5, "limit", 1, 5, 3)).toBe(5);
    for (const value of [0, 6, 1.5, "1", Number.NaN])
      expect(() => count(value, "limit", 1, 5, 3)).toThrow("limit: must be an integer from 1 to 5");
    expect(nonce("aZ0_-")).toBe("aZ0_-");
    for (const value of ["", "a b", "x".repeat(65), 1]) expect(() => nonce(value)).toThrow(BadEvent);
    expect([
      hasLoneSurrogate("\ud800"),
      hasLoneSurrogate("\udc00a"),
      hasLoneSurrogate("😀"),
      hasLoneSurrogate(""),
    ]).toEqual([true, true, false, false]);
  });

  it("orders message ids by their numbers", () => {
    expect(["10-0", "9-1", "9-10", "9-2"].toSorted(compareIds)).toEqual(["9-1", "9-2", "9-10", "10-0"]);
    expect([isMessageId("1-0"), isMessageId("1"), isMessageId("1-"), isMessageId("+"), isMessageId("1-0 ")]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ["a@b.co", true],
    ['"quoted name"@example.com', true],
    ["a@[127.0.0.1]", true],
    ["ü@example.com", true],
    ["a.b.c@d-e.org", true],
    ["a@b", false],
    ["a b@c.de", false],
    ["@c.de", false],
    ["a@c.de\n", false],
  ])("takes %j as an address: %s", (text, valid) => {
    expect(isEmail(text)).toBe(valid);
  });
});

describe("messages of a room", () => {
  const payload = encodePayload({ content: 'a"\u2028', timestamp: 5, userId: 7, nonce: "n" });

  it("are written in servertech-chat's order of members", () => {
    expect(payload).toBe('{"content":"a\\"\u2028","timestamp":5,"user_id":7,"nonce":"n"}');
    expect(encodePayload({ content: "", timestamp: 1, userId: 2, nonce: undefined })).toBe(
      '{"content":"","timestamp":1,"user_id":2}',
    );
  });

  it("are read from the stream and from announcements alike", () => {
    const stored = decodeEntry(["9-1", ["payload", payload, "seq", "4", "left", "0"]]);
    expect(stored).toEqual({ id: "9-1", seq: 4, left: 0, content: 'a"\u2028', timestamp: 5, userId: 7, nonce: "n" });
    const { previousId, messages } = decodePublication(`9-0 4 9-1 {"username":"ann b","messages":[${payload}]}`);
    expect([previousId, messages]).toEqual(["9-0", [{ ...stored, username: "ann b" }]]);
  });

  it("are grouped into the events they came in", () => {
    const message = (id: string, left: number) => ({ id, left }) as StoredMessage;
    const { events, open } = groupByEvent([message("a", 1), message("b", 0), message("c", 0), message("d", 2)]);
    expect(events.map((event) => event.map(({ id }) => id))).toEqual([["a", "b"], ["c"]]);
    expect(open.map(({ id }) => id)).toEqual(["d"]);
  });
});

describe("password hashes", () => {
  it("are PHC strings that other costs are read from, too", () => {
    const phc = passwordTasks.hash("a password", 4);
    expect(phc).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[A-Za-z0-9+/]{43}\$[A-Za-z0-9+/]{43}$/);
    expect(passwordTasks.verify("a password", phc, 4)).toEqual({ valid: true, outdated: false });
    expect(passwordTasks.verify("a password", phc, 5)).toEqual({ valid: true, outdated: true });
    expect(passwordTasks.verify("another one", phc, 4)).toEqual({ valid: false, outdated: false });
  });

  it.each([
    "",
    "plain",
    "$scrypt$ln=1,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=21,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=21,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=2$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    "$scrypt$ln=4,r=8,p=1$AAAA$AAAA",
  ])("never match %j", (phc) => {
    expect(parsePhc(phc)).toBeUndefined();
    expect(passwordTasks.verify("x", phc, 14).valid).toBe(false);
  });
});
