/** The process of one contender: it loads the case file anew and does what the parent asks. */
import { BenchmarkError } from "./benchmark-error.ts";
import { answerRequests } from "./child-requests.ts";
import type { Params } from "./compare.ts";
import { type ContenderSession, openSession } from "./contender-session.ts";
import { exposeGc } from "./expose-gc.ts";
import { loadCase } from "./load-case.ts";
import type { Round } from "./subject.ts";

/** What the process is to run. */
export interface IsolatedSetup {
  /** The URL of the case file. */
  readonly file: string;
  readonly contender: string;
  readonly params: Params;
  readonly smoke: boolean;
}

let session: ContenderSession | undefined;

exposeGc();
answerRequests({
  open: async (argument) => {
    const { file, contender: name, params, smoke } = argument as IsolatedSetup;
    const { contenders, unit } = await loadCase(file);
    const contender = contenders.find((one) => one.name === name);
    if (contender === undefined) throw new BenchmarkError(`${file} has no contender "${name}"`);
    session = await openSession(contender, { unit, params, smoke, alone: true });
  },
  warmUp: (round) => opened().warmUp(round as Round),
  round: (round) => opened().round(round as Round),
  close: () => opened().close(),
});

function opened(): ContenderSession {
  if (session === undefined) throw new BenchmarkError("the contender is not set up");
  return session;
}
