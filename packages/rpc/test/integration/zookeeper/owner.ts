import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Another process with a registered instance, to be stopped and killed. */
export class Owner implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** The exit code, null after a signal. */
  readonly exited: Promise<number | null>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.exited = once(child, "exit").then(([code]) => code as number | null);
  }

  /** One that only registers. */
  static start(connect: string, base: string, id: string, sessionTimeoutMs: number): Promise<Owner> {
    return Owner.#spawn(new URL("owner-process.ts", import.meta.url), [connect, base, id, String(sessionTimeoutMs)]);
  }

  /** One that serves Echo, too, and leaves in order at SIGTERM. */
  static startServer(connect: string, base: string, id: string): Promise<Owner> {
    return Owner.#spawn(new URL("server-process.ts", import.meta.url), [connect, base, id]);
  }

  static async #spawn(file: URL, args: readonly string[]): Promise<Owner> {
    const command = [...process.execArgv, fileURLToPath(file), ...args];
    const child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
    const owner = new Owner(child);
    const [text] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
    if (String(text) === "registered\n") return owner;
    await owner.kill();
    throw new Error(`the owner did not register: ${String(text)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Has it close its registry. @returns how long that took, in milliseconds. */
  async close(timeoutMs: number): Promise<number> {
    const answer = once(this.#child.stdout, "data");
    this.#child.stdin.write(`${timeoutMs}\n`);
    return Number(String((await answer)[0]));
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
