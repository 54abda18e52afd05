import { runCli } from "./cli/run.ts";

const interrupt = new AbortController();
// Once: the second Ctrl-C ends the process at once.
process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));
process.once("SIGTERM", () => interrupt.abort(new Error("terminated")));

// Idle connections do not keep the process alive: the command does, until it has ended.
const hold = setInterval(() => {}, 60_000);
const { stdin, stdout, stderr, env } = process;
// The exit code is set, and the process left to end by itself: what is written to a pipe must arrive.
process.exitCode = await runCli(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  noColor: env.NO_COLOR,
  signal: interrupt.signal,
});
clearInterval(hold);
