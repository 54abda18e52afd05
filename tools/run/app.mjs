/** One of the example apps as a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./root.mjs";
import { RunError } from "./run-error.mjs";
import { services } from "./servers.mjs";
import { note } from "./steps.mjs";

/** An app's own shutdown takes at most 25 s. */
const STOP_LIMIT_MS = 30_000;

export class App {
  #name;
  #child;
  #watchdog;
  /** Resolves with the exit status when the process has ended. */
  ended;

  /** @param env variables beside those of this process. */
  constructor(name, env) {
    this.#name = name;
    // In a process group of its own: Ctrl-C reaches this process alone, which stops the apps before their servers.
    this.#child = spawn(process.execPath, ["--max-semi-space-size=64", join(root, "examples", name, "dist/main.js")], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    createInterface({ input: this.#child.stderr }).on("line", note);
    this.ended = once(this.#child, "exit").then(([code, signal]) => code ?? 128 + (constants.signals[signal] ?? 0));
    // The app ends even when this process is killed.
    this.#watchdog = services().then(({ Watchdog }) => {
      const watchdog = new Watchdog([]);
      watchdog.watch(this.#child.pid);
      return watchdog;
    });
  }

  /** Waits for the line in which the app says where it serves, and gives that address. What it waits for it says itself. */
  async ready() {
    const listening = new RegExp(`^${this.#name} listening on (\\S+)$`);
    const said = new Promise((resolve) => {
      // Read on to the end: a full pipe would hold the app up.
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const match = listening.exec(line);
        if (match !== null) resolve(match[1]);
      });
    });
    const outcome = await Promise.race([said, this.ended]);
    if (typeof outcome === "string") return outcome;
    throw new RunError(`${this.#name} did not start (exit ${outcome}); its log is in .data/logs`, outcome || 1);
  }

  /** Has the app finish what it does and end. May be called twice. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(timer);
    await (await this.#watchdog).close();
  }
}
