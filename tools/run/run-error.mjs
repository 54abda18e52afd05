/** A failure with a message for the person at the terminal: what happened and what to do. */
export class RunError extends Error {
  name = "RunError";

  /** @param exitCode status of the process. */
  constructor(message, exitCode = 1, options) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
