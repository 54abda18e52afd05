/** The schedule of one case: for each set of parameters all contenders are set up, warmed up, and take turns. */
import type { BenchmarkCase, Contender, Params } from "./compare.ts";
import { openProcess } from "./contender-process.ts";
import { type ContenderSession, openSession } from "./contender-session.ts";
import type { Cell } from "./goals.ts";
import { installNativePeer, nativePeerFolder } from "./native-peers.ts";
import type { RoundRecord } from "./round-record.ts";

export interface RunOptions {
  /** The URL of the case file. */
  readonly file: string;
  /** One short round of each contender with the first set of parameters. */
  readonly smoke: boolean;
  /** Whether contenders with install scripts are installed and run. */
  readonly nativePeers: boolean;
  readonly onProgress: (step: string) => void;
}

export interface Skipped {
  readonly name: string;
  readonly params: Params;
  readonly reason: string;
}

export interface CaseRun {
  readonly cells: readonly Cell[];
  readonly skipped: readonly Skipped[];
}

const SMOKE_MS = 1_000;

interface Turn {
  readonly name: string;
  readonly session: ContenderSession;
  readonly rounds: RoundRecord[];
}

/** Runs `definition`. All that was started is stopped when it throws. */
export async function runCase(definition: BenchmarkCase, options: RunOptions): Promise<CaseRun> {
  const cells: Cell[] = [];
  const skipped: Skipped[] = [];
  const sets = options.smoke ? definition.params.slice(0, 1) : definition.params;
  for (const params of sets) {
    const turns: Turn[] = [];
    try {
      for (const contender of definition.contenders) {
        const reason = await reasonToSkip(contender, params, options);
        if (reason !== undefined) {
          skipped.push({ name: contender.name, params, reason });
          continue;
        }
        options.onProgress(`${describe(params)}setting up ${contender.name}`);
        const session = await open(definition, contender, params, options);
        turns.push({ name: contender.name, session, rounds: [] });
      }
      await takeTurns(definition, turns, params, options);
    } finally {
      await Promise.all(turns.map(({ session }) => session.close()));
    }
    cells.push(...turns.map(({ name, rounds }) => ({ name, params, rounds })));
  }
  return { cells, skipped };
}

async function open(definition: BenchmarkCase, contender: Contender, params: Params, options: RunOptions) {
  const { smoke, file } = options;
  if (definition.isolate) return openProcess({ file, contender: contender.name, params, smoke });
  return openSession(contender, { unit: definition.unit, params, smoke, alone: false });
}

async function takeTurns(definition: BenchmarkCase, turns: readonly Turn[], params: Params, options: RunOptions) {
  const { smoke, onProgress } = options;
  const where = describe(params);
  const durationMs = smoke ? SMOKE_MS / Math.max(1, turns.length) : definition.roundMs;
  if (!smoke && definition.warmUpMs > 0) {
    for (const { name, session } of turns) {
      onProgress(`${where}warming up ${name}`);
      await session.warmUp({ durationMs: definition.warmUpMs, smoke });
    }
  }
  const rounds = smoke ? 1 : definition.rounds;
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another one, so that nobody is always first.
    const first = round % Math.max(1, turns.length);
    for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) {
      onProgress(`${where}round ${round + 1}/${rounds} ${turn.name}`);
      turn.rounds.push(await turn.session.round({ durationMs, smoke }));
    }
  }
}

async function reasonToSkip(contender: Contender, params: Params, options: RunOptions): Promise<string | undefined> {
  const { native } = contender;
  if (native !== undefined && options.nativePeers) {
    options.onProgress(`installing ${native}`);
    const reason = await installNativePeer(native);
    if (reason !== undefined) return reason;
  }
  if (native !== undefined && (!options.nativePeers || nativePeerFolder(native) === undefined)) {
    return "runs with --native-peers only";
  }
  return contender.skip?.(params);
}

function describe(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${value} `)
    .join("");
}
