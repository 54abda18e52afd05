import { describe, expect, it } from "vitest";
import {
  heartbeatMs,
  initialState,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  transition,
} from "../../src/zookeeper/client/session-machine.ts";

/** The machine with a clock of the test's own. */
class Machine {
  readonly settings: { hosts: number; sessionTimeoutMs: number; backoff: { initialMs: number; maxMs: number } };
  state: SessionState;
  nowMs = 1_000;
  heardAtMs = 1_000;
  sentAtMs = 1_000;

  constructor(hosts = 1) {
    this.settings = { hosts, sessionTimeoutMs: 9_000, backoff: { initialMs: 50, maxMs: 3_000 } };
    this.state = initialState(this.settings);
  }

  on(event: SessionEvent): readonly SessionAction[] {
    const { nowMs, heardAtMs, sentAtMs } = this;
    const step = transition(this.state, event, { nowMs, heardAtMs, sentAtMs, random: () => 0.5 }, this.settings);
    this.state = step.state;
    return step.actions;
  }

  accept(sessionId = 7n, timeoutMs = 6_000): readonly SessionAction[] {
    this.heardAtMs = this.nowMs;
    return this.on({ type: "accepted", timeoutMs, sessionId, password: new Uint8Array(16).fill(1) });
  }

  tickAt(ms: number): readonly SessionAction[] {
    this.nowMs = ms;
    return this.on({ type: "tick" });
  }

  connected(): this {
    this.on({ type: "start" });
    this.accept();
    return this;
  }
}

const doing = (actions: readonly SessionAction[]) =>
  actions.map((action) => (action.do === "emit" ? action.event : action.do));

describe("a session", () => {
  it("opens once, and greets with what the server answered", () => {
    const machine = new Machine(3);
    expect(machine.on({ type: "start" })).toEqual([{ do: "open", host: 0 }]);
    expect(machine.on({ type: "start" })).toEqual([]);
    expect(machine.accept()).toEqual([{ do: "greet", isNewSession: true }]);
    expect(machine.state).toMatchObject({ state: "connected", link: "up", sessionId: 7n, timeoutMs: 6_000 });
  });

  it("is suspended with its connection, and the same again on another server", () => {
    const machine = new Machine(3).connected();
    machine.nowMs = 2_000;
    const actions = machine.on({ type: "unlinked", reason: "cut" });
    expect(actions).toEqual([
      { do: "emit", event: "suspended" },
      { do: "retryIn", ms: 25 },
    ]);
    expect(machine.on({ type: "retry" })).toEqual([{ do: "open", host: 1 }]);
    expect(machine.accept()).toEqual([{ do: "greet", isNewSession: false }]);
  });

  it("is lost once nothing was heard for its timeout, and that is told once", () => {
    const machine = new Machine().connected();
    machine.on({ type: "unlinked", reason: "cut" });
    expect(machine.tickAt(6_999)).toEqual([]);
    expect(doing(machine.tickAt(7_000))).toEqual(["lost"]);
    expect(machine.tickAt(20_000)).toEqual([]);
    machine.on({ type: "retry" });
    expect(doing(machine.on({ type: "refused" }))).toEqual(["unlink", "forgetZxid", "open"]);
    expect(machine.state).toMatchObject({ state: "lost", sessionId: 0n, timeoutMs: 6_000 });
    expect(machine.accept(8n)).toEqual([{ do: "greet", isNewSession: true }]);
  });

  it("is lost at once when the server says so, and another is asked for", () => {
    const machine = new Machine().connected();
    machine.on({ type: "unlinked", reason: "cut" });
    machine.on({ type: "retry" });
    expect(doing(machine.on({ type: "refused" }))).toEqual(["unlink", "forgetZxid", "lost", "open"]);
    expect([...machine.state.password]).toEqual(Array.from({ length: 16 }, () => 0));
  });

  it("waits when a server refuses even a new session", () => {
    const machine = new Machine();
    machine.on({ type: "start" });
    expect(machine.on({ type: "refused" })).toEqual([{ do: "unlink" }, { do: "retryIn", ms: 37.5 }]);
  });

  it("is lost, too, when there never was one for the time asked for", () => {
    const machine = new Machine();
    machine.on({ type: "start" });
    expect(machine.tickAt(9_999)).toEqual([]);
    expect(doing(machine.tickAt(10_000))).toEqual(["lost"]);
  });
});

describe("a heartbeat", () => {
  it("pings after a third without anything sent, less what a timer is late", () => {
    const machine = new Machine().connected();
    machine.heardAtMs = 2_500;
    expect(machine.tickAt(1_000 + 1_979)).toEqual([]);
    expect(doing(machine.tickAt(1_000 + 1_980))).toEqual(["ping"]);
  });

  it("leaves a connection that was silent for two thirds", () => {
    const machine = new Machine().connected();
    machine.sentAtMs = 4_900;
    expect(machine.tickAt(4_999)).toEqual([]);
    expect(doing(machine.tickAt(5_000))).toEqual(["unlink", "suspended", "retryIn"]);
  });

  it("looks often enough", () => {
    expect([heartbeatMs(100), heartbeatMs(1_000), heartbeatMs(12_000)]).toEqual([50, 50, 600]);
  });
});

describe("attempts", () => {
  it("go to the next server each, and wait longer with each round", () => {
    const machine = new Machine(2);
    machine.on({ type: "start" });
    const waits: number[] = [];
    const hosts: number[] = [];
    for (let attempt = 0; attempt < 16; attempt += 1) {
      for (const action of machine.on({ type: "unlinked", reason: "unreachable" }))
        if (action.do === "retryIn") waits.push(action.ms);
      for (const action of machine.on({ type: "retry" })) if (action.do === "open") hosts.push(action.host);
    }
    expect(hosts.slice(0, 4)).toEqual([1, 0, 1, 0]);
    // Half of 3,000 ms is drawn, and the draw is always the middle.
    expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_000, 3_000].flatMap((ms) => [ms * 0.75, ms * 0.75]));
  });

  it("wait longer, too, when connections are up and fail on what is said", () => {
    const machine = new Machine();
    machine.on({ type: "start" });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      machine.accept();
      for (const action of machine.on({ type: "unlinked", reason: "fault" }))
        if (action.do === "retryIn") waits.push(action.ms);
      machine.on({ type: "retry" });
    }
    expect(waits).toEqual([37.5, 75, 150]);
  });

  it("wait longer, too, when connections go as soon as they are up", () => {
    const machine = new Machine().connected();
    const waits: number[] = [];
    for (const upMs of [999, 999, 999, 1_000]) {
      machine.nowMs += upMs;
      for (const action of machine.on({ type: "unlinked", reason: "cut" }))
        if (action.do === "retryIn") waits.push(action.ms);
      machine.on({ type: "retry" });
      machine.accept();
    }
    expect(waits).toEqual([37.5, 75, 150, 25]);
  });

  it("end at their deadline, which a session reply alone ends", () => {
    const machine = new Machine();
    machine.on({ type: "start" });
    expect(doing(machine.on({ type: "connectDeadline" }))).toEqual(["unlink", "retryIn"]);
    machine.on({ type: "retry" });
    machine.accept();
    expect(machine.on({ type: "connectDeadline" })).toEqual([]);
  });
});

describe("an ensemble that was wiped", () => {
  const attempt = (machine: Machine) => {
    machine.on({ type: "retry" });
    return doing(machine.on({ type: "unlinked", reason: "mute" }));
  };

  it("is taken for one after two silent rounds and a session timeout", () => {
    const machine = new Machine(2).connected();
    machine.on({ type: "unlinked", reason: "cut" });
    machine.nowMs = 6_999;
    for (let round = 0; round < 10; round += 1) expect(attempt(machine)).toEqual(["retryIn"]);
    machine.nowMs = 7_000;
    machine.on({ type: "retry" });
    const actions = machine.on({ type: "unlinked", reason: "mute" });
    expect(doing(actions)).toEqual(["lost", "forgetZxid", "retryIn"]);
    expect(actions.at(-1)).toEqual({ do: "retryIn", ms: 25 });
    expect(machine.state.sessionId).toBe(0n);
  });

  it("is asked for a new session as soon as the time is over, without another attempt for the old one", () => {
    const machine = new Machine(2).connected();
    machine.on({ type: "unlinked", reason: "cut" });
    for (let turn = 0; turn < 4; turn += 1) expect(attempt(machine)).toEqual(["retryIn"]);
    expect(machine.tickAt(6_999)).toEqual([]);
    expect(doing(machine.tickAt(7_000))).toEqual(["lost", "forgetZxid", "open"]);
    expect(machine.state).toMatchObject({ state: "lost", sessionId: 0n, failures: 0, mute: 0 });
    expect(machine.tickAt(8_000)).toEqual([]);
  });

  it("is not taken for one before each server was silent twice", () => {
    const machine = new Machine(2).connected();
    machine.on({ type: "unlinked", reason: "cut" });
    machine.nowMs = 60_000;
    for (let turn = 0; turn < 3; turn += 1) expect(attempt(machine)).toEqual(["retryIn"]);
    expect(attempt(machine)).toEqual(["lost", "forgetZxid", "retryIn"]);
  });
});

describe("close", () => {
  it("is final in every state", () => {
    const states: [Machine, string[]][] = [
      [new Machine(), ["closed"]],
      [new Machine().connected(), ["unlink", "closed"]],
    ];
    const events: SessionEvent[] = [
      { type: "start" },
      { type: "retry" },
      { type: "connectDeadline" },
      { type: "refused" },
      { type: "unlinked", reason: "cut" },
      { type: "tick" },
      { type: "close" },
    ];
    for (const [machine, expected] of states) {
      expect(doing(machine.on({ type: "close" }))).toEqual(expected);
      expect(machine.accept()).toEqual([]);
      for (const event of events) expect(machine.on(event)).toEqual([]);
      expect(machine.state.state).toBe("closed");
    }
  });

  it("meets events that come late without a change", () => {
    const machine = new Machine().connected();
    const before = machine.state;
    for (const event of [{ type: "retry" }, { type: "refused" }, { type: "connectDeadline" }] as const)
      expect(machine.on(event)).toEqual([]);
    expect(machine.state).toBe(before);
    machine.on({ type: "unlinked", reason: "cut" });
    expect(machine.on({ type: "unlinked", reason: "cut" })).toEqual([]);
  });
});
