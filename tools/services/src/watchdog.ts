import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";

// Lines on standard input: the id of the process group to stop, or 0 for none. At the end of input, which also comes when the
// parent is killed: TERM (and CONT, for one that was stopped), 5 s of grace, KILL, then the folders go.
// A zombie counts as gone: in a container process 1 may reap it late.
const SCRIPT = `
trap '' INT TERM HUP
pid=0
while read -r line; do pid=$line; done
alive() {
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/stat" ]; then
    read -r stat <"/proc/$pid/stat" 2>/dev/null || return 1
    stat=\${stat##*) }
  else
    stat=$(ps -o stat= -p "$pid" 2>/dev/null) || return 1
  fi
  case $stat in Z* | X* | '') return 1 ;; esac
}
if [ "$pid" -gt 0 ] && alive; then
  kill -TERM "-$pid" 2>/dev/null
  kill -CONT "-$pid" 2>/dev/null
  tries=0
  while alive && [ "$tries" -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
  if alive; then
    kill -KILL "-$pid" 2>/dev/null
    while alive; do sleep 0.05; done
  fi
fi
if [ "$#" -gt 0 ]; then rm -rf -- "$@"; fi
`;

/**
 * A shell process that outlives this one and cleans up after it: it stops a process group and removes folders when
 * {@link close} is called and when this process ends in whatever way, `SIGKILL` included. It never keeps this process alive.
 */
export class Watchdog {
  readonly #shell: ChildProcess;
  readonly #input: Socket;
  readonly #gone: Promise<unknown>;

  /** @param paths absolute paths of what is removed at the end. */
  constructor(paths: readonly string[]) {
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "servertech-watchdog", ...paths], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#gone = once(this.#shell, "exit");
    this.#gone.catch(() => {}); // a shell that cannot be started rejects `close` and `watch`
    this.#input = this.#shell.stdin as Socket;
    this.#input.on("error", () => {}); // a write to a shell that somebody killed; its exit is what `close` waits for
    this.#shell.unref();
    this.#input.unref();
  }

  /** Sets the leader of the process group to stop at the end, in place of the one before; `undefined` for none. */
  watch(pid: number | undefined): void {
    if (this.#input.writable) this.#input.write(`${pid ?? 0}\n`);
  }

  /** Has the process group stopped and the folders removed; resolves when both are done. May be called twice. */
  async close(): Promise<void> {
    this.#shell.ref();
    this.#input.end();
    await this.#gone;
  }
}
