import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Another process with a registered instance, to be stopped and killed. */
export class Owner implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(connect: string, base: string, id: string, sessionTimeoutMs: number): Promise<Owner> {
    const file = fileURLToPath(new URL("owner-process.ts", import.meta.url));
    const args = [...process.execArgv, file, connect, base, id, String(sessionTimeoutMs)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const owner = new Owner(child);
    const [text] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
    if (String(text) === "registered\n") return owner;
    await owner.kill();
    throw new Error(`the owner did not register: ${String(text)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
