/** A process that logs numbered lines and ends in the way its arguments say; the parent reads the files afterwards. */
import { createLogger, fileSink } from "../src/index.ts";

const [prefix = "", way = "", rotate = ""] = process.argv.slice(2);
const sizes = rotate === "" ? {} : { rotate: { sizeBytes: Number(rotate) } };
const log = createLogger({ sinks: [fileSink({ prefix, ...sizes })] });
let next = 0;
const burst = (count: number) => {
  for (let i = 0; i < count; i++) log.info({ i: next++ }, "line");
};
const flood = () => {
  burst(50);
  if (next % 20_000 === 0) process.stdout.write("flooding\n");
  setImmediate(flood);
};

switch (way) {
  case "exit at once":
    burst(1);
    process.exit(0);
  // oxlint-disable-next-line no-fallthrough -- process.exit does not return
  case "exit":
    burst(20_000);
    process.exit(0);
  // oxlint-disable-next-line no-fallthrough -- process.exit does not return
  case "throw":
    setImmediate(() => {
      burst(20_000);
      throw new Error("on purpose");
    });
    break;
  case "reject":
    burst(20_000);
    void Promise.reject(new Error("on purpose"));
    break;
  case "natural end":
    burst(20_000);
    break;
  case "exit handler":
    process.on("exit", () => burst(10));
    burst(20_000);
    setTimeout(() => process.exit(0), 5);
    break;
  case "own handler":
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        burst(10);
        process.exit(7);
      });
    }
    flood();
    break;
  case "flood":
    flood();
    break;
  case "flush":
    burst(5_000);
    await log.flush();
    process.kill(process.pid, "SIGKILL");
    break;
  case "fatal":
    burst(4_999);
    log.fatal({ i: next++ }, "line");
    process.kill(process.pid, "SIGKILL");
    break;
  default:
    throw new Error(`unknown way: ${way}`);
}
