import { type Deadline, deadlineIn } from "@servertech/core";
import { PoolError } from "@servertech/resource-pool";

/** A loan that is watched. */
export interface WatchedLoan {
  /** It has ended. */
  end(): void;
}

/** Where a connection was asked for. Its stack is text only once it is read. */
interface Trace {
  readonly stack?: string;
}

const NOT_WATCHED: WatchedLoan = { end: () => {} };

/**
 * Reports callers who hold a connection for too long, with the stack of their call.
 *
 * Statements that share connections are not watched, as the pool itself gives those back.
 */
export class LeakWatch {
  readonly #name: string;
  readonly #afterMs: number;
  readonly #report: (error: PoolError) => void;
  readonly #loans = new Set<Loan>();
  #leaks = 0;

  /** @param afterMs 0 = off. */
  constructor(name: string, afterMs: number, report: (error: PoolError) => void) {
    this.#name = name;
    this.#afterMs = afterMs;
    this.#report = report;
  }

  /** Loans reported so far. */
  get leaks(): number {
    return this.#leaks;
  }

  /** To be called before anything is awaited; `begin` once the connection is there. */
  trace(): Trace | undefined {
    if (this.#afterMs === 0) return undefined;
    return traceHere();
  }

  begin(trace: Trace | undefined): WatchedLoan {
    if (trace === undefined) return NOT_WATCHED;
    const loan = new Loan(this.#loans, trace);
    const what = `a connection is held for more than ${this.#afterMs} ms`;
    loan.deadline = deadlineIn(this.#afterMs, () => this.#tell(loan, what));
    this.#loans.add(loan);
    return loan;
  }

  /** The pool took back by force what was still lent. */
  takenBack(): void {
    for (const loan of this.#loans) {
      loan.end();
      this.#tell(loan, "a connection was held until the pool closed");
    }
  }

  #tell({ trace }: Loan, what: string): void {
    this.#leaks += 1;
    const error = new PoolError("POOL_LEASE_LEAKED", `pool ${this.#name}: ${what}`);
    const frames = trace.stack?.slice(trace.stack.indexOf("\n"));
    error.stack = `PoolError: ${error.message}${frames ?? ""}`;
    this.#report(error);
  }
}

function traceHere(): Trace {
  const trace: Trace = {};
  Error.captureStackTrace(trace, traceHere);
  return trace;
}

class Loan implements WatchedLoan {
  readonly trace: Trace;
  readonly #loans: Set<Loan>;
  deadline: Deadline | undefined;

  constructor(loans: Set<Loan>, trace: Trace) {
    this.#loans = loans;
    this.trace = trace;
  }

  end(): void {
    this.deadline?.cancel();
    this.#loans.delete(this);
  }
}
