/** What do the small things cost next to pino: a level that is off, a child, two redacted paths? Lines go to /dev/null. */
import { openSync } from "node:fs";
import { compare } from "@servertech/benchmarks";
import { createLogger, stdoutSink } from "@servertech/async-logger";
import { pino } from "pino";

type What = { what: string };

interface Log {
  debug(message: string): void;
  info(first: unknown, message?: string): void;
  child(bindings: object): Log;
}

const redact = ["user.password", "headers.cookie"];
const request = {
  user: { id: 7, name: "ann", password: "secret" },
  headers: { host: "chat.example", cookie: "id=secret", accept: "text/html" },
};

function batch(what: string, log: Log): (count: number) => Log | undefined {
  switch (what) {
    case "a level that is off":
      return (count) => {
        for (let i = 0; i < count; i++) log.debug("never written");
        return undefined;
      };
    case "child()":
      return (count) => {
        let child = log;
        for (let i = 0; i < count; i++) child = log.child({ reqId: "a1b2c3" });
        return child;
      };
    default:
      return (count) => {
        for (let i = 0; i < count; i++) log.info(request, "request");
        return undefined;
      };
  }
}

const needsRedaction = ({ what }: What) => (what === "two redacted paths" ? { redact } : {});
const NOWHERE = "/dev/null";

export default compare<What>({
  question: "What do a level that is off, a child and two redacted paths cost next to pino?",
  unit: "ns/call",
  isolate: true,
  params: [{ what: "a level that is off" }, { what: "child()" }, { what: "two redacted paths" }],
  contenders: [
    {
      name: "@servertech/async-logger",
      setup(params) {
        const fd = openSync(NOWHERE, "w");
        const log = createLogger({ ...needsRedaction(params), sinks: [stdoutSink({ fd })] });
        return { batch: batch(params.what, log), close: () => log.close() };
      },
    },
    {
      name: "pino (default)",
      package: "pino",
      setup: (params) => ({ batch: batch(params.what, pino(needsRedaction(params), pino.destination(NOWHERE))) }),
    },
    {
      name: "pino (async 4096)",
      package: "pino",
      setup(params) {
        const stream = pino.destination({ dest: NOWHERE, sync: false, minLength: 4_096 });
        return { batch: batch(params.what, pino(needsRedaction(params), stream)) };
      },
    },
  ],
  goals: [
    { against: ["pino (default)", "pino (async 4096)"], where: { what: "a level that is off" }, bound: "<=", goal: 1 },
    { against: ["pino (default)", "pino (async 4096)"], where: { what: "child()" }, bound: "<=", goal: 1 },
    {
      against: ["pino (default)", "pino (async 4096)"],
      where: { what: "two redacted paths" },
      bound: "<=",
      goal: 1 / 2,
    },
  ],
});
