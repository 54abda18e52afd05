/** The process of a client under test that cannot run in the harness' own: on another runtime. */
import { BenchmarkError } from "./benchmark-error.ts";
import { answerRequests } from "./child-requests.ts";
import { driverOf } from "./drive.ts";
import { latencyMetrics } from "./round-record.ts";
import { ownUsage } from "./serve.ts";
import type { Measured, OperationSubject, Round } from "./subject.ts";

/** What a load script gives back: what an `operation` subject of this process would. */
export type Load = Pick<OperationSubject, "operation" | "callers" | "close">;

/**
 * The body of a load script: `start` is called once with the argument of `context.loadProcess`; its operation is called and
 * timed for each round. The process ends when the contender has closed, or with the process that started it.
 */
export function serveLoad(start: (argument: unknown) => Load | Promise<Load>): void {
  let started: { readonly load: Load; readonly drive: (round: Round) => Promise<Measured> } | undefined;
  answerRequests({
    start: async (argument) => {
      const load = await start(argument);
      started = { load, drive: driverOf(load) };
    },
    round: async (round) => {
      if (started === undefined) throw new BenchmarkError("the load is not set up");
      return plain(await started.drive(round as Round));
    },
    usage: ownUsage,
    close: async () => {
      await started?.load.close?.();
    },
  });
}

/** A histogram does not survive JSON; its figures do. */
function plain({ operations, elapsedMs, latencies }: Measured): Measured {
  return { operations, elapsedMs, metrics: latencies === undefined ? {} : latencyMetrics(latencies) };
}
