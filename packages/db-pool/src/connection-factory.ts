/** The one door to mysql2: its callback core behind a connection that answers every call exactly once. */
import { type Socket, connect } from "node:net";
import { deadlineIn } from "@servertech/core";
import { type Connection, type Field, createConnection } from "mysql2";
import type { Endpoint } from "./options.ts";
import type { SqlValue, Statement } from "./parameters.ts";
import type { DriverError } from "./server-errors.ts";
import { type Column, finishBigint, finishJson, finishRows } from "./values.ts";

export type { Field } from "mysql2";

/** Reads one value: `field` tells its type and name and has it as text or bytes, `next()` as the pool would give it. */
export type TypeCast = (field: Field, next: () => unknown) => unknown;

export interface OpenOptions {
  readonly endpoint: Endpoint;
  readonly statementCacheSize: number;
  readonly timeZone: string | undefined;
  readonly typeCast: TypeCast | undefined;
}

/** What a statement brought: rows, or the numbers of an OK packet. */
export interface Reply {
  readonly rows: readonly object[];
  readonly insertId: number | bigint;
  readonly affectedRows: number;
  /** The server's status flags; undefined where rows came. */
  readonly serverStatus: number | undefined;
}

export type Done<T> = (error: DriverError | undefined, value: T) => void;

/** How long a connection may take to say goodbye. */
const GOODBYE_MS = 500;
const NO_REPLY: Reply = { rows: [], insertId: 0, affectedRows: 0, serverStatus: undefined };

/**
 * Opens a connection: socket, handshake, login.
 *
 * @param signal gives up: the socket is closed, the promise rejects.
 * @param onLost called once when the connection dies by itself.
 */
export async function openWire(
  options: OpenOptions,
  signal: AbortSignal,
  onLost: (reason: unknown) => void,
): Promise<Wire> {
  signal.throwIfAborted();
  const { host, port, socketPath } = options.endpoint;
  const socket =
    socketPath === undefined ? connect({ host, port, noDelay: true, keepAlive: true }) : connect(socketPath);
  const wire = new Wire(createConnection(driverOptions(options, socket)), socket, options, onLost);
  const giveUp = (): void => void socket.destroy();
  signal.addEventListener("abort", giveUp);
  try {
    await wire.opened();
    return wire;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function driverOptions({ endpoint, statementCacheSize, timeZone, typeCast }: OpenOptions, socket: Socket) {
  const { user, password, database } = endpoint;
  return {
    stream: socket,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    // The pool has deadlines of its own.
    connectTimeout: 0,
    maxPreparedStatements: Math.max(1, statementCacheSize),
    // Exact texts, which finishRows turns into bigints and objects.
    supportBigNumbers: true,
    jsonStrings: true,
    // A server must not ask for files of ours.
    flags: ["-LOCAL_FILES"],
    ...(timeZone === undefined ? {} : { timezone: timeZone as `+${number}:${number}` }),
    ...(typeCast === undefined ? {} : { typeCast: finishing(typeCast) }),
  };
}

function finishing(typeCast: TypeCast) {
  return (field: Field, next: () => unknown): unknown =>
    typeCast(field, () => {
      const value = next();
      if (field.type === "LONGLONG") return finishBigint(value);
      return field.type === "JSON" || field.extendedFormat === "json" ? finishJson(value) : value;
    });
}

/** A logged-in connection. */
export class Wire {
  readonly #connection: Connection;
  readonly #socket: Socket;
  readonly #cached: boolean;
  readonly #finish: boolean;
  readonly #pending = new Set<(error: DriverError) => void>();
  readonly #closed: Promise<unknown>;
  readonly #onLost: (reason: unknown) => void;
  #death: DriverError | undefined;
  #goodbye = false;

  constructor(
    connection: Connection,
    socket: Socket,
    { statementCacheSize, typeCast }: OpenOptions,
    onLost: (reason: unknown) => void,
  ) {
    this.#connection = connection;
    this.#socket = socket;
    this.#cached = statementCacheSize > 0;
    this.#finish = typeCast === undefined;
    this.#onLost = onLost;
    this.#closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#die(lost("the server closed the connection"));
        resolve(undefined);
      });
    });
    connection.on("error", (error: DriverError) => this.#die(error));
    connection.on("end", () => this.#die(lost("the server ended the connection")));
  }

  /** Resolves once logged in. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#call<unknown>(
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

  run({ sql, values }: Statement, done: Done<Reply>): void {
    if (values === undefined)
      this.#call<Reply>(
        (reply) => this.#connection.query(sql, (error, result, fields) => reply(error, this.#reply(result, fields))),
        done,
        NO_REPLY,
      );
    else
      this.#call<Reply>(
        (reply) =>
          this.#connection.execute(sql, values as SqlValue[] as string[], (error, result, fields) => {
            if (!this.#cached) this.#connection.unprepare(sql);
            reply(error, this.#reply(result, fields));
          }),
        done,
        NO_REPLY,
      );
  }

  ping(done: Done<void>): void {
    this.#call<void>((reply) => this.#connection.ping((error) => reply(error)), done, undefined);
  }

  /** Puts the session back into its first state; its prepared statements are gone, too. */
  reset(done: Done<void>): void {
    this.#call<void>((reply) => this.#connection.reset((error) => reply(error)), done, undefined);
  }

  /** Resolves when the socket is closed. Says goodbye if nothing is under way, so that the server notices at once. */
  async destroy(): Promise<void> {
    if (this.alive && this.#pending.size === 0) {
      this.#goodbye = true;
      const late = deadlineIn(GOODBYE_MS, () => this.#socket.destroy());
      this.#connection.end();
      await this.#closed;
      late.cancel();
    } else {
      this.#socket.destroy();
      await this.#closed;
    }
  }

  #call<T>(start: (reply: (error: DriverError | null, value?: T) => void) => void, done: Done<T>, nothing: T): void {
    // Later, as always: a long queue that fails at once would otherwise nest call in call.
    if (this.#death !== undefined) return process.nextTick(done, this.#death, nothing);
    const fail = (error: DriverError): void => {
      if (this.#pending.delete(fail)) done(error, nothing);
    };
    this.#pending.add(fail);
    try {
      start((error, value = nothing) => {
        if (error !== null && error !== undefined) {
          // Anything but an error packet: the connection is lost, or the rest of an answer that could not be read is
          // still to come. mysql2 tells only whoever waits, and the next caller must not get this connection.
          if (error.fatal === true || error.sqlState === undefined) this.#die(error);
          fail(error);
        } else if (this.#pending.delete(fail)) done(undefined, value);
      });
    } catch (error) {
      fail(error as DriverError);
    }
  }

  #die(error: DriverError): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    this.#socket.destroy();
    // mysql2 forgets a call in some states; each has to hear of the end.
    for (const fail of this.#pending) fail(error);
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
      if (this.#finish && Array.isArray(columns)) finishRows(rows, columns as Column[]);
      return { rows, insertId: 0, affectedRows: 0, serverStatus: undefined };
    }
    const ok = first as { insertId?: number | string; affectedRows?: number; serverStatus?: number } | undefined;
    const { insertId = 0, affectedRows = 0, serverStatus } = ok ?? {};
    return {
      rows: [],
      insertId: typeof insertId === "string" ? BigInt(insertId) : insertId,
      affectedRows,
      serverStatus,
    };
  }
}

function lost(message: string): DriverError {
  return Object.assign(new Error(message), { fatal: true });
}
