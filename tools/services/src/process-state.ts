import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the system says about a living process. */
export interface ProcessState {
  /** Changes when the same id is given to another process. Compare it, do not read it. */
  readonly started: string;
}

/** The state of process `pid`; `undefined` when it is gone or a zombie, which nobody may have reaped yet. */
export function processState(pid: number): ProcessState | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

/** Whether process `pid` lives and, where `started` is given, is still the one that was seen then. */
export function isAlive(pid: number, started?: string): boolean {
  const state = processState(pid);
  return state !== undefined && (started === undefined || started === state.started);
}

function fromProc(pid: number): ProcessState | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it ended since
  }
  // The second field is the program's name in parentheses and may hold spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields[0], fields[19]];
  return state === "Z" || state === "X" || started === undefined ? undefined : { started };
}

function fromPs(pid: number): ProcessState | undefined {
  let line: string;
  try {
    const stdio = ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"];
    line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8", stdio }).trim();
  } catch {
    return undefined; // it ended since
  }
  const [state = "", ...started] = line.split(/\s+/);
  return state === "" || state.startsWith("Z") ? undefined : { started: started.join(" ") };
}
