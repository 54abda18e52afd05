import { describe, expect, it } from "vitest";
import { DeadlineWheel, type WheelClock } from "../src/deadlines.ts";
import { deadlineIn, withDeadline } from "../src/index.ts";

/** A clock that stands still until told otherwise; timers fire up to 1 ms early, as Node's do. */
class FakeClock implements WheelClock {
  time = 1_000.5;
  #timers: { at: number; callback: () => void }[] = [];
  now = () => this.time;
  set = (callback: () => void, ms: number) => {
    const timer = { at: this.time + ms - 0.9, callback };
    this.#timers.push(timer);
    return timer;
  };
  clear = (handle: unknown) => {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  };
  get pending(): number {
    return this.#timers.length;
  }
  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.time = Math.max(this.time, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.callback();
    }
    this.time = until;
  }
  /** The event loop was blocked: time goes on, no timer fires until now. */
  block(ms: number): void {
    this.time += ms;
    this.advance(0);
  }
}

describe("DeadlineWheel", () => {
  it("never fires early and at most two ticks late, over six orders of magnitude", () => {
    const clock = new FakeClock();
    const wheel = new DeadlineWheel(clock);
    const late: number[] = [];
    let added = 0;
    for (let round = 0; round < 500; round++) {
      const ms = Math.floor(10 ** (Math.random() * 6));
      const due = clock.now() + ms;
      wheel.add(ms, () => late.push(clock.now() - due));
      added += 1;
      clock.advance(Math.random() * 200);
    }
    clock.advance(1_100_000);
    expect(late).toHaveLength(added);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(20);
    expect(wheel.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("asks for no timer longer than Node knows, also for the largest delay", () => {
    const clock = new FakeClock();
    const asked: number[] = [];
    const { set } = clock;
    clock.set = (callback, ms) => {
      asked.push(ms);
      return set(callback, ms);
    };
    const wheel = new DeadlineWheel(clock);
    wheel.add(Number.MAX_SAFE_INTEGER, () => {}).cancel();
    wheel.add(2 ** 31 + 5_000, () => {});
    expect(Math.max(...asked)).toBe(2 ** 31 - 1);
  });

  it("does not fire what was cancelled, also by a deadline of the same slot", () => {
    const clock = new FakeClock();
    const wheel = new DeadlineWheel(clock);
    const fired: string[] = [];
    wheel.add(50, () => {
      fired.push("a");
      b.cancel();
    });
    const b = wheel.add(50, () => fired.push("b"));
    const c = wheel.add(5, () => fired.push("c"));
    c.cancel();
    c.cancel();
    clock.advance(200);
    b.cancel();
    expect(fired).toEqual(["a"]);
    expect(wheel.size).toBe(0);
  });

  it("fires everything that came due while the event loop was blocked for longer than one round", () => {
    const clock = new FakeClock();
    const wheel = new DeadlineWheel(clock);
    let fired = 0;
    for (let ms = 0; ms < 9_000; ms += 7) wheel.add(ms, () => (fired += 1));
    const count = wheel.size;
    clock.block(20_000);
    expect(fired).toBe(count);
  });

  it("takes deadlines that callbacks add, zero milliseconds included", () => {
    const clock = new FakeClock();
    const wheel = new DeadlineWheel(clock);
    let depth = 0;
    const again = (): void => {
      depth += 1;
      if (depth < 5) wheel.add(0, again);
    };
    wheel.add(0, again);
    clock.advance(100);
    expect(depth).toBe(5);
  });
});

describe("deadlineIn", () => {
  it("calls back in real time, not early", async () => {
    const start = performance.now();
    const keepAlive = setTimeout(() => {}, 5_000);
    await new Promise<void>((resolve) => {
      deadlineIn(35, resolve);
    });
    clearTimeout(keepAlive);
    expect(performance.now() - start).toBeGreaterThanOrEqual(35);
  });
});

describe("withDeadline", () => {
  it("rejects with the given error when time is up, and drops what comes later", async () => {
    const slow = new Promise((_, reject) => {
      setTimeout(() => reject(new Error("late")), 60);
    });
    await expect(withDeadline(slow, 20, () => new Error("20 ms passed"))).rejects.toThrow("20 ms passed");
    await expect(slow).rejects.toThrow("late");
  });

  it("passes on what comes in time", async () => {
    await expect(withDeadline(Promise.resolve(7), 1_000, () => new Error("late"))).resolves.toBe(7);
    await expect(withDeadline(Promise.reject(new Error("no")), 1_000, () => new Error("late"))).rejects.toThrow("no");
  });
});
