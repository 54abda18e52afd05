/**
 * - `SERVICE_MISSING`: a server program is not installed and could not be installed; the message says how to get it.
 * - `SERVICE_START_FAILED`: a server did not become ready; the message ends with the last lines of its log.
 * - `SERVICE_NO_SPACE`: fewer than 512 MiB are free where the data would go, or the disk ran full.
 * - `SERVICE_DATA_IN_USE`: another process uses the kept data; the message names its id and URL.
 * - `SERVICE_DATA_VERSION`: the kept data were written by another series of MariaDB; the message names the folder.
 * - `SERVICE_CLOSED`: the server was stopped and cannot be started again.
 */
export type ServiceErrorCode =
  | "SERVICE_MISSING"
  | "SERVICE_START_FAILED"
  | "SERVICE_NO_SPACE"
  | "SERVICE_DATA_IN_USE"
  | "SERVICE_DATA_VERSION"
  | "SERVICE_CLOSED";

/** What this package throws; told apart by `code`. The message is meant for the person at the terminal. */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
