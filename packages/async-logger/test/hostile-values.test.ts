import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AsyncLogger, createLogger, fileSink } from "../src/index.ts";

async function linesOf(calls: (log: AsyncLogger) => void): Promise<Record<string, unknown>[]> {
  const folder = mkdtempSync(join(tmpdir(), "async-logger-"));
  const serializers = { broken: () => fail() };
  const log = createLogger({ serializers, sinks: [fileSink({ prefix: `${folder}/a_` })] });
  calls(log);
  await log.close();
  const text = readFileSync(join(folder, readdirSync(folder)[0] ?? ""), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function fail(): never {
  throw new Error("boom");
}

function circle(): object {
  const value: Record<string, unknown> = { a: 1 };
  value.self = value;
  return value;
}

function deep(): object {
  let value: object = {};
  for (let i = 0; i < 20_000; i++) value = { value };
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const hostile: Record<string, () => unknown> = {
  "a getter that throws": () => ({
    ok: 1,
    get bad() {
      return fail();
    },
  }),
  "a toJSON that throws": () => ({ toJSON: fail }),
  "a Proxy whose traps throw": () => new Proxy({ a: 1 }, { get: fail, ownKeys: fail }),
  "a revoked Proxy": revoked,
  "a circular value": circle,
  "a BigInt": () => 12n,
  "a BigInt inside": () => ({ a: [12n] }),
  "a symbol": () => Symbol("s"),
  "a function": () => fail,
  undefined: () => undefined,
  "a lone surrogate": () => "\ud800",
  "control characters": () => '\u0000\n"\\',
  NaN: () => NaN,
  Infinity: () => -Infinity,
  "a null-prototype object": () => Object.create(null) as object,
  "a value too deep for the stack": deep,
  "an error with a getter that throws": () =>
    Object.defineProperty(new Error("x"), "bad", { enumerable: true, get: fail }),
  "an error without text": () => Object.assign(new Error("x"), { message: 5, stack: undefined, cause: circle() }),
  "an invalid date": () => new Date(NaN),
  "names of Object.prototype": () => ({ __proto__: null, constructor: 1, hasOwnProperty: 2, toString: 3 }),
};

const places: Record<string, (log: AsyncLogger, value: unknown) => void> = {
  "as object": (log, value) => log.info(value),
  "as object with a message": (log, value) => log.info(value, "x"),
  "as field": (log, value) => log.info({ value, ok: 1 }, "x"),
  nested: (log, value) => log.info({ a: { b: [value] } }, "x"),
  "as message": (log, value) => log.info({}, value),
  "as format argument": (log, value) => log.info("%s %d %i %o %j", value, value, value, value, value),
  "as binding": (log, value) => log.child({ value }).info("x"),
  "as bindings": (log, value) => log.child(value as object).info("x"),
  "as property of an error": (log, value) => log.error(Object.assign(new Error("x"), { value })),
  "as value of a serializer that throws": (log, value) => log.info({ broken: value }, "x"),
};

describe("a log call", () => {
  it.each(Object.entries(hostile))("never throws and writes one line of JSON: %s", async (_, make) => {
    for (const [place, log] of Object.entries(places)) {
      const lines = await linesOf((logger) => log(logger, make()));
      expect(lines, place).toHaveLength(1);
      expect(lines[0], place).toMatchObject({ time: expect.any(Number) as number });
    }
  });

  it("says which field threw and keeps the others", async () => {
    const [line] = await linesOf((log) =>
      log.info(
        {
          a: 1,
          get bad() {
            return fail();
          },
          broken: 2,
          z: 3,
        },
        "x",
      ),
    );
    expect(line).toMatchObject({ a: 1, bad: "[threw: boom]", broken: "[threw: boom]", z: 3, msg: "x" });
  });

  it("puts BigInt and cycles into words", async () => {
    const [line] = await linesOf((log) => log.info({ big: 12n, inside: [3n], circle: circle() }));
    expect(line).toMatchObject({ big: "12", inside: ["3"], circle: { a: 1, self: "[Circular]" } });
  });

  it("writes one valid line for each of 5,000 random values", async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const makers = Object.values(hostile).filter((make) => make !== deep);
    const value = (depth: number): unknown => {
      const kind = random(6);
      if (kind === 0) return String.fromCharCode(...Array.from({ length: random(40) }, () => random(65_536)));
      if (kind === 1) return random(1_000_000) / 7;
      if (depth < 3 && kind === 2) return Array.from({ length: random(4) }, () => value(depth + 1));
      if (depth < 3 && kind < 5) {
        return Object.fromEntries(
          Array.from({ length: random(5) }, () => [
            `k${random(9)}"\n${String.fromCharCode(random(65_536))}`,
            value(depth + 1),
          ]),
        );
      }
      return makers[random(makers.length)]?.();
    };
    const calls = Object.values(places);
    const lines = await linesOf((log) => {
      for (let i = 0; i < 5_000; i++) calls[random(calls.length)]?.(log, value(0));
    });
    expect(lines).toHaveLength(5_000);
  });
});
