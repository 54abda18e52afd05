import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "./errors.ts";
import { isBindable } from "./ports.ts";
import type { Command } from "./recipe.ts";

const READY_LIMIT_MS = 30_000;
const POLL_MS = 10;
const LOG_LINES = 15;
const GRACE_MS = 5_000;

/** One process of a server, in a process group of its own so that Ctrl-C at the terminal reaches the parent alone. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #gone: Promise<void>;
  #spawnError: Error | undefined;

  /** @param logFile takes what the program writes; started anew. */
  constructor(command: Command, cwd: string, logFile: string) {
    const log = openSync(logFile, "w");
    try {
      const stdio = ["ignore", log, log] as ["ignore", number, number];
      this.#child = spawn(command.file, command.args, { cwd, detached: true, stdio });
    } finally {
      closeSync(log);
    }
    this.#logFile = logFile;
    this.#gone = once(this.#child, "exit").then(
      () => {},
      (error: Error) => {
        this.#spawnError = error;
      },
    );
    this.#child.unref();
  }

  /** `undefined` when the program could not be started at all. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once the process has ended. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /**
   * Asks `isReady` every 10 ms until it says so.
   *
   * @throws {@link ServerStartError} when the process ends before, or after 30 s.
   */
  async ready(name: string, port: number, isReady: (pid: number) => Promise<boolean>): Promise<void> {
    const limit = Date.now() + READY_LIMIT_MS;
    while (this.isRunning && Date.now() < limit) {
      if (await isReady(this.#child.pid as number)) {
        // The answer and the process go together only if it still runs.
        if (this.isRunning) return;
        break;
      }
      await sleep(POLL_MS);
    }
    if (!this.isRunning) await this.#gone;
    const reason = this.isRunning ? `not ready within ${READY_LIMIT_MS / 1_000} s` : this.#ending();
    await this.end("SIGKILL");
    const log = readFileSync(this.#logFile, "utf8").trimEnd();
    const portBusy = /\bin use\b/i.test(log) || !(await isBindable(port));
    const lastLines = log.split("\n").slice(-LOG_LINES).join("\n");
    throw new ServerStartError(`${name} did not start (${reason})\n${lastLines}`.trimEnd(), portBusy, this.#spawnError);
  }

  /** Sends a signal to the process; does nothing after its end. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) sendSignal(this.#child.pid as number, signal);
  }

  /** Ends the process: with `SIGTERM` it has 5 s before the rest of its group is killed. Resolves once it has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (!this.isRunning) return;
    this.#child.ref();
    this.#signalGroup(signal);
    this.#signalGroup("SIGCONT"); // one that was stopped hears nothing else
    const killer = setTimeout(() => this.#signalGroup("SIGKILL"), GRACE_MS);
    await this.#gone;
    clearTimeout(killer);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.isRunning) sendSignal(-(this.#child.pid as number), signal);
  }

  #ending(): string {
    const { exitCode, signalCode } = this.#child;
    if (this.#spawnError !== undefined) return this.#spawnError.message;
    return signalCode === null ? `exit ${exitCode}` : `ended by ${signalCode}`;
  }
}

function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // It ended just now and Node has yet to say so; macOS answers EPERM for a group of zombies.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Why a server did not start, and whether another port may help. */
export class ServerStartError extends ServiceError {
  override readonly name: string = "ServerStartError";
  readonly portBusy: boolean;

  constructor(message: string, portBusy: boolean, cause: unknown) {
    super("SERVICE_START_FAILED", message, cause === undefined ? undefined : { cause });
    this.portBusy = portBusy;
  }
}
