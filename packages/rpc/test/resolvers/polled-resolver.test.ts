import { silentLogger } from "@servertech/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "../../src/resolver.ts";
import { type LookUp, PolledResolver } from "../../src/resolvers/polled-resolver.ts";
import { Watching } from "./watching.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function endpoints(number: number): readonly Endpoint[] {
  return [{ id: `${number}`, host: "h", port: number }];
}

/** A look-up that takes `tookMs` of the time that the test lets pass. */
async function taking<T>(tookMs: number, outcome: () => T): Promise<T> {
  await new Promise<void>((resolve) => setTimeout(resolve, tookMs));
  return outcome();
}

describe("PolledResolver", () => {
  it("never asks twice within a second nor two at once, and ends up with the last answer, whatever happens", async () => {
    let now = 1;
    let looking = 0;
    let mostAtOnce = 0;
    let answered = false;
    const gaps: number[] = [];
    let endedAt = -Infinity;
    const lookUp: LookUp = async () => {
      gaps.push(performance.now() - endedAt);
      looking += 1;
      mostAtOnce = Math.max(mostAtOnce, looking);
      try {
        return await taking(Math.random() * 3_000, () => {
          if (answered && Math.random() < 0.3) throw new Error("no answer");
          answered = true;
          return { endpoints: endpoints(now), ttlMs: [undefined, 0, 500, 7_000][Math.floor(Math.random() * 4)] };
        });
      } finally {
        looking -= 1;
        endedAt = performance.now();
      }
    };
    const resolver = new PolledResolver("x", lookUp, silentLogger);
    await using watching = new Watching(resolver);
    for (let step = 0; step < 500; step++) {
      if (Math.random() < 0.3) now += 1;
      if (Math.random() < 0.3) resolver.refresh();
      await vi.advanceTimersByTimeAsync(Math.random() * 2_000);
      expect(watching.error).toBeUndefined();
    }
    await expect
      .poll(async () => {
        await vi.advanceTimersByTimeAsync(36_000);
        return watching.lists.at(-1)?.[0]?.port;
      })
      .toBe(now);
    expect(mostAtOnce).toBe(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(gaps.length).toBeGreaterThan(100);
    for (const [index, list] of watching.lists.entries()) expect(list).not.toEqual(watching.lists[index - 1]);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  it("asks again for a refresh that came in a look-up, but not for one that it began after", async () => {
    let asked = 0;
    const lookUp: LookUp = () => {
      asked += 1;
      return taking(100, () => ({ endpoints: endpoints(1), ttlMs: undefined }));
    };
    const resolver = new PolledResolver("x", lookUp, silentLogger);
    await using watching = new Watching(resolver);
    await vi.advanceTimersByTimeAsync(50);
    resolver.refresh();
    await vi.advanceTimersByTimeAsync(50 + 500);
    resolver.refresh();
    await vi.advanceTimersByTimeAsync(500);
    expect(asked).toBe(2);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toBe(2);
    expect(watching.lists).toHaveLength(1);
  });

  it("keeps a second's distance when it is watched anew after its first look-up failed", async () => {
    let asked = 0;
    const lookUp: LookUp = async () => {
      asked += 1;
      if (asked === 1) throw "no error";
      return { endpoints: endpoints(2), ttlMs: undefined };
    };
    const resolver = new PolledResolver("x", lookUp, silentLogger);
    await using first = new Watching(resolver);
    await vi.advanceTimersByTimeAsync(0);
    expect(first.error).toMatchObject({ message: "the look-up failed", cause: "no error" });
    await using second = new Watching(resolver);
    await vi.advanceTimersByTimeAsync(999);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await second.has(1);
  });

  it("does nothing for a signal that has aborted", async () => {
    const resolver = new PolledResolver("x", () => Promise.reject(new Error("asked")), silentLogger);
    const lists = resolver.watch("s", { signal: AbortSignal.abort() });
    expect(await lists.next()).toEqual({ done: true, value: undefined });
  });
});
