/** The one door to mysql2. */
import { type Socket, connect } from "node:net";
import { onAbort } from "@servertech/core";
import { type Field, type SslOptions, createConnection } from "mysql2";
import type { Endpoint, ResolvedTls } from "./options.ts";
import { finishBigint, finishJson } from "./values.ts";
import { Wire } from "./wire.ts";

export type { Connection, Field } from "mysql2";

/** Reads one value: `field` tells its type and name and has it as text or bytes, `next()` as the pool would give it. */
export type TypeCast = (field: Field, next: () => unknown) => unknown;

export interface OpenOptions {
  readonly endpoint: Endpoint;
  readonly statementCacheSize: number;
  readonly rowsAsArray: boolean;
  readonly timeZone: string | undefined;
  readonly typeCast: TypeCast | undefined;
}

/** What a statement brought: rows, or the numbers of an OK packet. */
export interface Reply {
  readonly rows: readonly object[];
  readonly insertId: number | bigint;
  readonly affectedRows: number;
  /** Where a row has the value of its first column. */
  readonly firstColumn: string | number | undefined;
  /** The server's status flags; undefined where rows came. */
  readonly serverStatus: number | undefined;
}

/**
 * Opens a connection: socket, handshake, login.
 *
 * Rejects when the socket is closed.
 *
 * @param signal gives up.
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
  const stopListening = onAbort(signal, () => void socket.destroy());
  try {
    await wire.opened();
    stopListening();
    return wire;
  } catch (error) {
    stopListening();
    await wire.cut();
    throw error;
  }
}

/** Above the largest `statementCacheSize`. */
const MOST_PREPARED = 20_000;

function driverOptions({ endpoint, rowsAsArray, timeZone, typeCast }: OpenOptions, socket: Socket) {
  const { user, password, database, tls } = endpoint;
  return {
    stream: socket,
    ...(tls === undefined ? {} : secured(tls)),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    // The pool has deadlines of its own.
    connectTimeout: 0,
    // More than are ever kept: PreparedStatements says what goes.
    maxPreparedStatements: MOST_PREPARED,
    // Exact texts, which finishRows turns into bigints and objects.
    supportBigNumbers: true,
    jsonStrings: true,
    rowsAsArray,
    // A server must not ask for files of ours.
    flags: ["-LOCAL_FILES"],
    ...(timeZone === undefined ? {} : { timezone: timeZone as `+${number}:${number}` }),
    ...(typeCast === undefined ? {} : { typeCast: finishing(typeCast) }),
  };
}

function secured({ servername, rejectUnauthorized, ca, ...files }: ResolvedTls) {
  const ssl = {
    ...files,
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? [...(ca as string[])] : ca }),
    rejectUnauthorized,
    verifyIdentity: rejectUnauthorized,
  };
  // The name that the certificate is checked against; where to connect to is the socket's affair.
  return { host: servername, ssl: ssl as SslOptions };
}

function finishing(typeCast: TypeCast) {
  return (field: Field, next: () => unknown): unknown =>
    typeCast(field, () => {
      const value = next();
      if (field.type === "LONGLONG") return finishBigint(value);
      return field.type === "JSON" || field.extendedFormat === "json" ? finishJson(value) : value;
    });
}
