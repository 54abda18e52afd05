/** The command line without its process: arguments and streams in, exit code out. */
import { OptionError, nearestName } from "@servertech/core";
import { isRpcError } from "../rpc-error.ts";
import { CallFailed } from "./call-failed.ts";
import { type ErrorReport, reportOf } from "./error-report.ts";
import { packageVersion } from "./package-version.ts";
import { type CliStreams, OutputClosed, Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

interface Command {
  readonly help: string;
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Each is loaded when it is used. */
const COMMANDS: ReadonlyMap<string, { readonly summary: string; readonly load: () => Promise<Command> }> = new Map([
  ["gen", { summary: "write TypeScript modules for proto files", load: () => import("./gen.ts") }],
  ["call", { summary: "make a call, JSON in and out", load: () => import("./call.ts") }],
  ["list", { summary: "list services, or the methods of one", load: () => import("./list.ts") }],
  ["describe", { summary: "show how services and messages are declared", load: () => import("./describe.ts") }],
  ["health", { summary: "ask whether a server takes calls", load: () => import("./health.ts") }],
  ["bench", { summary: "measure calls per second and their latency", load: () => import("./bench.ts") }],
]);

const HELP = `servertech-rpc <command> [arguments]

${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`).join("")}
  servertech-rpc <command> --help tells more of a command; --version prints the version.

Exit codes: 0 done, 1 the call or the command failed, 2 wrong arguments, 130 interrupted.
`;

/** As a shell tells of a program that SIGINT or SIGPIPE has ended. */
const INTERRUPTED = 130;
const OUTPUT_CLOSED = 141;

/** @returns 0 done, 1 failed, 2 wrong arguments, 130 stopped by the signal, 141 nobody reads the output. */
export async function runCli(args: readonly string[], streams: CliStreams): Promise<number> {
  const terminal = new Terminal(streams, args.includes("--json"));
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    try {
      return await tell(error, terminal);
    } catch (outputError) {
      if (outputError instanceof OutputClosed) return OUTPUT_CLOSED;
      throw outputError;
    }
  }
}

async function dispatch([name, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === "--version" || name === "-V") {
    await terminal.out.write(`${packageVersion()}\n`);
    return 0;
  }
  const asksHelp = name === "help" || name === "--help" || name === "-h";
  const commandName = asksHelp ? rest[0] : name;
  if (commandName === undefined) {
    if (!asksHelp) throw new UsageError("which command?");
    await terminal.out.write(HELP);
    return 0;
  }
  const command = await commandOf(commandName).load();
  if (!asksHelp && !wantsHelp(rest)) return command.run(rest, terminal);
  await terminal.out.write(command.help);
  return 0;
}

function commandOf(name: string): { readonly load: () => Promise<Command> } {
  const command = COMMANDS.get(name);
  if (command !== undefined) return command;
  const meant = nearestName(name, [...COMMANDS.keys()]);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new UsageError(`there is no command ${name}${hint}`);
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

/** @returns the exit code. */
async function tell(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof OutputClosed) return OUTPUT_CLOSED;
  if (terminal.signal.aborted && error === terminal.signal.reason) return INTERRUPTED;
  if (error instanceof UsageError || error instanceof OptionError) {
    await tellWrongArguments(error, terminal);
    return 2;
  }
  await tellFailure(error, terminal);
  return 1;
}

async function tellWrongArguments(error: UsageError | OptionError, { err, json }: Terminal): Promise<void> {
  const { message } = error;
  if (json) return err.write(`${JSON.stringify({ code: "USAGE", message })}\n`);
  const command = error instanceof UsageError ? error.command : undefined;
  const help = `servertech-rpc ${command === undefined ? "" : `${command} `}--help`;
  await err.write(`${err.paint("red", "servertech-rpc:")} ${message}\nTry: ${help}\n`);
}

async function tellFailure(error: unknown, { err, json }: Terminal): Promise<void> {
  const report = error instanceof CallFailed ? error.report : isRpcError(error) ? reportOf(error) : undefined;
  const text = report?.message ?? (error instanceof Error ? error.message : String(error));
  if (json) return err.write(`${JSON.stringify(report ?? { code: "FAILED", message: text })}\n`);
  const name = err.paint("red", "servertech-rpc:");
  await err.write(report === undefined ? `${name} ${text}\n` : `${name} ${failureText(report)}`);
}

function failureText({ status, code, message, details, trailers }: ErrorReport): string {
  const lines = [`${code} (${status})${message === "" ? "" : `: ${message}`}`];
  for (const detail of details) lines.push(`  detail: ${JSON.stringify(detail)}`);
  for (const [key, values] of Object.entries(trailers))
    for (const value of values) lines.push(`  trailer: ${key}: ${value}`);
  return `${lines.join("\n")}\n`;
}
