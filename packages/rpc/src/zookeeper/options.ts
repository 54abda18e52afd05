import { type Logger, optionChecks, safeLogger } from "@servertech/core";
import { pathProblem } from "./client/node-path.ts";
import {
  checkClientOptions,
  CLIENT_OPTION_NAMES,
  type ClientSettings,
  type ZooKeeperClientOptions,
} from "./client/options.ts";
import { curatorCodec, type RecordCodec, recordCodecOf, type ServiceCodec } from "./record-codec.ts";

/** When a listing is not believed. */
export interface PanicGuardOptions {
  /** The part of a list that a new listing may drop at once. From 0 to 1. @default 0.5 */
  ratio?: number | undefined;
  /** How long what would be dropped beyond that stays, in milliseconds. From 1 to 600,000. @default 15_000 */
  holdMs?: number | undefined;
}

/** The options of {@link createZooKeeperRegistry}. */
export interface ZooKeeperRegistryOptions extends ZooKeeperClientOptions {
  /** Instances are at `<base>/<name>/<id>`. An absolute path. @default "/services" */
  base?: string | undefined;
  /** Longest delay of a re-registration in a new session, in milliseconds, drawn at random. From 0 to 10,000. @default 250 */
  jitterMs?: number | undefined;
  /** A listing that would drop most instances is not believed at once; `false`: it is. @default { ratio: 0.5, holdMs: 15_000 } */
  panicGuard?: PanicGuardOptions | false | undefined;
  /**
   * A file that keeps the last list of each service, one registry's own. A process that finds no server within 1 s begins
   * with what it holds, `stale`. It is written at most once a second, with rights for its owner alone. @default none
   */
  snapshotFile?: string | undefined;
  /** The layout of the nodes. @default Apache Curator's x-discovery */
  codec?: ServiceCodec | undefined;
  /** Told of changes of state. @default silent */
  logger?: Logger | undefined;
}

export interface RegistrySettings {
  readonly client: ClientSettings;
  readonly base: string;
  readonly jitterMs: number;
  readonly panicGuard: { readonly ratio: number; readonly holdMs: number } | false;
  readonly snapshotFile: string | undefined;
  readonly codec: RecordCodec;
  readonly logger: Logger;
}

export const REGISTRY_ONLY_NAMES: readonly string[] = [
  "base",
  "jitterMs",
  "panicGuard",
  "snapshotFile",
  "codec",
  "logger",
];

export function resolveRegistryOptions(options: ZooKeeperRegistryOptions): RegistrySettings {
  const check = optionChecks(options, [...CLIENT_OPTION_NAMES, ...REGISTRY_ONLY_NAMES]);
  const given: ZooKeeperRegistryOptions = options ?? {};
  const base = given.base ?? "/services";
  const problem = pathProblem(base);
  if (problem !== undefined) check.problem("base", problem, base);
  const guard = given.panicGuard ?? {};
  const guardCheck = check.group("panicGuard", guard === false ? {} : guard, ["ratio", "holdMs"]);
  const { ratio = 0.5, holdMs = 15_000 } = guard === false ? {} : guard;
  guardCheck.number("ratio", ratio, { min: 0, max: 1 });
  guardCheck.duration("holdMs", holdMs, { min: 1, max: 600_000 });
  if (given.snapshotFile !== undefined) check.string("snapshotFile", given.snapshotFile);
  if (given.codec !== undefined) check.object("codec", given.codec, ["encode", "decode"]);
  if (given.logger !== undefined) check.object("logger", given.logger, ["debug", "info", "warn", "error"]);
  const jitterMs = check.duration("jitterMs", given.jitterMs ?? 250, { max: 10_000 });
  const client = checkClientOptions(check, given);
  return check.done({
    client,
    base: base === "/" ? "" : base,
    jitterMs,
    panicGuard: guard === false ? false : { ratio, holdMs },
    snapshotFile: given.snapshotFile,
    codec: given.codec === undefined ? curatorCodec : recordCodecOf(given.codec),
    logger: safeLogger(given.logger),
  });
}
