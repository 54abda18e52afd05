/** What the cases share: kinds of log calls, folders, rounds in which everything is written and checked. */
import { closeSync, mkdtempSync, openSync, readSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createLogger, fileSink, type FileSinkOptions } from "@servertech/async-logger";
import { type DestinationStream, type LoggerOptions as PinoOptions, pino } from "pino";

const CALLS = 60_000;
const CALLS_PER_TURN = 100;

/** What is called; every contender has it. */
export interface Log {
  info(first: unknown, message?: string): void;
  error(first: unknown, message?: string): void;
  child(bindings: object): Log;
}

const failure = new Error("query failed");
const fields = { room: 7, user: "ann", ms: 12.5, ok: true, path: "/rooms/7/messages" };
const deep = {
  request: {
    method: "GET",
    path: "/rooms/7",
    headers: { host: "chat.example", accept: "text/html", "x-id": "a1b2c3" },
  },
  user: { id: 7, name: "ann", roles: ["admin", "member"], address: { city: "Berlin", zip: "10115" } },
  timings: [1.5, 2.25, 3.125],
};

const kinds: Readonly<Record<string, (log: Log) => () => void>> = {
  string: (log) => () => log.info("a user joined the room"),
  fields: (log) => () => log.info(fields, "joined"),
  child: (log) => {
    const child = log.child({ reqId: "a1b2c3", route: "/rooms" });
    return () => child.info("joined");
  },
  deep: (log) => () => log.info(deep, "request"),
  error: (log) => () => log.error(failure, "while loading"),
};

/** A logger on a file, in a state to be called. */
export interface Open {
  readonly call: () => void;
  /** Resolves once everything is in the file. */
  readonly written: () => Promise<unknown>;
  /** Frees everything but the folder. */
  readonly close: () => unknown;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "async-logger-bench-"));

const piece = Buffer.alloc(1024 * 1024);

/** The size of the only file of a folder. */
function fileBytes(folder: string): number {
  const [name = ""] = readdirSync(folder);
  return statSync(join(folder, name)).size;
}

/** Checks that the only file of a folder has so many whole lines. Piece by piece: its bytes are not to fill the memory. */
export function checkLines(folder: string, lines: number): void {
  const [name = ""] = readdirSync(folder);
  const fd = openSync(join(folder, name), "r");
  let found = 0;
  let last = 0;
  for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
    const read = piece.subarray(0, count);
    for (let at = read.indexOf(10); at !== -1; at = read.indexOf(10, at + 1)) found += 1;
    last = read.at(-1) ?? 0;
  }
  closeSync(fd);
  if (found !== lines || last !== 10) throw new Error(`${name}: ${found} of ${lines} lines`);
}

/** Rounds of calls, 100 a turn; the time is that in the calls, `totalNs` that until everything is written. */
function rounds(folder: string, { call, written, close }: Open) {
  let lines = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  return {
    async round({ smoke }: { smoke: boolean }) {
      const calls = smoke ? 2_000 : CALLS;
      delay.reset();
      delay.enable();
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
      delay.disable();
      lines += calls;
      const metrics = { totalNs: (elapsedMs * 1e6) / calls, bytesPerLine: fileBytes(folder) / lines };
      return { operations: calls, elapsedMs: inCalls, metrics: { ...metrics, loopDelayMs: delay.max / 1e6 } };
    },
    check: () => checkLines(folder, lines),
    async close() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type Kind = { kind: string };

const callOf = (kind: string, log: Log): (() => void) => {
  const make = kinds[kind];
  if (make === undefined) throw new Error(`unknown kind: ${kind}`);
  return make(log);
};

/** Ours, on a file. */
export function ours(name: string, buffer?: FileSinkOptions["buffer"]) {
  return {
    name,
    package: "@servertech/async-logger",
    setup({ kind }: Kind) {
      const folder = newFolder();
      const log = createLogger({ sinks: [fileSink({ prefix: join(folder, "a_"), buffer })] });
      // pino's flush syncs the file, so ours does, too.
      return rounds(folder, {
        call: callOf(kind, log),
        written: () => log.flush({ fsync: true }),
        close: () => log.close(),
      });
    },
  };
}

/** pino over a stream of its own or another. */
export function pinoOn(
  name: string,
  open: (path: string) => { stream: DestinationStream; written: () => Promise<unknown>; close: () => unknown },
  options: PinoOptions = {},
) {
  return {
    name,
    package: "pino",
    setup({ kind }: Kind) {
      const folder = newFolder();
      const { stream, written, close } = open(join(folder, "a.log"));
      return rounds(folder, { call: callOf(kind, pino(options, stream)), written, close });
    },
  };
}

/** pino over its own destination: its modes. */
function pinoMode(name: string, options: { sync: boolean; minLength?: number }) {
  return pinoOn(name, (dest) => {
    const stream = pino.destination({ dest, ...options });
    const flush = () => new Promise<void>((resolve) => stream.flush(() => resolve()));
    // Its flush calls back at once when nothing fills its buffer; only then is everything handed over.
    const written = async () => {
      await flush();
      stream.flushSync();
    };
    return { stream, written, close: () => stream.destroy() };
  });
}

/** pino's modes, the fastest of which counts. */
export const pinoModes = [
  pinoMode("pino (default)", { sync: false }),
  pinoMode("pino (sync)", { sync: true }),
  pinoMode("pino (async 4096)", { sync: false, minLength: 4_096 }),
] as const;

export const pinoNames: readonly string[] = pinoModes.map(({ name }) => name);
