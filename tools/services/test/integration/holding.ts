import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServiceUrls, StartServicesOptions } from "../../src/index.ts";

export interface Held {
  readonly process: ChildProcess;
  readonly urls: ServiceUrls;
  /** Of the servers. */
  readonly pids: readonly number[];
}

/** Starts the services in a process of their own, with `tmp` as its folder for temporary files. */
export async function hold(tmp: string, options: StartServicesOptions & { noteUrl?: string } = {}): Promise<Held> {
  const child = fork(fileURLToPath(new URL("holder.ts", import.meta.url)), [JSON.stringify(options)], {
    env: { ...process.env, TMPDIR: tmp },
  });
  const [answer] = (await once(child, "message")) as [Omit<Held, "process"> | { code: string; message: string }];
  if ("code" in answer) throw Object.assign(new Error(answer.message), { code: answer.code });
  return { process: child, ...answer };
}

/** Kills the holder in the way nobody can prepare for. */
export async function killHolder({ process: child }: Held): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
