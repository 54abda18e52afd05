import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LoggerOptions, createLogger, fileSink } from "../src/index.ts";
import { RandomValues } from "./random-values.ts";

type Call = (...args: unknown[]) => void;

/** What both loggers have, called as JavaScript calls it. */
interface Log extends Record<"trace" | "debug" | "info" | "warn" | "error" | "fatal", Call> {
  child(bindings: object, options?: object): Log;
  setBindings(bindings: object): void;
}

type Calls = (log: Log) => void;

/** What our logger writes. */
async function ours(options: LoggerOptions, calls: Calls): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "async-logger-"));
  const log = createLogger({ level: "trace", ...options, sinks: [fileSink({ prefix: `${folder}/a_` })] });
  calls(log);
  await log.close();
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ""), "utf8");
}

function theirs(options: object, calls: Calls): string {
  let out = "";
  calls(pino({ level: "trace", ...options }, { write: (line: string) => (out += line) }));
  return out;
}

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: 1_795_334_491_123 }));
afterEach(() => vi.useRealTimers());

function censorByPath(value: unknown, path: readonly string[]): string {
  return `${typeof value}@${path.join("/")}`;
}

const cause = new Error("socket closed");
const failure = Object.assign(new Error("query failed", { cause }), { code: "E_QUERY", detail: { table: 7 } });
const aggregate = new AggregateError([new Error("one"), new TypeError("two")], "both");

/** One differs from the next in nothing but its message, its type, or what its stack says. */
function alikeErrors(): Error[] {
  const { message, stack = "" } = new Error('a "quoted" one');
  const like = (error: Error, fields: object) => Object.assign(error, { stack }, fields);
  class Named extends Error {}
  Object.defineProperty(Named, "name", { value: 5 });
  return [
    like(new Error(message), {}),
    like(new Error("another"), {}),
    like(new TypeError("another"), { code: 7 }),
    like(new TypeError("another"), { stack: stack.replace("quoted", "Quoted") }),
    like(new Named("another"), {}),
    new Error("long ".repeat(2_000)),
    new Error("\ud800 \n"),
  ];
}

const alike = alikeErrors();

const cases: Record<string, Calls> = {
  "a message": (log) => log.info("joined"),
  "every level": (log) => {
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level]("x");
  },
  fields: (log) => log.info({ room: 7, ok: true, who: 'a"b', none: null, gone: undefined, f() {}, nan: NaN }, "joined"),
  "nested fields": (log) => log.info({ a: { b: [1, "x", null, { c: new Date(0) }] } }),
  "fields only": (log) => log.info({ a: 1 }),
  "names of the line's own": (log) => log.info({ level: 1, time: 2, msg: "three" }, "four"),
  "format arguments": (log) => {
    log.info("%s is %d of %i, %o %j %O %%", "x", 1.5, 2.7, { a: 1 }, [1], "text", "left over");
    log.info({ a: 1 }, "user %s", 12);
    log.info("100% of %s", "a", "b");
    log.info("%s %s", "one");
    log.info("%d %i %j", null, undefined, undefined, "x");
    log.info("%o %o", function named() {}, Symbol.iterator.description);
  },
  errors: (log) => {
    log.error(failure);
    log.error(failure, "while loading");
    log.error({ err: failure, id: 1 });
    log.error(aggregate, "of %s", "two");
    log.error({ err: "no error" }, "x");
  },
  "errors seen before": (log) => {
    for (const error of alike) for (const text of ["once", "twice", "thrice"]) log.error(error, text);
  },
  "no message": (log) => {
    log.info(undefined);
    log.info(null);
    log.info({}, undefined);
  },
  "values as message": (log) => {
    for (const value of [1, NaN, true, [1, 2]]) log.info(value);
    log.info({ a: 1 }, { b: 2 });
  },
  children: (log) => {
    const child = log.child({ id: "a", nested: { x: 1 }, nan: NaN, level: 3 });
    child.info("x");
    child.child({ id: "b", err: failure }).warn({ y: 2 }, "z");
    child.setBindings({ later: true });
    child.info("after");
  },
  "text to escape": (log) => {
    log.info('line\nfeed \u0001 \\ " \u2028 é 漢 😀');
    log.info({ [`key"\n`]: `${"long ".repeat(30)}"` }, "x");
  },
};

describe("lines", () => {
  it.each(Object.entries(cases))("are pino's, byte for byte: %s", async (_, calls) => {
    expect(await ours({}, calls)).toBe(theirs({}, calls));
  });

  it("carry the name and the base as pino's do", async () => {
    const options = { name: "chat", base: { region: "eu" } };
    expect(await ours(options, (log) => log.info("x"))).toBe(theirs(options, (log) => log.info("x")));
    const bare = await ours({ base: null, time: false }, (log) => log.info("x"));
    expect(bare).toBe('{"level":30,"msg":"x"}\n');
  });

  it("carry ISO time as pino's do", async () => {
    const calls: Calls = (log) => log.info("x");
    expect(await ours({ time: "iso" }, calls)).toBe(theirs({ timestamp: pino.stdTimeFunctions.isoTime }, calls));
  });

  it("are made by the serializers as pino's are", async () => {
    const serializers = {
      user: (user: unknown) => (user as { id: number }).id,
      msg: (text: unknown) => `<${String(text)}>`,
    };
    const calls: Calls = (log) => log.child({ user: { id: 1 } }).info({ user: { id: 2, secret: true } }, "x");
    expect(await ours({ serializers }, calls)).toBe(theirs({ serializers }, calls));
  });

  it.each([
    ["as they come", {}, undefined],
    ["with serializers", { serializers: { user: (user: unknown) => ({ shown: user }), ms: String } }, undefined],
    ["with a redacted key", { redact: ["token"] }, undefined],
    ["with redacted paths", { redact: ["user.token", "items[1].a", 'headers["set-cookie"]', "a.b.c"] }, undefined],
    ["with wildcards", { redact: ["*.token", "items[*].b", "a.*.c"] }, undefined],
    ["with a censor of its own", { redact: { paths: ["token", "user.a"], censor: "***" } }, undefined],
    ["with a censor function", { redact: { paths: ["token", "user.a.b"], censor: censorByPath } }, undefined],
    ["with removed fields", { redact: { paths: ["token", "user.a", "items[*].c"], remove: true } }, undefined],
    ["in a child", {}, { msgPrefix: "[http] ", serializers: { a: () => "a" }, redact: ["user.b"] }],
  ])(
    "are pino's, byte for byte, over thousands of generated calls: %s",
    async (_, options, childOptions) => {
      const random = new RandomValues(11);
      // Made once: the stack of an error says where it was made.
      const generated = Array.from({ length: 3_000 }, () => ({
        bindings: random.below(3) === 0 ? random.object(1) : undefined,
        level: random.pick(["trace", "debug", "info", "warn", "error"] as const),
        args: random.call(),
      }));
      const calls: Calls = (log) => {
        for (const { bindings, level, args } of generated) {
          (bindings === undefined ? log : log.child(bindings, childOptions))[level](...args);
        }
      };
      const [mine, pinos] = [await ours(options, calls), theirs(options, calls)].map((text) => text.split("\n"));
      for (const [i, line] of (pinos ?? []).entries()) expect(mine?.[i]).toBe(line);
      expect(mine).toHaveLength(3_001);
    },
    60_000,
  );

  it("hide the redacted keys at any depth", async () => {
    const text = await ours({ redact: { keys: ["password", "token"] } }, (log) => {
      const circular: Record<string, unknown> = { password: "hush" };
      circular.self = circular;
      const error = Object.assign(new Error("x"), { config: { token: "hush" } });
      log.child({ token: "hush" }).info({ password: "hush", a: [{ deep: { token: { x: "hush" } } }], circular }, "%j", {
        password: "hush",
      });
      log.error(error);
    });
    expect(text).not.toContain("hush");
    expect(text.match(/\[Redacted\]/g)).toHaveLength(6);
  });

  it("take an error after the message", async () => {
    const [line] = (await ours({}, (log) => log.error("failed", failure))).split("\n");
    expect(JSON.parse(line ?? "")).toMatchObject({ msg: "failed", err: { code: "E_QUERY" } });
  });
});
