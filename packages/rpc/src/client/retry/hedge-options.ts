import type { OptionChecks } from "@servertech/core";

/** Makes a call a second time elsewhere when the first takes long: the first good reply counts. */
export interface HedgeOptions {
  /** Full names of the methods: `pkg.Service/Method`. Calls of others, and calls that are not idempotent, are made once. */
  methods: readonly string[];
  /** After how many milliseconds the next attempt starts, 1 to 60,000; "p95": after what 95 % of the method's calls take. */
  afterMs: number | "p95";
  /** Attempts in all. 2 to 5. @default 2 */
  maxAttempts?: number | undefined;
}

export interface ResolvedHedge {
  readonly methods: ReadonlySet<string>;
  readonly afterMs: number | "p95";
  readonly maxAttempts: number;
}

export function checkHedge(check: OptionChecks, hedge: HedgeOptions | false = false): ResolvedHedge | false {
  if (hedge === false) return false;
  const group = check.group("hedge", hedge, ["methods", "afterMs", "maxAttempts"]);
  const { methods, afterMs, maxAttempts = 2 } = hedge ?? {};
  if (!Array.isArray(methods) || methods.some((name) => typeof name !== "string"))
    group.problem("methods", "must be a list of full method names", methods);
  if (afterMs !== "p95") group.duration("afterMs", afterMs, { min: 1, max: 60_000 });
  group.integer("maxAttempts", maxAttempts, { min: 2, max: 5 });
  return { methods: new Set(Array.isArray(methods) ? methods : []), afterMs, maxAttempts };
}
