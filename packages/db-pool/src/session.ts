import { type Deadline, deadlineIn, onAbort } from "@servertech/core";
import type { Reply, Wire } from "./connection-factory.ts";
import { DbPoolError } from "./errors.ts";
import type { IsolationLevel } from "./options.ts";
import type { Statement } from "./parameters.ts";
import { type DriverError, isInterrupted, statementError } from "./server-errors.ts";
import { KILL_LIMIT_MS, type StatementKiller } from "./statement-killer.ts";

/** What each session starts with, and gets again after a reset. */
export interface SessionSetup {
  readonly database: string | undefined;
  readonly timeZone: string | undefined;
  readonly isolation: IsolationLevel | undefined;
}

export interface Limits {
  /** 0 = none. */
  readonly timeoutMs: number;
  /** Of the call. */
  readonly signal: AbortSignal | undefined;
  /** Of the transaction around it. */
  readonly outerSignal?: AbortSignal | undefined;
}

interface Call {
  readonly statement: Statement;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  deadline: Deadline | undefined;
  stopListening: (() => void) | undefined;
  stopListeningOuter: (() => void) | undefined;
  /** The caller has its answer, or has gone. */
  settled: boolean;
}

const SERVER_STATUS_IN_TRANS = 1;
/** How long a statement may go on after KILL QUERY, before its connection is ended. */
const KILL_PATIENCE_MS = 100;

/** A statement of ours that changes nothing that a lease may leave behind. */
export function control(sql: string): Statement {
  return { sql, values: undefined, plain: true, read: false, movesDatabase: false };
}

/**
 * One connection's session on the server: a statement at a time, each with its deadline, and what they have left behind.
 *
 * A statement that is given up on is ended on the server, and nothing runs after it until it has ended.
 */
export class Session {
  readonly #wire: Wire;
  readonly #killer: StatementKiller;
  readonly #setup: SessionSetup;
  readonly #onReadOnly: (error: DbPoolError) => void;
  readonly #queue: Call[] = [];
  readonly #onIdle: (() => void)[] = [];
  #current: Call | undefined;
  #dirty = false;
  #inTransaction = false;
  #movedDatabase = false;

  constructor(wire: Wire, killer: StatementKiller, setup: SessionSetup, onReadOnly: (error: DbPoolError) => void) {
    this.#wire = wire;
    this.#killer = killer;
    this.#setup = setup;
    this.#onReadOnly = onReadOnly;
  }

  get threadId(): number {
    return this.#wire.threadId;
  }

  /** @returns a promise that rejects with a DbPoolError, or with the reason of the signal that aborted. */
  run(statement: Statement, { timeoutMs, signal, outerSignal }: Limits): Promise<Reply> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (outerSignal?.aborted === true) return Promise.reject(outerSignal.reason);
    return new Promise<Reply>((resolve, reject) => {
      const call: Call = {
        statement,
        resolve,
        reject,
        deadline: undefined,
        stopListening: undefined,
        stopListeningOuter: undefined,
        settled: false,
      };
      if (this.#current === undefined) this.#start(call);
      else this.#queue.push(call);
      if (timeoutMs > 0) call.deadline = deadlineIn(timeoutMs, () => this.#giveUp(call, this.#late(call, timeoutMs)));
      if (signal !== undefined) call.stopListening = onAbort(signal, (reason) => this.#giveUp(call, reason));
      if (outerSignal !== undefined)
        call.stopListeningOuter = onAbort(outerSignal, (reason) => this.#giveUp(call, reason));
      // Either may have come before there was anything to cancel.
      if (call.settled) stopWaiting(call);
    });
  }

  /** Sets up a new session. */
  async begin(): Promise<void> {
    const { timeZone, isolation } = this.#setup;
    if (timeZone !== undefined)
      await this.#command((done) => this.#wire.run(control(`SET time_zone = '${timeZone}'`), done));
    if (isolation !== undefined)
      await this.#command((done) =>
        this.#wire.run(control(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`), done),
      );
  }

  /** Whether the server answers. */
  async ping(): Promise<boolean> {
    if (this.#wire.alive) await this.#command((done) => this.#wire.ping(done));
    return this.#wire.alive;
  }

  /** Makes it fit for the next user: undefined when it is already, else whether that was achieved. */
  clean(): boolean | undefined | Promise<boolean> {
    if (!this.#wire.alive || this.#movedDatabase) return false;
    if (this.#current === undefined && !this.#dirty && !this.#inTransaction) return undefined;
    return this.#reset();
  }

  /** Resolves when the socket is closed. A statement that still runs fails, and is ended on the server. */
  async destroy(): Promise<void> {
    if (this.#wire.alive && this.#current !== undefined) {
      for (const waiting of this.#queue.slice()) this.#giveUp(waiting, closedUnder(false));
      const call = this.#current;
      this.#end(call, true);
      this.#giveUp(call, closedUnder(!call.statement.read));
      await this.#whenIdle();
    }
    await this.#wire.destroy();
  }

  #start(call: Call): void {
    this.#current = call;
    const { statement } = call;
    if (!statement.plain) this.#dirty = true;
    if (statement.movesDatabase && this.#setup.database === undefined) this.#movedDatabase = true;
    const sent = this.#wire.alive;
    this.#wire.run(statement, (error, reply) => this.#replied(call, error, reply, sent));
  }

  #replied(call: Call, error: DriverError | undefined, reply: Reply, sent: boolean): void {
    this.#current = undefined;
    if (reply.serverStatus !== undefined) this.#inTransaction = (reply.serverStatus & SERVER_STATUS_IN_TRANS) !== 0;
    if (call.settled) {
      // When it had ended by itself, KILL may still be on its way and would hit the next one.
      if (!isInterrupted(error)) this.#wire.destroy().catch(() => {});
    } else {
      stopWaiting(call);
      if (error === undefined) call.resolve(reply);
      else call.reject(this.#failure(error, sent && !call.statement.read));
    }
    const next = this.#queue.shift();
    if (next !== undefined) this.#start(next);
    else for (const tell of this.#onIdle.splice(0)) tell();
  }

  #failure(error: DriverError, maybeExecuted: boolean): DbPoolError {
    const failure = statementError(error, maybeExecuted);
    if (failure.code === "READ_ONLY") this.#onReadOnly(failure);
    return failure;
  }

  #late(call: Call, timeoutMs: number): DbPoolError {
    const running = call === this.#current;
    const what = running ? "the statement took" : "the statement waited for those before it for";
    return new DbPoolError("QUERY_TIMEOUT", `${what} longer than ${timeoutMs} ms`, {
      maybeExecuted: running && !call.statement.read,
    });
  }

  #giveUp(call: Call, reason: unknown): void {
    if (call.settled) return;
    stopWaiting(call);
    call.reject(reason);
    if (call !== this.#current) {
      this.#queue.splice(this.#queue.indexOf(call), 1);
      return;
    }
    deadlineIn(KILL_LIMIT_MS, () => this.#disconnect(call));
    this.#end(call, false);
  }

  #end(call: Call, hard: boolean): void {
    const wanted = (): boolean => call === this.#current && this.#wire.alive;
    const done = (told: boolean): void => {
      if (!told) this.#disconnect(call);
      // It was told before it had begun the statement, which then runs on.
      else if (!hard) deadlineIn(KILL_PATIENCE_MS, () => this.#end(call, true));
    };
    if (wanted()) this.#killer.kill({ threadId: this.#wire.threadId, hard, wanted, done });
  }

  #disconnect(call: Call): void {
    if (call === this.#current) this.#wire.destroy().catch(() => {});
  }

  async #reset(): Promise<boolean> {
    if (this.#current !== undefined) await this.#whenIdle();
    if (!this.#wire.alive) return false;
    if (this.#dirty || this.#inTransaction) {
      await this.#command((done) => this.#wire.reset(done));
      // A reset leaves the default database as it is.
      const { database } = this.#setup;
      if (database !== undefined)
        await this.#command((done) => this.#wire.run(control(`USE \`${database.replaceAll("`", "``")}\``), done));
      await this.begin();
      this.#dirty = false;
      this.#inTransaction = false;
    }
    return this.#wire.alive;
  }

  #whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #command(start: (done: (error: DriverError | undefined) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      start((error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

function closedUnder(maybeExecuted: boolean): DbPoolError {
  return new DbPoolError("CONNECTION_LOST", "the connection was closed under the statement", { maybeExecuted });
}

function stopWaiting(call: Call): void {
  call.settled = true;
  call.deadline?.cancel();
  call.stopListening?.();
  call.stopListeningOuter?.();
}
