import { describe, expect, it } from "vitest";
import { type OptionChecks, OptionError, type OptionProblem, optionChecks } from "../src/index.ts";

/** The problems that `body` notes on options whose names are all known. */
function problemsOf(body: (check: OptionChecks) => void, options: object = {}): readonly OptionProblem[] {
  const check = optionChecks(options, Object.keys(options));
  body(check);
  try {
    check.done(undefined);
    return [];
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return error.problems;
  }
}

describe("optionChecks", () => {
  it("throws all problems together, each with option, range and value", () => {
    const check = optionChecks({}, []);
    check.integer("max", 0, { min: 1, max: 64 });
    check.duration("timeoutMs", Number.NaN, { min: 1 });
    check.oneOf("mode", "fast", ["slow", "off"] as string[]);
    expect(() => check.done({})).toThrow(
      'max: must be an integer from 1 to 64, got 0; timeoutMs: must be whole milliseconds of at least 1, got NaN; mode: must be one of "slow", "off", got "fast"',
    );
  });

  it("returns what was resolved when nothing is wrong", () => {
    const resolved = { max: 3 };
    expect(optionChecks({ max: 3 }, ["max"]).done(resolved)).toBe(resolved);
  });

  it("names the option that was probably meant and does not show an unknown option's value", () => {
    const [problem] = problemsOf(() => {}, {});
    expect(problem).toBeUndefined();
    const error = thrownBy(() => optionChecks({ pasword: "hunter2" }, ["password", "max"]).done({}));
    expect(error.message).toContain("did you mean password?");
    expect(JSON.stringify(error.problems) + error.message).not.toContain("hunter2");
    expect(thrownBy(() => optionChecks({ colour: 1 }, ["max"]).done({})).message).toContain("known are max");
  });

  it.each([null, 3, "x", [1]])("refuses %j instead of an options object", (options) => {
    expect(thrownBy(() => optionChecks(options, ["max"]).done({})).problems[0]).toMatchObject({ option: "options" });
  });

  it("names nested options with their path", () => {
    const error = thrownBy(() => {
      const check = optionChecks({ cpu: { mx: 1 } }, ["cpu"]);
      const cpu = check.group("cpu", { mx: 1 }, ["max"]);
      cpu.integer("max", -1);
      check.group("io", "no", ["max"]);
      check.done({});
    });
    expect(error.problems.map((p) => p.option)).toEqual(["cpu.mx", "cpu.max", "io"]);
  });

  it("accepts both ends of a range and refuses what lies beyond", () => {
    const count = (value: number) => problemsOf((c) => c.integer("n", value, { min: 2, max: 4 })).length;
    expect([1, 2, 4, 5].map(count)).toEqual([1, 0, 0, 1]);
  });

  it.each([1.5, Number.NaN, Infinity, -1, "3" as unknown as number, null as unknown as number])(
    "refuses %s as a count of bytes",
    (value) => {
      expect(problemsOf((c) => c.bytes("n", value))).toHaveLength(1);
    },
  );

  it("accepts Infinity only where the range says so, and fractions only as a number", () => {
    expect(problemsOf((c) => c.integer("n", Infinity, { infinity: true }))).toEqual([]);
    expect(problemsOf((c) => c.number("n", 0.5, { max: 1 }))).toEqual([]);
    expect(problemsOf((c) => c.number("n", 1.5, { max: 1 }))).toHaveLength(1);
  });

  it("never shows a secret", () => {
    const error = thrownBy(() => {
      const check = optionChecks({}, []);
      check.string("password", "geheim!", { maxLength: 3, secret: true });
      check.done({});
    });
    expect(error.message).not.toContain("geheim");
    expect(error.problems[0]?.value).toBe("string");
  });

  it.each<[string, (c: OptionChecks) => void]>([
    ["a string that is empty", (c) => c.string("s", "")],
    ["a string that does not match", (c) => c.string("s", "a b", { pattern: /^\w+$/, is: "one word" })],
    ["a number as string", (c) => c.string("s", 3 as unknown as string)],
    ["a boolean as text", (c) => c.boolean("b", "true" as unknown as boolean)],
    ["a function that is none", (c) => c.func("f", {})],
    ["an object without the methods", (c) => c.object("o", { info() {} }, ["info", "warn"])],
    ["null as object", (c) => c.object("o", null)],
    ["an array that is too short", (c) => c.array("a", [], { min: 1 })],
    ["an object as array", (c) => c.array("a", {} as never)],
  ])("refuses %s", (_, body) => {
    expect(problemsOf(body)).toHaveLength(1);
  });

  it("shortens long values and never throws while showing one", () => {
    const error = thrownBy(() => {
      const check = optionChecks({}, []);
      check.problem("a", "must be short", "x".repeat(500));
      check.problem("b", "must be plain", Object.create(null));
      check.problem("c", "must be plain", 10n);
      check.problem("d", "must be plain", Symbol("s"));
      check.done({});
    });
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).toContain("got an object; c: must be plain, got 10n; d: must be plain, got Symbol(s)");
  });
});

function thrownBy(body: () => unknown): OptionError {
  try {
    body();
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
