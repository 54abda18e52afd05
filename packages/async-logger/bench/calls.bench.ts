/** What does a log call cost its caller, and what does it cost until everything is written, next to pino's fastest modes? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, fileSink } from "@servertech/async-logger";
import { compare } from "@servertech/benchmarks";
import { pino } from "pino";

const CALLS = 60_000;
const CALLS_PER_TURN = 100;
const failure = new Error("query failed");
const fields = { room: 7, user: "ann", ms: 12.5, ok: true, path: "/rooms/7/messages" };

interface Log {
  info(first: unknown, message?: string): void;
  error(first: unknown, message?: string): void;
  child(bindings: object): Log;
}

const kinds: Readonly<Record<string, (log: Log) => () => void>> = {
  string: (log) => () => log.info("a user joined the room"),
  fields: (log) => () => log.info(fields, "joined"),
  child: (log) => {
    const child = log.child({ reqId: "a1b2c3", route: "/rooms" });
    return () => child.info("joined");
  },
  error: (log) => () => log.error(failure, "while loading"),
};

/** Rounds of calls, 100 a turn; `value` is the time in the calls, `totalNs` with the writing. */
async function round(call: () => void, written: () => Promise<unknown>, smoke: boolean) {
  const calls = smoke ? 2_000 : CALLS;
  const began = performance.now();
  let inCalls = 0;
  for (let done = 0; done < calls; done += CALLS_PER_TURN) {
    const start = performance.now();
    for (let i = 0; i < CALLS_PER_TURN; i++) call();
    inCalls += performance.now() - start;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await written();
  const elapsedMs = performance.now() - began;
  return { operations: calls, elapsedMs: inCalls, metrics: { totalNs: (elapsedMs * 1e6) / calls } };
}

const newFolder = () => mkdtempSync(join(tmpdir(), "async-logger-bench-"));

function pinoMode(name: string, options: { sync: boolean; minLength?: number }) {
  return {
    name,
    setup({ kind }: { kind: string }) {
      const folder = newFolder();
      const stream = pino.destination({ dest: join(folder, "a.log"), ...options });
      const call = kinds[kind]?.(pino({}, stream)) ?? (() => {});
      const written = () => new Promise<void>((resolve) => stream.flush(() => resolve()));
      return {
        round: ({ smoke }: { smoke: boolean }) => round(call, written, smoke),
        close: () => {
          stream.destroy();
          rmSync(folder, { recursive: true });
        },
      };
    },
  };
}

export default compare({
  question: "What does a log call cost its caller, and until everything is written, next to pino's modes?",
  unit: "ns/call",
  isolate: true,
  params: [{ kind: "string" }, { kind: "fields" }, { kind: "child" }, { kind: "error" }],
  contenders: [
    {
      name: "@servertech/async-logger",
      setup({ kind }) {
        const folder = newFolder();
        const log = createLogger({ sinks: [fileSink({ prefix: join(folder, "a_") })] });
        const call = kinds[kind]?.(log) ?? (() => {});
        return {
          // pino's flush syncs the file, so ours does, too.
          round: ({ smoke }) => round(call, () => log.flush({ fsync: true }), smoke),
          close: async () => {
            await log.close();
            rmSync(folder, { recursive: true });
          },
        };
      },
    },
    pinoMode("pino (sync)", { sync: true }),
    pinoMode("pino (async 4096)", { sync: false, minLength: 4_096 }),
  ],
  goals: [
    { against: ["pino (sync)", "pino (async 4096)"], where: { kind: "string" }, bound: "<=", goal: 0.2 },
    { against: ["pino (sync)", "pino (async 4096)"], where: { kind: "fields" }, bound: "<=", goal: 0.22 },
    { against: ["pino (sync)", "pino (async 4096)"], where: { kind: "child" }, bound: "<=", goal: 0.2 },
    { against: ["pino (sync)", "pino (async 4096)"], where: { kind: "error" }, bound: "<=", goal: 0.33 },
  ],
});
