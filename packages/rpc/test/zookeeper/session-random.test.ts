import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../../tools/seeded-random.ts";
import {
  initialState,
  type SessionEvent,
  type SessionState,
  transition,
  type UnlinkReason,
} from "../../src/zookeeper/client/session-machine.ts";

const REASONS: readonly UnlinkReason[] = ["unreachable", "mute", "cut", "fault"];
const settings = { hosts: 3, sessionTimeoutMs: 9_000, backoff: { initialMs: 50, maxMs: 3_000 } };

/** Every event there is, whether it makes sense in a state or not. */
function anyEvent(random: () => number): SessionEvent {
  const kind = Math.floor(random() * 9);
  if (kind <= 1) return { type: "unlinked", reason: REASONS[Math.floor(random() * REASONS.length)] ?? "cut" };
  if (kind === 2) {
    const sessionId = BigInt(1 + Math.floor(random() * 3));
    return { type: "accepted", timeoutMs: 6_000, sessionId, password: new Uint8Array(16).fill(1) };
  }
  const types = ["start", "retry", "connectDeadline", "refused", "tick", "tick"] as const;
  return { type: types[kind - 3] ?? "tick" };
}

/** Walks through the machine, and notes each state with the event that met it. */
function walk(random: () => number, seen: Set<string>): void {
  let state: SessionState = initialState(settings);
  let nowMs = 1_000;
  let heardAtMs = nowMs;
  /** Whether a loss was told since the last session. */
  let lostTold = false;
  let waits = false;
  for (let step = 0; step < 60; step += 1) {
    nowMs += Math.floor(random() * 900);
    const event = anyEvent(random);
    if (event.type === "accepted") heardAtMs = nowMs;
    const before = state;
    const { state: after, actions } = transition(state, event, { nowMs, heardAtMs, sentAtMs: nowMs, random }, settings);
    state = after;
    seen.add(`${before.state} ${before.link} ${event.type}`);
    const doing = actions.map((action) => (action.do === "emit" ? action.event : action.do));
    const must = (holds: boolean, what: string) => {
      if (!holds) throw new Error(`${what}: ${before.state} ${before.link}, ${event.type}: ${doing.join()}`);
    };
    must((state.state === "connected") === (state.link === "up"), "connected exactly while a connection is up");
    must(state.link !== "up" || state.sessionId !== 0n, "a connection that is up has a session");
    const gone = before.state === "connected" && state.state !== "connected";
    must(doing.includes("suspended") === gone, "a suspension is told once, as the connection goes");
    must(!doing.includes("lost") || !lostTold, "a loss is told once");
    if (doing.includes("lost")) lostTold = true;
    if (doing.includes("greet")) lostTold = false;
    must((state.state === "lost") === lostTold, "lost exactly from the loss to the next session");
    must(!doing.includes("open") || state.link === "opening", "an attempt is under way once it is begun");
    if (doing.includes("retryIn")) waits = true;
    if (doing.includes("open") || doing.includes("greet")) waits = false;
    must((state.link === "waiting") === waits, "one attempt or one wait at a time, and none left behind");
    const dropped = before.link === "up" && state.link !== "up" && event.type !== "unlinked";
    must(!dropped || doing.includes("unlink"), "a connection that is given up is destroyed");
    for (const action of actions) {
      must(action.do !== "retryIn" || (action.ms >= 0 && action.ms <= 3_000), "a wait is within its bounds");
      must(action.do !== "open" || action.host < 3, "a host is one of those there are");
    }
  }
}

describe("every state and every event", () => {
  it.each([1, 2, 3, 4])("keep what the machine promises: seed %i", (seed) => {
    const random = seededRandom(seed);
    const seen = new Set<string>();
    for (let turn = 0; turn < 200; turn += 1) walk(random, seen);
    const links = ["connecting none", "connecting waiting", "connecting opening", "connected up"];
    const places = [...links, "suspended waiting", "suspended opening", "lost waiting", "lost opening"];
    for (const place of places)
      for (const type of ["start", "retry", "connectDeadline", "accepted", "refused", "unlinked", "tick"])
        expect(seen).toContain(`${place} ${type}`);
  });
});
