/** What does the formatter cost alone, with five fields and nothing behind it, next to pino's? */
import { compare } from "@servertech/benchmarks";
import { pino } from "pino";
import { hostname } from "node:os";
import { LineFormat, bindingsText } from "../src/line/line-format.ts";
import { LineStyle } from "../src/line/line-style.ts";
import { serializeError } from "../src/line/err-serializer.ts";
import { timestamp } from "../src/line/timestamp.ts";

const fields = { room: 7, user: "ann", ms: 12.5, ok: true, path: "/rooms/7/messages" };

export default compare({
  question: "What does the formatter cost alone, with five fields and nothing behind it, next to pino's?",
  unit: "ns/line",
  isolate: true,
  contenders: [
    {
      name: "@servertech/async-logger",
      setup() {
        const format = new LineFormat(timestamp("epoch"));
        const style = new LineStyle({ err: serializeError }, undefined, "");
        const bindings = bindingsText({ pid: process.pid, hostname: hostname() }, style);
        let bytes = 0;
        return {
          batch(count: number) {
            for (let i = 0; i < count; i++) bytes += format.line(30, bindings, style, fields, "joined", []).length;
          },
          check: () => mustBePositive(bytes),
        };
      },
    },
    {
      name: "pino",
      setup() {
        let bytes = 0;
        const log = pino({}, { write: (line: string) => void (bytes += line.length) });
        return {
          batch(count: number) {
            for (let i = 0; i < count; i++) log.info(fields, "joined");
          },
          check: () => mustBePositive(bytes),
        };
      },
    },
  ],
  goals: [{ against: "pino", bound: "<=", goal: 1 / 2.5 }],
});

function mustBePositive(bytes: number): void {
  if (bytes <= 0) throw new Error("nothing was written");
}
