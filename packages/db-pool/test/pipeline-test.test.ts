import { describe, expect, it } from "vitest";
import type { Reply } from "../src/connection-factory.ts";
import { PipelineTrust } from "../src/pipeline-test.ts";
import type { DriverError } from "../src/server-errors.ts";
import type { Wire, WireCall } from "../src/wire.ts";

const rows = (row: object): Reply => ({
  rows: [row],
  insertId: 0,
  affectedRows: 0,
  firstColumn: undefined,
  serverStatus: undefined,
});
const NOTHING: Reply = { ...rows({}), rows: [] };
const FAILS: DriverError = Object.assign(new Error("Subquery returns more than 1 row"), { errno: 1242 });

/** A connection that answers each statement of the test as it should, changed by `twist`. */
function fakeWire(
  twist: (value: number, answer: { error: DriverError | undefined; reply: Reply }) => object = () => ({}),
) {
  const wire = {
    alive: true,
    tests: 0,
    forgotten: 0,
    forget: () => (wire.forgotten += 1),
    send: (call: WireCall) => {
      const value = (call.statement.values as number[])[0] as number;
      if (value === 1) wire.tests += 1;
      const fails = call.statement.sql.includes("UNION");
      const answer = fails
        ? { error: FAILS, reply: NOTHING }
        : { error: undefined, reply: rows({ autocommit: 1, echo: value }) };
      const { error, reply } = { ...answer, ...twist(value, answer) };
      setImmediate(() => call.replied(error, reply));
    },
  };
  return wire;
}

const test = (trust: PipelineTrust, wire: object) => trust.test(wire as Wire);

describe("the test of a connection for pipelining", () => {
  it("is passed when each statement gets its own answer; nothing stays prepared", async () => {
    const warnings: string[] = [];
    const wire = fakeWire();
    expect(await test(new PipelineTrust(true, (what) => void warnings.push(what)), wire)).toBe(true);
    expect(wire).toMatchObject({ tests: 1, forgotten: 2 });
    expect(warnings).toEqual([]);
  });

  it("is left out where nobody wants it", async () => {
    const wire = fakeWire();
    expect(await test(new PipelineTrust(false, () => {}), wire)).toBe(false);
    expect(wire.tests).toBe(0);
  });

  it.each<[string, Parameters<typeof fakeWire>[0]]>([
    ["an answer is another's", (value) => (value === 3 ? { reply: rows({ autocommit: 1, echo: 5 }) } : {})],
    ["a failure is missing", (value) => (value === 2 ? { error: undefined, reply: NOTHING } : {})],
    [
      "a failure is another one",
      (value) => (value === 4 ? { error: Object.assign(new Error("no"), { errno: 1064 }) } : {}),
    ],
    ["rows are missing", (value) => (value === 5 ? { reply: NOTHING } : {})],
    ["statements are not committed by themselves", (value) => ({ reply: rows({ autocommit: 0, echo: value }) })],
  ])("is failed when %s: one at a time then, and the log says so", async (_what, twist) => {
    const warnings: string[] = [];
    expect(await test(new PipelineTrust(true, (what) => void warnings.push(what)), fakeWire(twist))).toBe(false);
    expect(warnings).toEqual(["statements cannot share a connection here: one at a time on this one"]);
  });

  it("that is lost over it five times is not made again for a while", async () => {
    const warnings: string[] = [];
    const trust = new PipelineTrust(true, (what) => void warnings.push(what));
    const lost: DriverError = Object.assign(new Error("lost"), { fatal: true });
    for (let n = 0; n < 5; n++) {
      const wire = fakeWire(() => ({ error: lost, reply: NOTHING }));
      wire.alive = false;
      await expect(test(trust, wire)).rejects.toBe(lost);
    }
    expect(warnings).toEqual(["connections are lost over statements sent at once: one at a time for a minute"]);
    const next = fakeWire();
    expect(await test(trust, next)).toBe(false);
    expect(next.tests).toBe(0);
  });

  it("is given up on a connection that falls silent", async () => {
    const trust = new PipelineTrust(true, () => {});
    const silent = { ...fakeWire(), send: () => {} };
    await expect(test(trust, silent)).rejects.toThrow("no answer to statements sent at once within 1000 ms");
  });
});
