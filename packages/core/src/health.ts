/** What a check says: plain yes or no, or with facts for whoever reads the probe. */
export type CheckResult = boolean | ({ ok: boolean } & Readonly<Record<string, unknown>>);

/** Reads state that is kept anyway. Does no I/O: a probe must not load, or wait for, what it asks about. */
export type HealthCheck = () => CheckResult;

/** What a probe is told. */
export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean } & Readonly<Record<string, unknown>>>>;
}

/**
 * Liveness and readiness of a process.
 *
 * Live means that the event loop runs: no dependency is asked, so a database outage restarts nothing.
 * Ready means that the process takes work and that every check says so.
 */
export interface Health {
  /**
   * Adds a condition of readiness. A check that throws counts as failed, with the error's message; so does one that returns
   * anything but a {@link CheckResult}, a promise for example.
   */
  add(name: string, check: HealthCheck): this;
  /** From now on readiness fails: the first phase of a shutdown. */
  unready(): void;
  /** Always ok: whoever gets the answer knows that the loop runs. Served as `/livez`. */
  livez(): HealthReport;
  /** Served as `/readyz`. */
  readyz(): HealthReport;
}

/** Makes the checks of a process. Without any it is alive and ready. */
export function health(): Health {
  const checks = new Map<string, HealthCheck>();
  let leaving = false;
  return {
    add(name, check) {
      checks.set(name, check);
      return this;
    },
    unready() {
      leaving = true;
    },
    livez: () => ({ ok: true, checks: {} }),
    readyz() {
      const results = [...checks].map(([name, check]) => [name, ask(check)] as const);
      if (leaving) results.unshift(["accepting", { ok: false, reason: "shutting down" }]);
      return { ok: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
    },
  };
}

function ask(check: HealthCheck): { ok: boolean } & Record<string, unknown> {
  try {
    const result: unknown = check();
    if (typeof result === "boolean") return { ok: result };
    if (isReport(result)) return result;
    // Refused as it is; that it rejects later must not crash the process.
    if (result instanceof Promise) result.catch(() => {});
    return { ok: false, error: `the check returned ${named(result)}, not a boolean or an object with a boolean ok` };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function isReport(result: unknown): result is { ok: boolean } & Record<string, unknown> {
  return typeof result === "object" && result !== null && "ok" in result && typeof result.ok === "boolean";
}

/** What a result is, without what is in it. */
function named(result: unknown): string {
  if (result instanceof Promise) return "a promise";
  return result === null ? "null" : typeof result;
}
