/** Requests to a child process and its answers, one at a time for each, over the channel that `fork` makes. */
import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BenchmarkError } from "./benchmark-error.ts";

interface Request {
  readonly id: number;
  readonly kind: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const CLOSE_LIMIT_MS = 5_000;

/** The asking side. */
export class ChildRequests {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  /**
   * Starts `script` with this process' options, so that it reads TypeScript too. What it prints goes to standard error.
   *
   * @param name what messages call it.
   * @param runtime an executable other than this process' own, which must read TypeScript by itself.
   */
  constructor(script: URL, name: string, runtime?: string) {
    this.#name = name;
    // Values such as NaN and Map survive the structured clone, not JSON, which is all that another runtime understands.
    const options: ForkOptions =
      runtime === undefined
        ? { serialization: "advanced" }
        : { serialization: "json", execPath: runtime, execArgv: [] };
    this.#child = fork(fileURLToPath(script), [], { ...options, stdio: ["ignore", 2, 2, "ipc"] });
    this.#child.on("message", (answer) => this.#settle(answer as Answer));
    this.#child.on("error", (error) => this.#fail(error.message));
    this.#child.on("exit", (code, signal) => this.#fail(`ended with ${signal ?? `status ${code}`}`));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws {@link BenchmarkError} with the child's stack, or when the child has ended. */
  async ask(kind: string, argument?: unknown): Promise<unknown> {
    if (!this.#child.connected) throw new BenchmarkError(`${this.#name} has ended`);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, kind, argument } satisfies Request);
    });
  }

  /** Asks the child to close and waits for its end, killing it after 5 s. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), CLOSE_LIMIT_MS);
    try {
      await this.ask("close");
      this.#child.disconnect();
      await ended;
    } catch (error) {
      this.#child.kill("SIGKILL");
      await ended;
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  /** Ends the child at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(new BenchmarkError(`${this.#name}: ${answer.error}`));
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new BenchmarkError(`${this.#name} ${reason}`));
    this.#waiting.clear();
  }
}

/** The answering side: `handlers` by kind. The process ends with its parent. */
export function answerRequests(handlers: Readonly<Record<string, (argument: unknown) => unknown>>): void {
  process.on("message", (message) => {
    const { id, kind, argument } = message as Request;
    const handle = async () => handlers[kind]?.(argument);
    handle().then(
      (value) => send({ id, value }),
      (error: unknown) => send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
}

function send(answer: Answer): void {
  process.send?.(answer);
}
