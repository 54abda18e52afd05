/** A process with a life cycle, for lifecycle.test.ts: `quick` drains at once, `stuck` never. */
import { writeSync } from "node:fs";
import { createLifecycle } from "../src/index.ts";

const say = (line: string) => writeSync(1, `${line}\n`);

createLifecycle({ settleMs: 0 })
  .add("deregister", () => say("deregistered"))
  .add("drain", ({ reason }) => {
    say("drain begins");
    if (process.argv[2] === "stuck") return new Promise(() => {});
    return say(`drained ${reason}`);
  })
  .add("logger", ({ reason }) => say(`flushed ${reason}`))
  .installSignalHandlers();

process.on("message", (what) => {
  if (what === "throw") throw new Error("boom");
  void Promise.reject(new Error("boom"));
});
process.send?.("ready");
