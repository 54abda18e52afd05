import { answerRequests } from "./child-requests.ts";

/** What a server script gives back once it serves. */
export interface ServedProcess<A> {
  /** Where it serves; handed to `setup` as `server.address`. */
  readonly address: A;
  close?: (() => unknown) | undefined;
}

/**
 * The body of a server script: `start` is called once with the argument of `context.serverProcess`. The process ends when the
 * contender has closed, or with the process that started it.
 */
export function serve<A>(start: (argument: unknown) => ServedProcess<A> | Promise<ServedProcess<A>>): void {
  let served: ServedProcess<A> | undefined;
  answerRequests({
    start: async (argument) => {
      served = await start(argument);
      return served.address;
    },
    usage: ownUsage,
    close: async () => {
      await served?.close?.();
    },
  });
}

/** CPU time so far, all threads together, and memory now. */
export interface Usage {
  readonly cpuUs: number;
  readonly rssMiB: number;
}

/** That of this process. */
export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, rssMiB: process.memoryUsage.rss() / 2 ** 20 };
}
