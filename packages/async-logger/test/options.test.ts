// oxlint-disable unicorn/no-thenable -- "then" is the name of an option of sampling, a number
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createLogger, fileSink, prettySink, stdoutSink } from "../src/index.ts";
import { newFolder } from "./log-files.ts";

afterEach(() => vi.unstubAllGlobals());

const wrong = (value: unknown) => value as never;
const sinks = () => [stdoutSink()];
const rule = { first: 1, then: 1, perMs: 1 };

describe("createLogger", () => {
  it.each([
    ["level", { level: "loud" }],
    ["level", { level: wrong(30) }],
    ["customLevels.audit", { customLevels: { audit: 0 } }],
    ["customLevels.audit", { customLevels: { audit: 1.5 } }],
    ["customLevels.audit", { customLevels: { audit: 30 } }],
    ["customLevels.b", { customLevels: { a: 35, b: 35 } }],
    ["customLevels.child", { customLevels: { child: 35 } }],
    ["customLevels.silent", { customLevels: { silent: 35 } }],
    ["customLevels.info", { customLevels: { info: 35 } }],
    ["name", { name: wrong(5) }],
    ["base", { base: wrong("x") }],
    ["time", { time: wrong("utc") }],
    ["serializers", { serializers: wrong(1) }],
    ["serializers.user", { serializers: { user: wrong(1) } }],
    ["redact.paths", { redact: [] }],
    ["redact.paths", { redact: {} }],
    ["redact.paths[0]", { redact: [wrong(1)] }],
    ["redact.keys", { redact: { keys: [] } }],
    ["redact.keys[0]", { redact: { keys: [""] } }],
    ["redact.censor", { redact: { keys: ["a"], censor: wrong(1) } }],
    ["redact.remove", { redact: { keys: ["a"], remove: wrong(1) } }],
    ["redact.path", { redact: wrong({ keys: ["a"], path: [] }) }],
    ["syncLevel", { syncLevel: "never" }],
    ["sinks", { sinks: [] }],
    ["sinks[0].sink", { sinks: [{ sink: wrong({}) }] }],
    ["sinks[0].level", { sinks: [{ sink: stdoutSink(), level: "x" }] }],
    ["sinks[0].format", { sinks: [{ sink: stdoutSink(), format: wrong("xml") }] }],
    ["sample.loud", { sample: { loud: rule } }],
    ["sample.debug.first", { sample: { debug: { ...rule, first: 0 } } }],
    ["sample.debug.then", { sample: { debug: { ...rule, then: 0.5 } } }],
    ["sample.debug.perMs", { sample: { debug: { ...rule, perMs: wrong("1s") } } }],
    ["trace", { trace: wrong({}) }],
    ["handleSignals", { handleSignals: wrong(1) }],
    ["levels", wrong({ levels: 1 })],
  ])("refuses a wrong %s", (option, options) => {
    const before = process.listenerCount("exit");
    expect(() => createLogger({ sinks: sinks(), ...(options as object) })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
    expect(process.listenerCount("exit")).toBe(before);
  });

  it("says all problems at once, and opens no file", () => {
    const folder = join(newFolder(), "logs");
    const wanted = { sinks: [fileSink({ prefix: `${folder}/a_` })], level: "loud", name: "", time: wrong(1) };
    expect(() => createLogger(wanted)).toThrow(/level: .*name: .*time: /);
    expect(existsSync(folder)).toBe(false);
  });

  it("takes undefined for every option, and each boundary", async () => {
    const log = createLogger({
      level: undefined,
      customLevels: { least: 1 },
      sample: { trace: rule, debug: undefined },
      redact: undefined,
      sinks: [fileSink({ prefix: `${newFolder()}/a_`, path: undefined, keep: undefined, rotate: undefined })],
    });
    expect(log.level).toBe("info");
    await log.close();
  });
});

describe("child", () => {
  it.each([
    ["level", { level: "loud" }],
    ["serializers.a", { serializers: { a: wrong(1) } }],
    ["redact.paths[0]", { redact: [".."] }],
    ["msgPrefix", { msgPrefix: wrong(1) }],
  ])("refuses a wrong %s", async (option, options) => {
    const log = createLogger({ sinks: sinks() });
    expect(() => log.child({}, options)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
    await log.close();
  });
});

describe("fileSink", () => {
  const prefix = "unused_";

  it.each([
    ["prefix", {}],
    ["prefix", { prefix, path: "x" }],
    ["prefix", { prefix: "" }],
    ["path", { path: "" }],
    ["rotate", { path: "x", rotate: { sizeBytes: 1 } }],
    ["keep", { path: "x", keep: { files: 1 } }],
    ["currentLink", { path: "x", currentLink: true }],
    ["mkdir", { prefix, mkdir: wrong("yes") }],
    ["rotate.sizeBytes", { prefix, rotate: { sizeBytes: 0 } }],
    ["rotate.sizeBytes", { prefix, rotate: { sizeBytes: wrong("64m") } }],
    ["rotate.everyMs", { prefix, rotate: { everyMs: wrong("1d") } }],
    ["rotate.everyMs", { prefix, rotate: { everyMs: 0 } }],
    ["keep.files", { prefix, keep: { files: 0 } }],
    ["keep.ageMs", { prefix, keep: { ageMs: Infinity } }],
    ["keep.totalBytes", { prefix, keep: { totalBytes: -1 } }],
    ["keep.gzip", { prefix, keep: { gzip: wrong(9) } }],
    ["keep.days", { prefix, keep: wrong({ days: 9 }) }],
    ["timeZone", { prefix, timeZone: wrong("Europe/Berlin") }],
    ["currentLink", { prefix, currentLink: wrong(1) }],
    ["currentLink", { prefix, currentLink: "" }],
    ["buffer.swapBytes", { prefix, buffer: { swapBytes: 0 } }],
    ["buffer.swapBytes", { prefix, buffer: { swapBytes: 11, maxBufferBytes: 10 } }],
    ["buffer.intervalMs", { prefix, buffer: { intervalMs: -1 } }],
    ["buffer.intervalMs", { prefix, buffer: { intervalMs: 2 ** 31 } }],
    ["buffer.maxBufferBytes", { prefix, buffer: { maxBufferBytes: wrong("8m"), swapBytes: 1 } }],
    ["buffer.overflow", { prefix, buffer: { overflow: wrong("drop") } }],
    ["fsync", { prefix, fsync: wrong("always") }],
    ["fsync.everyMs", { prefix, fsync: { everyMs: 0 } }],
    ["reopenOn", { prefix, reopenOn: wrong("SIGUSR2") }],
    ["sync", { prefix, sync: wrong(1) }],
    ["prefixes", wrong({ prefix, prefixes: 1 })],
  ])("refuses a wrong %s: %j", (option, options) => {
    expect(() => fileSink(options)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
  });

  it("takes each boundary", () => {
    const bounds = { sizeBytes: 1, everyMs: 1 };
    const buffer = { swapBytes: 1, intervalMs: 0, maxBufferBytes: 1, overflow: "drop-oldest" as const };
    const keep = { files: 1, ageMs: 1, totalBytes: 1, gzip: false };
    expect(() =>
      fileSink({ prefix, rotate: bounds, keep, buffer, fsync: { everyMs: 1 }, reopenOn: "SIGHUP" }),
    ).not.toThrow();
    expect(() => fileSink({ prefix, buffer: { intervalMs: 2 ** 31 - 1 }, currentLink: "link" })).not.toThrow();
  });

  it("refuses reopenOn on Windows", () => {
    vi.stubGlobal("process", { ...process, platform: "win32" });
    expect(() => fileSink({ path: "x", reopenOn: "SIGHUP" })).toThrow(/reopenOn: cannot be used on Windows/);
  });
});

describe.each([
  ["stdoutSink", stdoutSink],
  ["prettySink", prettySink],
])("%s", (_, make) => {
  it.each([
    ["fd", { fd: 1.5 }],
    ["fd", { fd: -1 }],
    ["sync", { sync: wrong(1) }],
    ["buffer.swapBytes", { buffer: { swapBytes: 0 } }],
    ["prefix", wrong({ prefix: "x" })],
  ])("refuses a wrong %s", (option, options) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
  });
});
