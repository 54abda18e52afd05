import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Keepalive } from "../src/keepalive.ts";

let events: string[];
let received: number;
let busy: boolean;
let keepalive: Keepalive;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  events = [];
  received = 0;
  busy = false;
  keepalive = new Keepalive(
    { intervalMs: 10_000, timeoutMs: 3_000 },
    {
      received: () => received,
      busy: () => busy,
      ping: () => events.push("ping"),
      dead: () => events.push("dead"),
    },
  );
});

afterEach(() => {
  keepalive.stop();
  vi.useRealTimers();
});

describe("a connection with calls", () => {
  it("is asked after an interval of silence, and dead when it says nothing to that", () => {
    busy = true;
    vi.advanceTimersByTime(10_030);
    expect(events).toEqual(["ping"]);
    vi.advanceTimersByTime(3_030);
    expect(events).toEqual(["ping", "dead"]);
  });

  it("is left alone while it speaks, whatever it says", () => {
    busy = true;
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(9_000);
      received += 1;
    }
    expect(events).not.toContain("dead");
    vi.advanceTimersByTime(20_060);
    expect(events.at(-1)).toBe("ping");
    received += 1;
    vi.advanceTimersByTime(3_030);
    expect(events).not.toContain("dead");
  });
});

describe("a connection that is not read for a while", () => {
  it("is not dead for what it could not be heard to say, and is asked again", () => {
    busy = true;
    vi.advanceTimersByTime(10_030);
    busy = false;
    vi.advanceTimersByTime(3_030);
    expect(events).toEqual(["ping"]);
    busy = true;
    vi.advanceTimersByTime(10_030);
    expect(events).toEqual(["ping", "ping"]);
    vi.advanceTimersByTime(3_030);
    expect(events).toEqual(["ping", "ping", "dead"]);
  });
});

describe("a connection without calls", () => {
  it("costs nothing, and is asked with the first call after a silence", () => {
    vi.advanceTimersByTime(100_000);
    expect(events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    busy = true;
    keepalive.wake(true);
    expect(events).toEqual(["ping"]);
    vi.advanceTimersByTime(3_030);
    expect(events).toEqual(["ping", "dead"]);
  });

  it("is not asked when the call itself shows that the peer lives", () => {
    vi.advanceTimersByTime(100_000);
    busy = true;
    received += 1;
    keepalive.wake(false);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(10_030);
    expect(events).toEqual(["ping"]);
  });

  it("is not asked by calls that come before it was silent for long", () => {
    vi.advanceTimersByTime(5_000);
    keepalive.wake(true);
    expect(events).toEqual([]);
  });
});
