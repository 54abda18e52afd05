/** containerd/ttrpc in Go as a peer of the benchmarks: its server and its client, each a process of its own. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Measured, SetupContext } from "@servertech/benchmarks";
import { buildGo } from "../test/interop/go-toolchain.ts";

const folder = fileURLToPath(new URL("../node_modules/.cache/bench-go", import.meta.url));

/** A process that answers each line with one. */
class GoProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(args: readonly string[]) {
    this.#child = spawn(join(folder, "peer"), args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** Its first line comes once it is ready. */
  static async start(args: readonly string[], context: SetupContext): Promise<{ process: GoProcess; said: string }> {
    await buildGo(new URL("go", import.meta.url), join(folder, "peer"), join(folder, "cache"));
    const process = new GoProcess(args);
    const said = await process.#line();
    context.countCpu(async () => Number(await process.ask("usage")));
    return { process, said };
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return this.#line();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the Go process has ended");
    return value;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    await exited;
  }
}

/** A server in Go. */
export async function goServer(context: SetupContext): Promise<{ port: number; close: () => Promise<void> }> {
  const { process, said } = await GoProcess.start(["serve"], context);
  return { port: Number(said), close: () => process.close() };
}

/** A client in Go. */
export async function goLoad(
  { port, inFlight, bytes }: { port: number; inFlight: number; bytes: number },
  context: SetupContext,
): Promise<{ round: (round: { durationMs: number }) => Promise<Measured>; close: () => Promise<void> }> {
  const { process } = await GoProcess.start(["load", `${port}`, `${inFlight}`, `${bytes}`], context);
  return {
    // What the program in this folder writes.
    round: async ({ durationMs }) => JSON.parse(await process.ask(`${Math.ceil(durationMs)}`)) as Measured,
    close: () => process.close(),
  };
}
