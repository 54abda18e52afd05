/** A contender that runs in a process of its own. */
import { ChildRequests } from "./child-requests.ts";
import type { ContenderSession } from "./contender-session.ts";
import type { IsolatedSetup } from "./contender-main.ts";
import type { RoundRecord } from "./round-record.ts";

const SCRIPT = new URL(
  new URL(import.meta.url).pathname.endsWith(".ts") ? "./contender-main.ts" : "./contender-main.js",
  import.meta.url,
);

/** Starts the process and sets the contender up in it. */
export async function openProcess(setup: IsolatedSetup): Promise<ContenderSession> {
  const requests = new ChildRequests(SCRIPT, setup.contender);
  try {
    await requests.ask("open", setup);
  } catch (error) {
    requests.kill();
    throw error;
  }
  return {
    warmUp: async (round) => {
      await requests.ask("warmUp", round);
    },
    round: async (round) => (await requests.ask("round", round)) as RoundRecord,
    close: () => requests.close(),
  };
}
