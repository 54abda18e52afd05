import { deadlineIn, onAbort } from "@servertech/core";
import { Call, type CallOwner, type Limits, type Shape } from "./call.ts";
import type { Reply } from "./connection-factory.ts";
import { DbPoolError } from "./errors.ts";
import type { IsolationLevel } from "./options.ts";
import { type Statement, control } from "./parameters.ts";
import type { OpenStream } from "./query-methods.ts";
import { RowStream } from "./row-stream.ts";
import { type DriverError, isInterrupted, statementError } from "./server-errors.ts";
import { DRAIN_LIMIT_MS, KILL_LIMIT_MS, type KillKind, type StatementKiller } from "./statement-killer.ts";
import type { Wire } from "./wire.ts";

/** What each session starts with, and gets again after a reset. */
export interface SessionSetup {
  readonly database: string | undefined;
  readonly timeZone: string | undefined;
  readonly isolation: IsolationLevel | undefined;
}

const SERVER_STATUS_IN_TRANS = 1;
/** How long a statement may go on after KILL QUERY, before its connection is ended. */
const KILL_PATIENCE_MS = 100;

/** Told when a call on a shared connection has ended; whether its answer is to be given to the caller is left to it. */
export interface SharingOwner {
  /** @param failure undefined when the call is settled already, or has succeeded. */
  shared(call: Call, failure: DbPoolError | undefined, reply: Reply): void;
}

/**
 * One connection's session on the server, and what statements have left behind in it.
 *
 * On loan it runs one statement at a time, in the order of the calls (`run`). Shared by callers of the pool it has several
 * under way (`share`). A statement that is given up on is ended on the server. On loan, nothing runs after it until it has
 * ended.
 */
export class Session implements CallOwner {
  readonly #wire: Wire;
  readonly #killer: StatementKiller;
  readonly #setup: SessionSetup;
  readonly #onReadOnly: (error: DbPoolError) => void;
  /** Calls on loan that wait for the current one. */
  readonly #queue: Call[] = [];
  readonly #onIdle: (() => void)[] = [];
  /** Calls that share the connection, in the order they were sent; those at the front may have ended. */
  readonly #sharing: Call[] = [];
  #sharingFrom = 0;
  #inFlight = 0;
  #sharingOwner: SharingOwner | undefined;
  /** A call was given up on while others share the connection: nobody is to join until all have ended. */
  #stalled = false;
  /** One of several under way is being ended. */
  #endingOthers = false;
  #current: Call | undefined;
  #dirty = false;
  #inTransaction = false;
  #movedDatabase = false;
  /** Several statements may be under way at once. */
  pipelined = false;

  constructor(wire: Wire, killer: StatementKiller, setup: SessionSetup, onReadOnly: (error: DbPoolError) => void) {
    this.#wire = wire;
    this.#killer = killer;
    this.#setup = setup;
    this.#onReadOnly = onReadOnly;
  }

  get threadId(): number {
    return this.#wire.threadId;
  }

  // On loan

  /** @returns a promise that rejects with a DbPoolError, or with the reason of the signal that aborted. */
  run<T>(statement: Statement, limits: Limits, shape: Shape<T>): Promise<T> {
    const { signal, outerSignal } = limits;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (outerSignal?.aborted === true) return Promise.reject(outerSignal.reason);
    return new Promise<T>((resolve, reject) => {
      const call = new Call(statement, limits, shape, resolve, reject);
      call.owner = this;
      if (this.#current === undefined) this.#start(call);
      else this.#queue.push(call);
      this.#watch(call);
    });
  }

  /** Puts a statement behind those under way. Its rows are to be read, or it is to be ended by `endStream`. */
  stream(stream: RowStream): void {
    stream.owner = this;
    if (this.#current === undefined) this.#start(stream);
    else this.#queue.push(stream);
    this.#watch(stream);
  }

  /** Gives up on the rest of the rows: the statement is ended on the server. */
  endStream(stream: RowStream, reason: unknown): void {
    this.#giveUp(stream, reason);
  }

  /** The server, or statements before it, were silent for too long. */
  lateStream(stream: RowStream, timeoutMs: number): void {
    this.endStream(stream, this.#lateError(stream, timeoutMs));
  }

  // Shared

  /** Calls that share the connection and have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether another call may join those under way. */
  get joinable(): boolean {
    return this.pipelined && this.healthy;
  }

  /** Whether it takes calls: it lives, and none was given up on. */
  get healthy(): boolean {
    return !this.#stalled && this.#wire.alive && !this.#inTransaction;
  }

  /** Of the oldest call under way; the less, the longer has it been there. */
  get oldestOrdinal(): number {
    return this.#oldest()?.ordinal ?? Number.MAX_SAFE_INTEGER;
  }

  /** Sends a call, whatever else is under way. Only plain statements outside of transactions, only while `joinable`. */
  share(call: Call, owner: SharingOwner): void {
    this.#sharingOwner = owner;
    call.owner = this;
    call.sent = this.#wire.alive;
    this.#inFlight += 1;
    this.#sharing.push(call);
    this.#wire.send(call, this.pipelined);
    this.#watch(call);
  }

  #oldest(): Call | undefined {
    const calls = this.#sharing;
    while (calls[this.#sharingFrom]?.ended === true) this.#sharingFrom += 1;
    if (this.#sharingFrom === calls.length) calls.length = this.#sharingFrom = 0;
    else if (this.#sharingFrom > 256) {
      calls.splice(0, this.#sharingFrom);
      this.#sharingFrom = 0;
    }
    return calls[this.#sharingFrom];
  }

  #sharedReplied(call: Call, error: DriverError | undefined, reply: Reply): void {
    this.#inFlight -= 1;
    const oldest = this.#oldest();
    const hit = this.#endingOthers && isInterrupted(error);
    if (this.#inFlight === 0) this.#stalled = this.#endingOthers = false;
    // Given up on while it waited for its turn, which has come.
    else if (oldest?.settled === true) this.#endSoon(oldest);
    let failure: DbPoolError | undefined;
    if (call.settled) {
      // KILL may still be on its way, and would hit whatever runs then.
      if (call.killed && !isInterrupted(error)) this.#wire.destroy().catch(() => {});
    } else if (hit && call.statement.read) failure = hitInstead(error);
    else if (error !== undefined) failure = this.#failure(error, call.sent && !call.statement.read);
    this.#sharingOwner?.shared(call, failure, reply);
  }

  #endSoon(call: Call): void {
    deadlineIn(KILL_PATIENCE_MS, () => this.#endShared(call));
  }

  /** Ends a statement on the server without harm to those behind it. */
  #endShared(call: Call): void {
    if (call.ending || call.ended || !this.#wire.isCurrent(call)) return;
    call.ending = true;
    const wanted = (): boolean => !call.ended && this.#wire.alive && this.#wire.isCurrent(call);
    const disconnect = (): void => {
      if (wanted()) this.#wire.destroy().catch(() => {});
    };
    // Nobody joins any more: one that is alone stays alone.
    call.killed = this.#inFlight === 1;
    if (!call.killed) this.#endingOthers = true;
    deadlineIn(KILL_LIMIT_MS, disconnect);
    this.#killer.kill({
      threadId: this.#wire.threadId,
      kind: call.killed ? "statement" : "this statement",
      wanted,
      done: (told) => {
        if (!told) disconnect();
      },
    });
  }

  // Between loans

  /** Sets up a new session. */
  async begin(): Promise<void> {
    const { timeZone, isolation } = this.#setup;
    // Without it a statement on its own would be part of a transaction that nobody commits.
    const zone = timeZone === undefined ? "" : `, time_zone = '${timeZone}'`;
    await this.#command((done) => this.#wire.run(control(`SET autocommit = 1${zone}`), done));
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
      this.#end(call, "connection");
      this.#giveUp(call, closedUnder(!call.statement.read));
      // Giving up may have let in its end, which was held back by its reader.
      if (this.#running) await this.#whenIdle();
    } else if (this.#wire.alive && this.#inFlight > 0) await this.#endConnection();
    await this.#wire.destroy();
  }

  #endConnection(): Promise<void> {
    const wanted = (): boolean => this.#wire.alive && this.#inFlight > 0;
    return new Promise((resolve) => {
      this.#killer.kill({ threadId: this.threadId, kind: "connection", wanted, done: () => resolve() });
    });
  }

  #start(call: Call): void {
    this.#current = call;
    const { statement } = call;
    if (!statement.plain) this.#dirty = true;
    if (statement.movesDatabase && this.#setup.database === undefined) this.#movedDatabase = true;
    call.sent = this.#wire.alive;
    this.#wire.send(call, false);
  }

  /** @internal By the call, once. */
  replied(call: Call, error: DriverError | undefined, reply: Reply): void {
    if (reply.serverStatus !== undefined) this.#inTransaction = (reply.serverStatus & SERVER_STATUS_IN_TRANS) !== 0;
    if (call !== this.#current) return this.#sharedReplied(call, error, reply);
    this.#current = undefined;
    if (call.settled) {
      // When it had ended by itself, KILL may still be on its way and would hit the next one.
      if (!isInterrupted(error)) this.#wire.destroy().catch(() => {});
    } else if (error === undefined) call.succeed(reply);
    else call.fail(this.#failure(error, call.sent && !call.statement.read));
    const next = this.#queue.shift();
    if (next !== undefined) this.#start(next);
    else for (const tell of this.#onIdle.splice(0)) tell();
  }

  #failure(error: DriverError, maybeExecuted: boolean): DbPoolError {
    const failure = statementError(error, maybeExecuted);
    if (failure.code === "READ_ONLY") this.#onReadOnly(failure);
    return failure;
  }

  #watch(call: Call): void {
    const { signal, outerSignal } = call.limits;
    call.limitTime();
    if (signal !== undefined) call.stopListening = onAbort(signal, (reason) => this.#giveUp(call, reason));
    if (outerSignal !== undefined)
      call.stopListeningOuter = onAbort(outerSignal, (reason) => this.#giveUp(call, reason));
    // Either may have come before there was anything to cancel.
    if (call.settled) call.stopWaiting();
  }

  /** @internal By the call. */
  late(call: Call): void {
    this.#giveUp(call, this.#lateError(call, call.limits.timeoutMs));
  }

  #lateError(call: Call, timeoutMs: number): DbPoolError {
    const waits = this.#queue.includes(call);
    const what = waits ? "the statement waited for those before it for" : "the statement took";
    return lateError(what, timeoutMs, !waits && !call.statement.read);
  }

  #giveUp(call: Call, reason: unknown): void {
    if (call.settled) return;
    call.fail(reason);
    if (call instanceof RowStream) call.hold();
    if (call === this.#current) {
      deadlineIn(call instanceof RowStream ? DRAIN_LIMIT_MS : KILL_LIMIT_MS, () => this.#disconnect(call));
      this.#end(call, "statement");
      return;
    }
    const place = this.#queue.indexOf(call);
    if (place >= 0) this.#queue.splice(place, 1);
    else {
      this.#stalled = true;
      this.#endShared(call);
    }
  }

  #end(call: Call, kind: KillKind): void {
    const wanted = (): boolean => call === this.#current && this.#wire.alive;
    const done = (told: boolean): void => {
      if (call instanceof RowStream) call.release();
      if (!told) this.#disconnect(call);
      // It was told before it had begun the statement, which then runs on.
      else if (kind === "statement") {
        const patienceMs = call instanceof RowStream ? DRAIN_LIMIT_MS / 2 : KILL_PATIENCE_MS;
        deadlineIn(patienceMs, () => this.#end(call, "connection"));
      }
    };
    const patient = call instanceof RowStream && kind === "statement";
    if (wanted()) this.#killer.kill({ threadId: this.#wire.threadId, kind, patient, wanted, done });
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

  get #running(): boolean {
    return this.#current !== undefined;
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

/** Sends a statement whose rows are read one by one; leaving early ends it on the server, and the session stays. */
export function streamOn(session: Session, ready: Statement, limits: Limits, highWaterMark: number): OpenStream {
  const rows = new RowStream(ready, limits, highWaterMark);
  session.stream(rows);
  const end = (): void => {
    if (!rows.complete) session.endStream(rows, undefined);
  };
  return { rows, session, timeoutMs: limits.timeoutMs, end };
}

/** @param what took longer. */
export function lateError(what: string, timeoutMs: number, maybeExecuted: boolean): DbPoolError {
  return new DbPoolError("QUERY_TIMEOUT", `${what} longer than ${timeoutMs} ms`, { maybeExecuted });
}

/** It was meant for the one before, which ended at that moment. A read may be sent again. */
function hitInstead(error: DriverError | undefined): DbPoolError {
  const what = "the connection was taken from under the statement, as another one on it was ended";
  return new DbPoolError("CONNECTION_LOST", what, { cause: error });
}

function closedUnder(maybeExecuted: boolean): DbPoolError {
  return new DbPoolError("CONNECTION_LOST", "the connection was closed under the statement", { maybeExecuted });
}
