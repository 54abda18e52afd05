/** Wrong arguments: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  /** Whose help tells more; undefined = the general one. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
