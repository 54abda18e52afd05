// oxlint-disable unicorn/no-thenable -- "then" is the name of an option of sampling, a number
import type { Logger as CoreLogger } from "@servertech/core";
import { ROOT_CONTEXT, type Span, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import defaultExport, { type AsyncLogger, createLogger, fileSink, stdoutSink } from "../src/index.ts";
import { linesIn, linesInFolder, newFolder } from "./log-files.ts";
import { loggedLines, loggedText } from "./logged-lines.ts";

afterEach(() => vi.useRealTimers());

describe("the types", () => {
  it("fit core's Logger, a union with console, and a default import", async () => {
    const lines = await loggedLines({}, (log) => {
      const core: CoreLogger = log;
      const either: AsyncLogger | Console = log;
      core.info({ a: 1 }, "core");
      either.info("either");
      either.error("failed", new Error("boom"));
    });
    expect(lines.map(({ msg }) => msg)).toEqual(["core", "either", "failed"]);
    expect(defaultExport).toBe(createLogger);
  });
});

describe("levels", () => {
  it("change at run time for a logger and its subtree, but for those with one of their own", async () => {
    const lines = await loggedLines({}, (log) => {
      const child = log.child({});
      const grandchild = child.child({});
      const own = child.child({}, { level: "error" });
      child.level = "trace";
      log.debug("no");
      child.debug("child");
      grandchild.trace("grandchild");
      own.warn("no");
      expect([log.level, child.level, grandchild.level, own.level]).toEqual(["info", "trace", "trace", "error"]);
      own.level = "debug";
      own.debug("own");
      log.level = "silent";
      log.fatal("no");
      child.info("still");
      expect(own.isLevelEnabled("trace")).toBe(false);
      log.silent("no");
    });
    expect(lines.map(({ msg }) => msg)).toEqual(["child", "grandchild", "own", "still"]);
  });

  it("may be one's own, with a method each, for children, too", async () => {
    const lines = await loggedLines({ customLevels: { audit: 35, chatter: 5 }, level: "chatter" }, (log) => {
      log.audit({ who: "ann" }, "login");
      log.child({ id: 1 }).chatter("%d times", 2);
      log.level = "audit";
      log.info("no");
      log.audit("yes");
      expect(log.level).toBe("audit");
    });
    expect(lines).toMatchObject([
      { level: 35, who: "ann", msg: "login" },
      { level: 5, id: 1, msg: "2 times" },
      { level: 35, msg: "yes" },
    ]);
  });

  it("come from the environment when no option says so", async () => {
    vi.stubEnv("LOG_LEVEL", "debug");
    expect(await loggedLines({}, (log) => log.debug("x"))).toHaveLength(1);
    expect(await loggedLines({ level: "info" }, (log) => log.debug("x"))).toHaveLength(0);
    vi.stubEnv("LOG_LEVEL", "loud");
    expect(() => createLogger({ sinks: [stdoutSink()] })).toThrow(/^LOG_LEVEL: must be one of/);
    vi.unstubAllEnvs();
  });
});

describe("time", () => {
  it("may be local, with its offset", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 22, 8, 1, 31, 7) });
    const [line] = await loggedLines({ time: "local" }, (log) => log.info("x"));
    expect(line?.time).toMatch(/^2026-11-22T08:01:31\.007[+-]\d\d:\d\d$/);
    expect(Date.parse(line?.time as string)).toBe(Date.now());
  });
});

describe("run", () => {
  it("adds its fields after the bindings to everything that is logged inside, also later", async () => {
    const text = await loggedText({ base: null, time: false }, async (log) => {
      const child = log.child({ c: 1 });
      await log.run({ reqId: "r1" }, async () => {
        child.info({ f: 2 }, "one");
        await Promise.resolve();
        child.run({ user: "ann" }, () => log.info("two"));
        log.info("three");
      });
      log.info("four");
      expect(log.run({ any: 1 }, () => 5)).toBe(5);
    });
    expect(text).toBe(
      [
        '{"level":30,"c":1,"reqId":"r1","f":2,"msg":"one"}',
        '{"level":30,"reqId":"r1","user":"ann","msg":"two"}',
        '{"level":30,"reqId":"r1","msg":"three"}',
        '{"level":30,"msg":"four"}',
        "",
      ].join("\n"),
    );
  });

  it("reads its fields once, and hides what is to be hidden", async () => {
    let reads = 0;
    const fields = {
      get id() {
        reads += 1;
        return reads;
      },
      token: "hush",
    };
    const lines = await loggedLines({ redact: ["token"] }, (log) => {
      log.run(fields, () => {
        log.info("x");
        log.info("y");
      });
    });
    expect(lines).toMatchObject([
      { id: 1, token: "[Redacted]" },
      { id: 1, token: "[Redacted]" },
    ]);
  });
});

describe("trace", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";

  it("adds the ids of the active span of @opentelemetry/api", async () => {
    const storage = new AsyncLocalStorage<typeof ROOT_CONTEXT>();
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, fn, self, ...args) => storage.run(active, () => fn.call(self as never, ...args)),
      bind: (_, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    const span: Span = trace.wrapSpanContext({ traceId, spanId, traceFlags: 1 });
    const lines = await loggedLines({ trace }, (log) => {
      log.info("outside");
      context.with(trace.setSpan(context.active(), span), () => log.run({ a: 1 }, () => log.info({ b: 2 }, "inside")));
    });
    context.disable();
    expect(Object.keys(lines[1] ?? {}).slice(4)).toEqual(["a", "trace_id", "span_id", "b", "msg"]);
    expect(lines).toMatchObject([{ msg: "outside" }, { trace_id: traceId, span_id: spanId }]);
    expect(lines[0]).not.toHaveProperty("trace_id");
  });

  it.each([
    [
      "a tracer that throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["a span that is none", () => ({ spanContext: () => ({ traceId: "0".repeat(32), spanId: "0".repeat(16) }) })],
    ["ids that are none", () => ({ spanContext: () => ({ traceId: '"\n', spanId }) })],
  ])("costs nothing but the ids: %s", async (_, getActiveSpan) => {
    const lines = await loggedLines({ trace: { getActiveSpan } }, (log) => log.info("x"));
    expect(lines).toEqual([expect.not.objectContaining({ trace_id: expect.anything() as string })]);
  });
});

describe("sampling", () => {
  it("writes the first lines of a message and one in so many, and says how many it left out", async () => {
    const lines = await loggedLines(
      { level: "debug", sample: { debug: { first: 3, then: 5, perMs: 60_000 } } },
      (log) => {
        for (let i = 1; i <= 20; i++) log.debug({ i }, "often");
        for (let i = 1; i <= 4; i++) log.debug("user %d", i);
        log.debug("once");
        for (let i = 0; i < 10; i++) log.info("not sampled");
        expect(log.stats().suppressed).toBe(15);
      },
    );
    expect(lines.flatMap(({ i, msg }) => (msg === "often" ? [i] : []))).toEqual([1, 2, 3, 8, 13, 18]);
    expect(lines.filter(({ msg }) => msg === "not sampled")).toHaveLength(10);
    expect(lines.filter(({ suppressed }) => suppressed !== undefined)).toMatchObject([
      { level: 20, suppressed: 14, of: "often", msg: "log lines suppressed" },
      { level: 20, suppressed: 1, of: "user %d", msg: "log lines suppressed" },
    ]);
  });

  it("reports at the end of each period, without a further line", async () => {
    const folder = newFolder();
    const sample = { info: { first: 1, then: 100, perMs: 20 } };
    const log = createLogger({ sample, sinks: [fileSink({ prefix: `${folder}/a_` })] });
    for (let i = 0; i < 10; i++) log.info("x");
    await expect.poll(() => linesInFolder(folder)).toMatchObject([{ msg: "x" }, { suppressed: 9, of: "x" }]);
    log.info("x");
    await log.close();
    expect(linesInFolder(folder)).toHaveLength(3);
  });

  it("keeps its memory bounded however many messages there are", async () => {
    const lines = await loggedLines({ sample: { info: { first: 1, then: 1_000_000, perMs: 60_000 } } }, (log) => {
      for (let i = 0; i < 10_000; i++) log.info(`message ${i}`);
    });
    expect(lines.filter(({ msg }) => String(msg).startsWith("message"))).toHaveLength(4_097);
    expect(lines.at(-1)).toMatchObject({ suppressed: 10_000 - 4_097, of: "" });
  });
});

describe("redaction", () => {
  it("hides keys at any depth beside paths, wherever they come from", async () => {
    const text = await loggedText({ redact: { paths: ["user.name"], keys: ["password"] } }, (log) => {
      const circular: Record<string, unknown> = { password: "hush" };
      circular.self = circular;
      log.child({ password: "hush" }).info({ user: { name: "hush", deep: [{ password: "hush" }] }, circular }, "%j", {
        user: { name: "hush", password: "hush" },
      });
      log.error(Object.assign(new Error("x"), { config: { password: "hush" } }));
    });
    expect(text).not.toContain('hush"');
    expect(text.match(/\[Redacted\]/g)).toHaveLength(7);
  });

  it("hides what is in values that JSON refuses", async () => {
    const text = await loggedText({ redact: ["*.secret", "big.a.secret"] }, (log) => {
      const bad = {
        secret: "hush",
        get thrown(): never {
          throw new Error("boom");
        },
      };
      log.info({ bad, big: { a: { secret: "hush", n: 1n } } }, "x");
    });
    expect(text).not.toContain("hush");
    expect(linesIn(text)).toMatchObject([{ bad: { thrown: "[threw: boom]" }, big: { a: { n: "1" } } }]);
  });

  it("never changes what is logged", async () => {
    const user = Object.freeze({ token: "kept", list: Object.freeze([1]) });
    await loggedText({ redact: ["user.token", "user.list[*]"] }, (log) => log.info({ user }));
    expect(user).toEqual({ token: "kept", list: [1] });
  });

  it("notes a censor that throws", async () => {
    const censor = () => {
      throw new Error("boom");
    };
    const lines = await loggedLines({ redact: { paths: ["a", "b.c"], keys: ["k"], censor } }, (log) =>
      log.info({ a: 1, b: { c: 2 }, d: { k: 3 } }),
    );
    expect(lines).toMatchObject([{ a: "[threw: boom]", b: { c: "[threw: boom]" }, d: { k: "[threw: boom]" } }]);
  });

  it.each(["", ".a", "a.", "a..b", "a[", "a]", "a[]", "a,b", "[*", "a b.", "a[b][", "..", "a.[b]"])(
    "refuses the path %j",
    (path) => {
      expect(() => createLogger({ redact: [path], sinks: [stdoutSink()] })).toThrow(
        expect.objectContaining({ code: "OPTION_INVALID" }),
      );
    },
  );
});

describe("several sinks", () => {
  it("take their level and format from one formatting pass", async () => {
    const folder = newFolder();
    let reads = 0;
    const log = createLogger({
      level: "debug",
      sinks: [
        { sink: fileSink({ path: `${folder}/all` }), level: "info" },
        { sink: fileSink({ path: `${folder}/loud` }), level: "error" },
        { sink: fileSink({ path: `${folder}/eyes` }), level: "warn", format: "pretty" },
      ],
    });
    const value = {
      toJSON() {
        reads += 1;
        return 1;
      },
    };
    log.debug({ value }, "nobody takes it");
    log.info({ value }, "one");
    log.error({ value }, "all \u001B[31m");
    await log.close();
    const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8");
    expect(reads).toBe(2);
    expect(linesIn(read("all"))).toHaveLength(2);
    expect(linesIn(read("loud"))).toHaveLength(1);
    expect(read("eyes")).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR : all \\u001b\[31m \{"value":1\}\n$/);
  });
});
