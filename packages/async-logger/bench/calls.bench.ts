/** What does a log call cost its caller, and what does it cost until everything is written, next to pino's modes? */
import { compare } from "@servertech/benchmarks";
import { type Kind, ours, pinoModes, pinoNames } from "./logging.ts";

const against = pinoNames;
const goal = (kind: string, most: number, metric?: string) => {
  return { against, where: { kind }, bound: "<=" as const, goal: most, ...(metric === undefined ? {} : { metric }) };
};

export default compare<Kind>({
  question: "What does a log call cost its caller, and until everything is written, next to pino's modes?",
  unit: "ns/call",
  isolate: true,
  params: [{ kind: "string" }, { kind: "child" }, { kind: "fields" }, { kind: "deep" }, { kind: "error" }],
  contenders: [ours("@servertech/async-logger"), ours("ours, each turn", { intervalMs: 0 }), ...pinoModes],
  goals: [
    goal("string", 1 / 5),
    goal("child", 1 / 5),
    goal("fields", 1 / 4.5),
    goal("deep", 1 / 2.2),
    goal("error", 1 / 3),
    ...["string", "child", "fields"].flatMap((kind) => [
      goal(kind, 1 / 2.5, "totalNs"),
      goal(kind, 1 / 2.5, "cpuUsPerOp"),
    ]),
    ...["string", "child", "fields", "deep", "error"].map((kind) => goal(kind, 1, "bytesPerLine")),
  ],
});
