import { describe, expect, test } from "vitest";
import { OutlierEjection, type OutlierHost } from "../../src/client/balancing/outlier-ejection.ts";

function setUp(hosts: number, maxEjectedRatio = 0.5) {
  const clock = { now: 1_000 };
  const limits = { consecutiveErrors: 5, ejectMs: 5_000, maxEjectMs: 60_000, maxEjectedRatio };
  const ejection = new OutlierEjection(limits, () => clock.now);
  return { clock, ejection, hosts: Array.from({ length: hosts }, () => ejection.add()) };
}

function fail(ejection: OutlierEjection, host: OutlierHost | undefined, times = 5): boolean {
  if (host === undefined) throw new Error("no such host");
  let ejected = false;
  for (let i = 0; i < times; i++) ejected = ejection.failed(host);
  return ejected;
}

describe("outlier ejection", () => {
  test("ejects at the fifth fault in a row; a success in between starts the count anew", () => {
    const { ejection, hosts } = setUp(2);
    const host = hosts[0] as OutlierHost;
    expect(fail(ejection, host, 4)).toBe(false);
    ejection.succeeded(host);
    expect(fail(ejection, host, 4)).toBe(false);
    expect(fail(ejection, host, 1)).toBe(true);
    expect([hosts.map((each) => ejection.isOut(each)), host.timesEjected]).toEqual([[true, false], 1]);
  });

  test("stays out 5 s, 10 s and so on, 60 s at most, and 5 s again after 60 s in", () => {
    const { clock, ejection, hosts } = setUp(2);
    const host = hosts[0] as OutlierHost;
    for (let n = 1; n <= 14; n++) {
      expect(fail(ejection, host)).toBe(true);
      const length = Math.min(5_000 * n, 60_000);
      clock.now += length - 1;
      expect(ejection.isOut(host)).toBe(true);
      clock.now += 1;
      expect(ejection.isOut(host)).toBe(false);
    }
    clock.now += 60_000;
    fail(ejection, host);
    expect(host.outUntil - clock.now).toBe(5_000);
  });

  test("never has more than the ratio out, also when hosts go", () => {
    const { clock, ejection, hosts } = setUp(4);
    expect(fail(ejection, hosts[0])).toBe(true);
    clock.now += 10;
    expect(fail(ejection, hosts[1])).toBe(true);
    expect(fail(ejection, hosts[2])).toBe(false);
    ejection.remove(hosts[3] as OutlierHost);
    expect(hosts.slice(0, 2).map((host) => ejection.isOut(host))).toEqual([false, true]);
    const alone = setUp(1);
    expect(fail(alone.ejection, alone.hosts[0])).toBe(false);
  });

  test("has every host out where the ratio allows it", () => {
    const { ejection, hosts } = setUp(2, 1);
    fail(ejection, hosts[0]);
    expect(hosts.map((host) => ejection.isOut(host))).toEqual([true, false]);
    fail(ejection, hosts[1]);
    expect(hosts.map((host) => ejection.isOut(host))).toEqual([true, true]);
  });

  test("faults of a host that is out or gone change nothing", () => {
    const { ejection, hosts } = setUp(4);
    const host = hosts[0] as OutlierHost;
    fail(ejection, host);
    const until = host.outUntil;
    expect([fail(ejection, host, 9), host.outUntil, host.faults]).toEqual([false, until, 0]);
    ejection.remove(host);
    const others = hosts.slice(1);
    expect([fail(ejection, host, 9), host.timesEjected]).toEqual([false, 1]);
    expect(others.map((each) => ejection.isOut(each))).toEqual([false, false, false]);
  });
});
