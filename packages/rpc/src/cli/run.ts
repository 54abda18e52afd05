/** The command line without its process: arguments in, texts and exit code out. */
import { gen, GEN_HELP } from "./gen.ts";
import { UsageError } from "./usage-error.ts";

export interface CliResult {
  /** 0 done, 1 failed, 2 wrong arguments. */
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCli(args: readonly string[]): Promise<CliResult> {
  const [command, ...rest] = args;
  if (command === "--help" || command === "-h") return { exitCode: 0, stdout: GEN_HELP, stderr: "" };
  try {
    if (command === undefined) throw new UsageError("which command?");
    if (command !== "gen") throw new UsageError(`there is no command ${command}`);
    return { exitCode: 0, stdout: await gen(rest), stderr: "" };
  } catch (error) {
    if (error instanceof UsageError) {
      return { exitCode: 2, stdout: "", stderr: `servertech-rpc: ${error.message}\n\n${GEN_HELP}` };
    }
    const text = error instanceof Error ? error.message : String(error);
    return { exitCode: 1, stdout: "", stderr: `servertech-rpc: ${text}\n` };
  }
}
