import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { deadlineIn } from "@servertech/core";
import type { Connection, OpenOptions, Reply } from "./connection-factory.ts";
import { EarlyStart } from "./early-start.ts";
import type { Statement } from "./parameters.ts";
import { type Prepared, PreparedStatements } from "./prepared-statements.ts";
import { RowStream } from "./row-stream.ts";
import type { DriverError } from "./server-errors.ts";
import { type Column, finishRows } from "./values.ts";

export type Done<T> = (error: DriverError | undefined, value: T) => void;

/** Whoever sends a statement: told once how it ended. */
export interface WireCall {
  readonly statement: Statement;
  /** Its answer is of no use any more. */
  readonly settled: boolean;
  /** Set to the driver's command once there is one. */
  command: unknown;
  replied(error: DriverError | undefined, reply: Reply): void;
}

/** How long a connection may take to say goodbye. */
const GOODBYE_MS = 500;
const NO_REPLY: Reply = { rows: [], insertId: 0, affectedRows: 0, firstColumn: undefined, serverStatus: undefined };
const NOT_WANTED: DriverError = Object.assign(new Error("nobody waits for it any more"), { sqlState: "HY000" });

/** What is under way: each hears of the connection's end. */
interface Pending {
  fail(error: DriverError): void;
}

/** A logged-in connection: mysql2's callback core behind calls of which each is answered exactly once. */
export class Wire {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #cached: boolean;
  readonly #finish: boolean;
  readonly #rowsAsArray: boolean;
  readonly #early: EarlyStart;
  readonly #prepared: PreparedStatements;
  /** Calls that wait until the server has prepared their statement. */
  readonly #preparing = new Map<string, WireCall[]>();
  readonly #calls = new Set<WireCall>();
  readonly #pending = new Set<Pending>();
  readonly #closed: Promise<unknown>;
  readonly #onLost: (reason: unknown) => void;
  #death: DriverError | undefined;
  #goodbye = false;

  constructor(
    connection: Connection,
    socket: Socket,
    { statementCacheSize, typeCast, rowsAsArray }: OpenOptions,
    onLost: (reason: unknown) => void,
  ) {
    this.#connection = connection;
    this.#socket = socket;
    this.#cached = statementCacheSize > 0;
    this.#finish = typeCast === undefined;
    this.#rowsAsArray = rowsAsArray;
    this.#early = new EarlyStart(connection);
    this.#prepared = new PreparedStatements(statementCacheSize, (sql) => {
      if (this.alive) connection.unprepare(sql);
    });
    this.#onLost = onLost;
    this.#closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#die(lost("the server closed the connection"));
        resolve(undefined);
      });
    });
    connection.on("error", (error: DriverError) => this.#die(error));
    connection.on("end", () => this.#die(lost("the server ended the connection")));
    // The driver only warns and goes on. Whose answer this is can no longer be told.
    (connection as unknown as NodeJS.EventEmitter).on("warn", (error: Error) => this.#die(lost(error.message)));
  }

  /** Resolves once logged in. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#request<unknown>(
        (done) => this.#connection.connect((error) => done(error)),
        (error) => (error === undefined ? resolve() : reject(error)),
        undefined,
      );
    });
  }

  /** The server's number of this connection. */
  get threadId(): number {
    return this.#connection.threadId;
  }

  get alive(): boolean {
    return this.#death === undefined && !this.#goodbye;
  }

  /** Whether the server's next reply is to this call, as far as is known here. */
  isCurrent(call: WireCall): boolean {
    return call.command !== undefined && this.#early.isCurrent(call.command);
  }

  /** Sends a statement. With `early` it is written at once, behind others whose replies are still to come. */
  send(call: WireCall, early: boolean): void {
    // Later, as always: a long queue that fails at once would otherwise nest call in call.
    if (this.#death !== undefined) return process.nextTick(() => call.replied(this.#death, NO_REPLY));
    this.#calls.add(call);
    if (call.statement.values === undefined) this.#sendText(call);
    else this.#sendPrepared(call, early);
  }

  /** Sends a statement of the pool's own. */
  run(statement: Statement, done: Done<Reply>): void {
    this.send({ statement, settled: false, command: undefined, replied: done }, false);
  }

  /** Closes a prepared statement on the server. */
  forget(sql: string): void {
    this.#prepared.remove(sql);
  }

  ping(done: Done<void>): void {
    this.#request<void>((reply) => this.#connection.ping((error) => reply(error)), done, undefined);
  }

  /** Puts the session back into its first state; its prepared statements are gone, too. */
  reset(done: Done<void>): void {
    this.#prepared.clear();
    this.#request<void>((reply) => this.#connection.reset((error) => reply(error)), done, undefined);
  }

  /** Resolves when the socket is closed. Says goodbye if nothing is under way, so that the server notices at once. */
  async destroy(): Promise<void> {
    if (this.alive && this.#pending.size === 0 && this.#calls.size === 0) {
      this.#goodbye = true;
      const late = deadlineIn(GOODBYE_MS, () => this.#socket.destroy());
      this.#connection.end();
      await this.#closed;
      late.cancel();
    } else await this.cut();
  }

  /** Resolves when the socket is closed, whatever is under way. */
  async cut(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  #sendText(call: WireCall): void {
    if (call instanceof RowStream) return this.#read(call, this.#connection.query(call.statement.sql));
    call.command = this.#connection.query(call.statement.sql, (error, result, fields) =>
      this.#answered(call, error, result, fields),
    );
  }

  #sendPrepared(call: WireCall, early: boolean): void {
    const { sql } = call.statement;
    const prepared = this.#prepared.get(sql);
    if (prepared !== undefined) return this.#execute(call, prepared, early);
    const others = this.#preparing.get(sql);
    if (others !== undefined) {
      others.push(call);
      return;
    }
    const waiting = [call];
    this.#preparing.set(sql, waiting);
    const behind = early && this.#early.busy;
    const command: unknown = this.#connection.prepare(sql, (error, statement) => {
      this.#preparing.delete(sql);
      this.#nowPrepared(waiting, error, statement, early);
    });
    if (behind) this.#early.send(command);
  }

  #nowPrepared(calls: readonly WireCall[], error: DriverError | null, statement: Prepared, early: boolean): void {
    if (error !== null) {
      for (const call of calls) this.#answered(call, error, undefined, undefined);
      return;
    }
    const { sql } = (calls[0] as WireCall).statement;
    if (this.#cached) this.#prepared.add(sql, statement);
    for (const call of calls)
      if (early && call.settled) this.#answered(call, NOT_WANTED, undefined, undefined);
      else this.#execute(call, statement, early);
    if (!this.#cached) this.#connection.unprepare(sql);
  }

  #execute(call: WireCall, prepared: Prepared, early: boolean): void {
    if (call instanceof RowStream) return this.#read(call, prepared.execute(call.statement.values));
    const behind = early && this.#early.busy;
    // Others may follow in this turn.
    if (early) this.#early.cork();
    call.command = prepared.execute(call.statement.values, (error, result, fields) =>
      this.#answered(call, error as DriverError | null, result, fields),
    );
    if (behind) this.#early.send(call.command);
  }

  /** Hands on the rows of a command that was started without a callback. */
  #read(call: RowStream, started: unknown): void {
    const command = started as EventEmitter;
    call.command = command;
    call.begin({ pause: () => this.#connection.pause(), resume: () => this.#connection.resume() });
    let columns: Column[] = [];
    let result = 0;
    let failed: DriverError | null = null;
    command.on("fields", (fields: Column[] | undefined) => {
      result += 1;
      columns = fields ?? [];
    });
    command.on("result", (row: object) => {
      if (result !== 1 || columns.length === 0) return;
      if (this.#finish) finishRows([row as Record<string, unknown>], columns, this.#rowsAsArray);
      call.row(row);
    });
    command.on("error", (error: DriverError) => {
      failed = error;
    });
    command.on("end", () => this.#answered(call, failed, undefined, undefined));
  }

  #answered(call: WireCall, error: DriverError | null, result: unknown, fields: unknown): void {
    if (error !== null && error !== undefined) {
      // Anything but an error packet: the connection is lost, or the rest of an answer that could not be read is
      // still to come. mysql2 tells only whoever waits, and the next caller must not get this connection.
      if (error.fatal === true || error.sqlState === undefined) this.#die(error);
      if (this.#calls.delete(call)) call.replied(error, NO_REPLY);
    } else if (this.#calls.delete(call)) call.replied(undefined, this.#reply(result, fields));
  }

  #request<T>(start: (reply: (error: DriverError | null) => void) => void, done: Done<T>, nothing: T): void {
    if (this.#death !== undefined) return process.nextTick(done, this.#death, nothing);
    const pending: Pending = {
      fail: (error) => {
        if (this.#pending.delete(pending)) done(error, nothing);
      },
    };
    this.#pending.add(pending);
    start((error) => {
      if (error !== null && error !== undefined) {
        if (error.fatal === true || error.sqlState === undefined) this.#die(error);
        pending.fail(error);
      } else if (this.#pending.delete(pending)) done(undefined, nothing);
    });
  }

  #die(error: DriverError): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    this.#socket.destroy();
    // mysql2 forgets a call in some states; each has to hear of the end.
    for (const pending of this.#pending) pending.fail(error);
    for (const call of this.#calls) {
      this.#calls.delete(call);
      call.replied(error, NO_REPLY);
    }
    this.#onLost(error);
  }

  /** Of several results, those of a CALL, the first counts. */
  #reply(result: unknown, fields: unknown): Reply {
    const several =
      Array.isArray(result) && Array.isArray(fields) && fields.some((one) => one === undefined || Array.isArray(one));
    const first: unknown = several ? result[0] : result;
    const columns: unknown = several ? (fields as unknown[])[0] : fields;
    if (Array.isArray(first)) {
      const rows = first as Record<string, unknown>[];
      if (this.#finish && Array.isArray(columns)) finishRows(rows, columns as Column[], this.#rowsAsArray);
      const firstColumn = this.#rowsAsArray ? 0 : (columns as Column[] | undefined)?.[0]?.name;
      return { rows, insertId: 0, affectedRows: 0, firstColumn, serverStatus: undefined };
    }
    const ok = first as { insertId?: number | string; affectedRows?: number; serverStatus?: number } | undefined;
    const { insertId = 0, affectedRows = 0, serverStatus } = ok ?? {};
    return {
      rows: [],
      insertId: typeof insertId === "string" ? BigInt(insertId) : insertId,
      affectedRows,
      firstColumn: undefined,
      serverStatus,
    };
  }
}

function lost(message: string): DriverError {
  return Object.assign(new Error(message), { fatal: true });
}
