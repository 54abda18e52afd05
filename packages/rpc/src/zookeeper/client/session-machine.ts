/** The life of a session as a pure function of (state, event): no socket, no timer, no clock. */
import { backoffMs } from "@servertech/core";
import { PASSWORD_BYTES } from "./records.ts";

/**
 * - `connecting`: no session yet.
 * - `connected`: the session is confirmed.
 * - `suspended`: the connection is gone, the session may live.
 * - `lost`: nothing was heard for the session timeout, or the server said that the session is over.
 * - `closed`: final.
 */
export type ClientState = "connecting" | "connected" | "suspended" | "lost" | "closed";

export interface SessionState {
  readonly state: ClientState;
  /** `waiting` for the next attempt, `opening` until the session reply, `up`. */
  readonly link: "none" | "waiting" | "opening" | "up";
  /** The server of the present or next attempt. */
  readonly host: number;
  /** Attempts that failed since a connection was up. */
  readonly failures: number;
  /** Of these: accepted, and closed without a word. */
  readonly mute: number;
  /** In milliseconds: asked for, and once there is a session, as the server answered. */
  readonly timeoutMs: number;
  /** `0n`: none. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** When the connection came up. */
  readonly upAtMs: number;
}

export interface SessionSettings {
  readonly hosts: number;
  readonly sessionTimeoutMs: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
}

/** How a connection ended: never `reached`, `mute` (closed without a session reply), `cut` once up, or by a `fault` of what was said on it. */
export type UnlinkReason = "unreachable" | "mute" | "cut" | "fault";

export type SessionEvent =
  | { readonly type: "start" }
  | { readonly type: "retry" }
  | { readonly type: "connectDeadline" }
  | {
      readonly type: "accepted";
      readonly timeoutMs: number;
      readonly sessionId: bigint;
      readonly password: Uint8Array;
    }
  | { readonly type: "refused" }
  | { readonly type: "unlinked"; readonly reason: UnlinkReason }
  | { readonly type: "tick" }
  | { readonly type: "close" };

/** Monotonic milliseconds, taken when the event happened. */
export interface Moment {
  readonly nowMs: number;
  /** When the last byte came; before the first, when the client was started. */
  readonly heardAtMs: number;
  readonly sentAtMs: number;
  readonly random: () => number;
}

export type SessionAction =
  | { readonly do: "open"; readonly host: number }
  /** Destroy the socket, whatever its state. */
  | { readonly do: "unlink" }
  | { readonly do: "retryIn"; readonly ms: number }
  | { readonly do: "greet"; readonly isNewSession: boolean }
  | { readonly do: "ping" }
  /** The last zxid seen is of no use any more. */
  | { readonly do: "forgetZxid" }
  | { readonly do: "emit"; readonly event: "suspended" | "lost" | "closed" };

export interface Step {
  readonly state: SessionState;
  readonly actions: readonly SessionAction[];
}

export function initialState({ sessionTimeoutMs }: SessionSettings): SessionState {
  return {
    state: "connecting",
    link: "none",
    host: 0,
    failures: 0,
    mute: 0,
    timeoutMs: sessionTimeoutMs,
    sessionId: 0n,
    password: new Uint8Array(PASSWORD_BYTES),
    upAtMs: 0,
  };
}

/** How often the client must look: a dead connection is to be noticed a tenth after two thirds of the timeout at the latest. */
export function heartbeatMs(timeoutMs: number): number {
  return Math.max(50, Math.floor(timeoutMs / 20));
}

export function transition(state: SessionState, event: SessionEvent, moment: Moment, settings: SessionSettings): Step {
  if (state.state === "closed") return stay(state);
  switch (event.type) {
    case "start":
      return state.link === "none" ? open(state, []) : stay(state);
    case "retry":
      return state.link === "waiting" ? open(state, []) : stay(state);
    case "connectDeadline":
      if (state.link !== "opening") return stay(state);
      return unlinked(state, "unreachable", moment, settings, [{ do: "unlink" }]);
    case "accepted":
      return state.link === "opening" ? accepted(state, event, moment.nowMs) : stay(state);
    case "refused":
      return state.link === "opening" ? refused(state, moment, settings) : stay(state);
    case "unlinked":
      if (state.link !== "opening" && state.link !== "up") return stay(state);
      return unlinked(state, event.reason, moment, settings, []);
    case "tick":
      return tick(state, moment, settings);
    case "close":
      break;
  }
  return closed(state);
}

function stay(state: SessionState): Step {
  return { state, actions: [] };
}

function open(state: SessionState, before: readonly SessionAction[]): Step {
  return { state: { ...state, link: "opening" }, actions: [...before, { do: "open", host: state.host }] };
}

function closed(state: SessionState): Step {
  const unlink: SessionAction[] = state.link === "none" ? [] : [{ do: "unlink" }];
  return { state: { ...state, state: "closed", link: "none" }, actions: [...unlink, { do: "emit", event: "closed" }] };
}

function accepted(state: SessionState, reply: Extract<SessionEvent, { type: "accepted" }>, upAtMs: number): Step {
  const { timeoutMs, sessionId, password } = reply;
  const isNewSession = sessionId !== state.sessionId;
  return {
    state: { ...state, state: "connected", link: "up", mute: 0, timeoutMs, sessionId, password, upAtMs },
    actions: [{ do: "greet", isNewSession }],
  };
}

/** The server says that the session is over. */
function refused(state: SessionState, moment: Moment, settings: SessionSettings): Step {
  // A server that refuses a new session, too, must not be asked without a pause.
  if (state.sessionId === 0n) return unlinked(state, "fault", moment, settings, [{ do: "unlink" }]);
  const actions: SessionAction[] = [{ do: "unlink" }, { do: "forgetZxid" }];
  if (state.state !== "lost") actions.push({ do: "emit", event: "lost" });
  return open({ ...withoutSession(state, settings), state: "lost" }, actions);
}

function withoutSession(state: SessionState, settings: SessionSettings): SessionState {
  const { sessionId, password } = initialState(settings);
  return { ...state, sessionId, password, mute: 0 };
}

function unlinked(
  before: SessionState,
  reason: UnlinkReason,
  moment: Moment,
  settings: SessionSettings,
  unlink: readonly SessionAction[],
): Step {
  const actions = [...unlink];
  // Connections that come up and go at once are failures, too: a server may dislike what is asked on each.
  const steady = before.link === "up" && reason === "cut" && moment.nowMs - before.upAtMs >= STEADY_MS;
  let state: SessionState = {
    ...before,
    link: "waiting",
    host: (before.host + 1) % settings.hosts,
    failures: steady ? 0 : before.failures + 1,
    mute: before.mute + (reason === "mute" ? 1 : 0),
  };
  if (before.state === "connected") {
    state = { ...state, state: "suspended" };
    actions.push({ do: "emit", event: "suspended" });
  }
  if (isWiped(state, moment, settings)) state = forgotten(state, settings, actions);
  actions.push({ do: "retryIn", ms: retryDelayMs(state.failures, settings, moment.random) });
  return { state, actions };
}

/** A server behind our last zxid accepts and closes without a word, for ever: an ensemble that was wiped or rolled back. */
function isWiped({ sessionId, mute, timeoutMs }: SessionState, moment: Moment, { hosts }: SessionSettings): boolean {
  return sessionId !== 0n && mute >= 2 * hosts && moment.nowMs - moment.heardAtMs >= timeoutMs;
}

function forgotten(state: SessionState, settings: SessionSettings, actions: SessionAction[]): SessionState {
  if (state.state !== "lost") actions.push({ do: "emit", event: "lost" });
  actions.push({ do: "forgetZxid" });
  // The servers are there: no reason to wait for long.
  return { ...withoutSession(state, settings), state: "lost", failures: 0 };
}

const STEADY_MS = 1_000;

/** The first attempt after a connection was up comes soon, at a time of its own: all clients of a server lose it together. */
function retryDelayMs(failures: number, { hosts, backoff }: SessionSettings, random: () => number): number {
  if (failures === 0) return random() * backoff.initialMs;
  const round = Math.floor((failures - 1) / hosts);
  return backoffMs(round, { minMs: backoff.initialMs, maxMs: backoff.maxMs, jitter: 0.5 }, random);
}

// Timers fire late: a ping that waited for the next tick would come after the third.
const PING_LEAD_MS = 20;

function tick(state: SessionState, moment: Moment, settings: SessionSettings): Step {
  const silentMs = moment.nowMs - moment.heardAtMs;
  if (state.link === "up") {
    if (silentMs >= (state.timeoutMs * 2) / 3) return unlinked(state, "cut", moment, settings, [{ do: "unlink" }]);
    const ping = moment.nowMs - moment.sentAtMs >= state.timeoutMs / 3 - PING_LEAD_MS;
    return { state, actions: ping ? [{ do: "ping" }] : [] };
  }
  if (state.link === "waiting" && isWiped(state, moment, settings)) {
    const actions: SessionAction[] = [];
    return open(forgotten(state, settings, actions), actions);
  }
  if (state.link === "none" || state.state === "lost" || silentMs < state.timeoutMs) return stay(state);
  return { state: { ...state, state: "lost" }, actions: [{ do: "emit", event: "lost" }] };
}
