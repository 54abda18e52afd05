import { describe, expect, it } from "vitest";
import { backOffMs } from "../../web/src/socket/back-off.ts";
import { parseServerEvent } from "../../web/src/socket/events.ts";
import { compareIds } from "../../web/src/socket/message-id.ts";
import { afterReconnect, retryNonce } from "../../web/src/state/outbox.ts";
import type { Outgoing } from "../../web/src/state/state.ts";

const HOUR_MS = 3_600_000;
const written = (nonce: string, at: number, state: Outgoing["state"] = "queued"): Outgoing => ({
  nonce,
  content: "",
  at,
  state,
});

describe("afterReconnect", () => {
  it("sends what is unconfirmed in the order written, and neither what failed nor what is too old", () => {
    const outbox = [
      written("old", 0),
      written("edge", HOUR_MS / 2),
      written("failed", HOUR_MS, "failed"),
      written("sent", HOUR_MS, "sending"),
      written("new", HOUR_MS),
    ];
    const { send, expired } = afterReconnect(outbox, HOUR_MS, HOUR_MS);
    expect(send.map(({ nonce }) => nonce)).toEqual(["edge", "sent", "new"]);
    expect(expired.map(({ nonce }) => nonce)).toEqual(["old"]);
  });
});

describe("retryNonce", () => {
  it("is the same while the server surely remembers it, and a new one after that", () => {
    const fresh = () => "fresh";
    expect(retryNonce(written("a", 0), HOUR_MS / 2, HOUR_MS, fresh)).toBe("a");
    expect(retryNonce(written("a", 0), HOUR_MS / 2 + 1, HOUR_MS, fresh)).toBe("fresh");
  });
});

describe("backOffMs", () => {
  it("doubles from half a second to 30 seconds", () => {
    const full = [0, 1, 2, 5, 6, 1_000].map((attempt) => backOffMs(attempt, 1));
    expect(full).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
  });

  it("has full jitter", () => {
    expect(backOffMs(3, 0)).toBe(0);
    expect(backOffMs(3, 0.25)).toBe(1_000);
  });
});

describe("compareIds", () => {
  it.each([
    ["9-0", "10-0", -1],
    ["10-2", "10-10", -1],
    ["10-1", "10-1", 0],
    ["11-0", "10-9", 1],
  ])("orders %s and %s by their numbers", (a, b, sign) => expect(Math.sign(compareIds(a, b))).toBe(sign));
});

describe("parseServerEvent", () => {
  it.each([
    "",
    "x",
    "1",
    "[]",
    "{}",
    '{"type":"ready"}',
    '{"type":"fromTheFuture","payload":{}}',
    '{"type":"__proto__","payload":{}}',
  ])("ignores %j", (frame) => expect(parseServerEvent(frame)).toBeUndefined());

  it("ignores what is no text", () => expect(parseServerEvent(new ArrayBuffer(1))).toBeUndefined());

  it("reads an event", () => {
    expect(parseServerEvent('{"type":"ready","payload":{}}')).toEqual({ type: "ready", payload: {} });
  });
});
