import { abortable, sleep } from "./abort.ts";
import { type Closable, DEFAULT_CLOSE_TIMEOUT_MS } from "./close-once.ts";
import { type Logger, safeLogger } from "./logger.ts";
import { optionChecks } from "./option-checks.ts";

/**
 * The phases of a shutdown, in order, because each uses the next.
 *
 * - `unready`: readiness answers no, liveness still yes.
 * - `deregister`: entries in the registry are removed.
 * - `settle`: callers are told to go elsewhere, then there is a wait until they have noticed; requests are still served.
 * - `drain`: RPC, HTTP, WebSocket stop accepting and finish what they have.
 * - `scheduler`, `pools`, `logger`: closed in this order; the logger flushes last.
 */
export const SHUTDOWN_PHASES = ["unready", "deregister", "settle", "drain", "scheduler", "pools", "logger"] as const;
/** One of {@link SHUTDOWN_PHASES}. */
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

/**
 * A step of a shutdown. `signal` aborts after `timeoutMs`; then it has up to 100 ms to end by force, and what it does after
 * that is not waited for. `timeoutMs` is 0 when all the time is used up.
 */
export type ShutdownStep = (context: {
  readonly reason: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => unknown;

/** The time that a shutdown has. */
export interface LifecycleOptions {
  /**
   * Time for all phases together, in milliseconds, from 100. However long the earlier phases want, each later one that
   * has members gets a tenth of it, at most 500. Kubernetes kills after 30 s. @default 25_000
   */
  timeoutMs?: number | undefined;
  /**
   * How long the settle phase waits for callers to notice, in milliseconds, from 0; less when the later phases need
   * the time. There is no wait when neither `deregister` nor `settle` has a member.
   * @default 500, in Kubernetes (`KUBERNETES_SERVICE_HOST` is set) 5_000: there endpoints are removed later than SIGTERM comes
   */
  settleMs?: number | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}

/** How one member is ended. */
export interface ShutdownMemberOptions {
  /** Longest time of this member, in milliseconds, from 1. @default 10_000, at most what is left of the whole */
  timeoutMs?: number | undefined;
  /** Shown in the log. @default the constructor's name */
  name?: string | undefined;
}

/** A member that failed or did not end in time. The shutdown went on without it. */
export interface ShutdownFailure {
  readonly phase: ShutdownPhase;
  readonly member: string;
  /** Undefined when it was late. */
  readonly error: unknown;
}

/** How a shutdown went. */
export interface ShutdownReport {
  readonly reason: string;
  readonly failures: readonly ShutdownFailure[];
}

/** The members of a shutdown by their phase, and the shutdown itself. */
export interface Lifecycle {
  /** The phase a shutdown is in; undefined before, `"done"` after. */
  readonly phase: ShutdownPhase | "done" | undefined;
  /** Adds a member. Members of a phase run in parallel. Members added to a phase that has begun are not run. */
  add(phase: ShutdownPhase, member: Closable | ShutdownStep, options?: ShutdownMemberOptions): this;
  /**
   * First SIGTERM or SIGINT: shutdown, then exit status 0. A second one: exit at once, status 130 or 143.
   * An uncaught exception or unhandled rejection: logged, `deregister` for at most 1 s, `logger` for at most 2 s,
   * then exit status 1.
   *
   * @returns takes the handlers off again.
   */
  installSignalHandlers(): Disposable;
  /** Runs the phases. Every call gets the promise of the first one. Never rejects. */
  shutdown(reason?: string): Promise<ShutdownReport>;
}

/** Kept for each phase that is still to come, however long the earlier ones take; at most a tenth of the whole. */
const RESERVE_MS = 500;
/** For a member that closes by force when its time is up, before it is given up; at most a quarter of what it has. */
const FORCE_MS = 100;
const LOST_CASE_MS = { deregister: 1_000, logger: 2_000 };

/** Closes the parts of a process in the right order and in bounded time. */
export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  return new PhasedLifecycle(options);
}

interface Member {
  readonly name: string;
  readonly timeoutMs: number;
  readonly step: ShutdownStep;
}

class PhasedLifecycle implements Lifecycle {
  readonly #timeoutMs: number;
  readonly #settleMs: number;
  readonly #logger: Logger;
  readonly #members: Record<ShutdownPhase, Member[]> = {
    unready: [],
    deregister: [],
    settle: [],
    drain: [],
    scheduler: [],
    pools: [],
    logger: [],
  };
  readonly #failures: ShutdownFailure[] = [];
  #phase: ShutdownPhase | "done" | undefined;
  #shutdown: Promise<ShutdownReport> | undefined;

  constructor(options: LifecycleOptions) {
    const check = optionChecks(options, ["timeoutMs", "settleMs", "logger"]);
    this.#timeoutMs = check.duration("timeoutMs", options.timeoutMs ?? 25_000, { min: 100 });
    this.#settleMs = check.duration(
      "settleMs",
      options.settleMs ?? (process.env.KUBERNETES_SERVICE_HOST ? 5_000 : 500),
    );
    this.#logger = safeLogger(options.logger);
    check.done(undefined);
  }

  get phase(): ShutdownPhase | "done" | undefined {
    return this.#phase;
  }

  add(phase: ShutdownPhase, member: Closable | ShutdownStep, options: ShutdownMemberOptions = {}): this {
    const check = optionChecks(options, ["timeoutMs", "name"]);
    check.oneOf("phase", phase, SHUTDOWN_PHASES);
    const timeoutMs = check.duration("timeoutMs", options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS, { min: 1 });
    const isStep = typeof member === "function";
    if (!isStep) check.object("member", member, ["close"]);
    const name = check.string("name", options.name ?? (isStep ? member.name || phase : member.constructor.name));
    const step: ShutdownStep = isStep ? member : ({ timeoutMs: ms, signal }) => member.close({ timeoutMs: ms, signal });
    this.#members[check.done(phase)].push({ name, timeoutMs, step });
    return this;
  }

  shutdown(reason = "shutdown"): Promise<ShutdownReport> {
    return (this.#shutdown ??= this.#runPhases(reason));
  }

  async #runPhases(reason: string): Promise<ShutdownReport> {
    const end = performance.now() + this.#timeoutMs;
    this.#logger.info({ reason }, "shutting down");
    for (const [index, phase] of SHUTDOWN_PHASES.entries()) {
      this.#phase = phase;
      const phaseEnd = end - this.#reservedAfter(index);
      await this.#runPhase(phase, reason, phaseEnd);
      if (phase === "settle" && this.#hasCallers())
        await sleep(Math.max(0, Math.min(this.#settleMs, phaseEnd - performance.now())));
    }
    this.#phase = "done";
    return { reason, failures: Object.freeze([...this.#failures]) };
  }

  /** Whether anybody elsewhere has to notice that this process leaves. */
  #hasCallers(): boolean {
    return this.#members.deregister.length + this.#members.settle.length > 0;
  }

  #reservedAfter(index: number): number {
    const later = SHUTDOWN_PHASES.slice(index + 1).filter((phase) => this.#members[phase].length > 0);
    return later.length * Math.min(RESERVE_MS, this.#timeoutMs / 10);
  }

  /** @param end on the clock of `performance.now()`. */
  async #runPhase(phase: ShutdownPhase, reason: string, end: number): Promise<void> {
    await Promise.all(this.#members[phase].map((member) => this.#runMember(phase, member, reason, end)));
  }

  async #runMember(phase: ShutdownPhase, member: Member, reason: string, end: number): Promise<void> {
    const leftMs = Math.max(0, end - performance.now());
    const forceMs = Math.min(FORCE_MS, leftMs / 4);
    const timeoutMs = Math.floor(Math.min(member.timeoutMs, leftMs - forceMs));
    const timeUp = new AbortController();
    const giveUp = new AbortController();
    // Timers of their own: they keep the process alive, as this wait must be seen through.
    const deadline = setTimeout(() => timeUp.abort(new Error(`no time left after ${timeoutMs} ms`)), timeoutMs);
    const last = setTimeout(() => giveUp.abort(), timeoutMs + forceMs);
    try {
      const work = Promise.resolve().then(() => member.step({ reason, timeoutMs, signal: timeUp.signal }));
      await abortable(work, giveUp.signal);
    } catch (error) {
      this.#fail(phase, member.name, giveUp.signal.aborted ? undefined : error, timeoutMs);
    } finally {
      clearTimeout(deadline);
      clearTimeout(last);
    }
  }

  #fail(phase: ShutdownPhase, member: string, error: unknown, timeoutMs: number): void {
    this.#failures.push({ phase, member, error });
    if (error === undefined) this.#logger.error({ phase, member, timeoutMs }, "shutdown step is late, going on");
    else this.#logger.error({ phase, member, err: error }, "shutdown step failed, going on");
  }

  installSignalHandlers(): Disposable {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (this.#shutdown !== undefined) process.exit(signal === "SIGINT" ? 130 : 143);
      void this.shutdown(signal).then(() => process.exit(0));
    };
    const onUncaught = (error: unknown): void => {
      void this.#lostCase(error).finally(() => process.exit(1));
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal).on("uncaughtException", onUncaught);
    return {
      [Symbol.dispose]: () => {
        process.off("SIGTERM", onSignal).off("SIGINT", onSignal).off("uncaughtException", onUncaught);
      },
    };
  }

  /** After an uncaught exception nothing of the process's state can be trusted: leave the registry, keep the log. */
  async #lostCase(error: unknown): Promise<void> {
    this.#logger.error({ err: error }, "uncaught exception, exiting");
    await this.#runPhase("deregister", "uncaught exception", performance.now() + LOST_CASE_MS.deregister);
    await this.#runPhase("logger", "uncaught exception", performance.now() + LOST_CASE_MS.logger);
  }
}
