import { ServertechError } from "@servertech/core";

/**
 * - `ZK_CONNECTION_LOSS`: the connection ended with the request in flight, or no server was reachable within `requestTimeoutMs`. Retryable unless `maybeExecuted`.
 * - `ZK_TIMEOUT`: sent, and no reply within `requestTimeoutMs`. Retryable unless `maybeExecuted`.
 * - `ZK_SESSION_EXPIRED`, `ZK_SESSION_MOVED`: the server says so. Retryable on the new session.
 * - `ZK_NO_NODE`, `ZK_NODE_EXISTS`, `ZK_BAD_VERSION`, `ZK_NOT_EMPTY`, `ZK_NO_CHILDREN_FOR_EPHEMERALS`, `ZK_NO_WATCHER`: the server's answer.
 * - `ZK_NO_AUTH`, `ZK_AUTH_FAILED`, `ZK_INVALID_ACL`: rights.
 * - `ZK_UNIMPLEMENTED`: the server is too old for the operation.
 * - `ZK_TOO_LARGE`: longer than `maxRequestBytes`; refused before it is sent.
 * - `ZK_BAD_ARGUMENTS`: a path or value that no server takes; refused before it is sent, or by the server.
 * - `ZK_MARSHALLING`: the server could not read the request.
 * - `ZK_THROTTLED`: the server has too much to do. Retryable.
 * - `ZK_QUOTA_EXCEEDED`, `ZK_SYSTEM`: the server's state.
 * - `ZK_ERROR`: another answer of the server; its number is `errno`.
 * - `ZK_CLOSED`: called after `close`, or not done when it closed.
 * - `REGISTRY_INVALID_SERVICE`: a service's name, id, address, port, meta or payload cannot be registered.
 */
export type ZooKeeperErrorCode =
  | "ZK_CONNECTION_LOSS"
  | "ZK_TIMEOUT"
  | "ZK_SESSION_EXPIRED"
  | "ZK_SESSION_MOVED"
  | "ZK_NO_NODE"
  | "ZK_NODE_EXISTS"
  | "ZK_BAD_VERSION"
  | "ZK_NOT_EMPTY"
  | "ZK_NO_CHILDREN_FOR_EPHEMERALS"
  | "ZK_NO_WATCHER"
  | "ZK_NO_AUTH"
  | "ZK_AUTH_FAILED"
  | "ZK_INVALID_ACL"
  | "ZK_UNIMPLEMENTED"
  | "ZK_TOO_LARGE"
  | "ZK_BAD_ARGUMENTS"
  | "ZK_MARSHALLING"
  | "ZK_THROTTLED"
  | "ZK_QUOTA_EXCEEDED"
  | "ZK_SYSTEM"
  | "ZK_ERROR"
  | "ZK_CLOSED"
  | "REGISTRY_INVALID_SERVICE";

const CODES: ReadonlyMap<number, ZooKeeperErrorCode> = new Map([
  [-1, "ZK_SYSTEM"],
  [-4, "ZK_CONNECTION_LOSS"],
  [-5, "ZK_MARSHALLING"],
  [-6, "ZK_UNIMPLEMENTED"],
  [-7, "ZK_TIMEOUT"],
  [-8, "ZK_BAD_ARGUMENTS"],
  [-101, "ZK_NO_NODE"],
  [-102, "ZK_NO_AUTH"],
  [-103, "ZK_BAD_VERSION"],
  [-108, "ZK_NO_CHILDREN_FOR_EPHEMERALS"],
  [-110, "ZK_NODE_EXISTS"],
  [-111, "ZK_NOT_EMPTY"],
  [-112, "ZK_SESSION_EXPIRED"],
  [-114, "ZK_INVALID_ACL"],
  [-115, "ZK_AUTH_FAILED"],
  [-118, "ZK_SESSION_MOVED"],
  [-121, "ZK_NO_WATCHER"],
  [-122, "ZK_TIMEOUT"],
  [-125, "ZK_QUOTA_EXCEEDED"],
  [-127, "ZK_THROTTLED"],
]);

const RETRYABLE: ReadonlySet<ZooKeeperErrorCode> = new Set<ZooKeeperErrorCode>([
  "ZK_CONNECTION_LOSS",
  "ZK_TIMEOUT",
  "ZK_SESSION_EXPIRED",
  "ZK_SESSION_MOVED",
  "ZK_THROTTLED",
]);

/** What an error says of itself besides its code and message. */
export interface ZooKeeperErrorOptions {
  cause?: unknown;
  errno?: number | undefined;
  op?: string | undefined;
  path?: string | undefined;
  maybeExecuted?: boolean | undefined;
}

/** Everything that the client and the registry fail with, told apart by `code`. */
export class ZooKeeperError extends ServertechError<ZooKeeperErrorCode> {
  override readonly name: string = "ZooKeeperError";
  /** The server's number, below 0; 0 when the error arose here. */
  readonly errno: number;
  /** The operation that failed, such as `getData`; empty where there is none. */
  readonly op: string;
  /** The node's path, as the caller named it; empty where there is none. */
  readonly path: string;

  constructor(code: ZooKeeperErrorCode, message: string, options: ZooKeeperErrorOptions = {}) {
    const { errno = 0, op = "", path = "", maybeExecuted } = options;
    const cause = "cause" in options ? { cause: options.cause } : {};
    super(code, message, { ...cause, retryable: RETRYABLE.has(code), maybeExecuted });
    this.errno = errno;
    this.op = op;
    this.path = path;
  }
}

/** What the server answered instead of a result. */
export function serverError(errno: number, op: string, path: string): ZooKeeperError {
  const code = CODES.get(errno) ?? "ZK_ERROR";
  return new ZooKeeperError(code, `${op} ${path}: the server answered ${code} (${errno})`, { errno, op, path });
}

/** Whether `error` is a {@link ZooKeeperError} with this code. */
export function isZooKeeperError(error: unknown, code: ZooKeeperErrorCode): error is ZooKeeperError {
  return error instanceof ZooKeeperError && error.code === code;
}
