/** What does an unmodified pino gain from our destination in the place of its own? */
import { compare } from "@servertech/benchmarks";
import { pinoDestination } from "@servertech/async-logger";
import { type Kind, pinoModes, pinoNames, pinoOn } from "./logging.ts";

const over = pinoOn("pino over pinoDestination", (path) => {
  const stream = pinoDestination({ path, fsync: "rotate" });
  return { stream, written: () => stream.flush(), close: () => stream.close() };
});

export default compare<Kind>({
  question: "What does an unmodified pino gain from our destination in the place of its own?",
  unit: "ns/call",
  isolate: true,
  params: [{ kind: "string" }, { kind: "fields" }],
  contenders: [over, ...pinoModes],
  goals: [
    { against: pinoNames, bound: "<=", goal: 1 / 2 },
    { against: pinoNames, metric: "totalNs", bound: "<=", goal: 1 / 1.8 },
    { against: pinoNames, metric: "cpuUsPerOp", bound: "<=", goal: 1 / 1.5 },
  ],
});
