import { runPlugin } from "./cli/plugin.ts";

const { exitCode, stdout, stderr } = await runPlugin(process.argv.slice(2), process.stdin);
// The exit code is set, and the process left to end by itself: what is written to a pipe must arrive.
process.exitCode = exitCode;
process.stdout.write(stdout);
process.stderr.write(stderr);
