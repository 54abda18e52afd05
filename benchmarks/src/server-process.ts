import { ChildRequests } from "./child-requests.ts";
import type { Usage } from "./serve.ts";
import type { Measured, Round } from "./subject.ts";

/** A server under test, in a process of its own. */
export interface ServerProcess<A> {
  /** What the script gave back. */
  readonly address: A;
  readonly pid: number;
  /** Its CPU time and memory so far, as the process itself reads them. */
  usage(): Promise<Usage>;
}

/** A client under test, in a process of its own. */
export interface LoadProcess {
  /** Calls for as long as the round asks, and measures that. */
  round(round: Round): Promise<Measured>;
}

/** A process as the harness holds it. It has `round` when its script calls `serveLoad`. */
export interface OwnedServerProcess<A> extends ServerProcess<A>, LoadProcess {
  close(): Promise<void>;
}

/** Starts `script` and waits until it serves. */
export async function startServerProcess<A>(
  script: URL,
  argument: unknown,
  runtime?: string,
): Promise<OwnedServerProcess<A>> {
  const requests = new ChildRequests(script, script.pathname.split("/").at(-1) ?? script.href, runtime);
  try {
    const address = (await requests.ask("start", argument)) as A;
    return {
      address,
      pid: requests.pid,
      usage: async () => (await requests.ask("usage")) as Usage,
      round: async (round) => (await requests.ask("round", round)) as Measured,
      close: () => requests.close(),
    };
  } catch (error) {
    requests.kill();
    throw error;
  }
}
