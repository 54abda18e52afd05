/** A command on its way, whoever made it. */
export interface PoolCommand {
  readonly name: string;
  readonly args: readonly unknown[];
  /** The whole command as Redis reads it, when it is text; undefined on ioredis' own. */
  readonly text: string | undefined;
  /** Settles once: with the reply, or with an error of this package. */
  readonly promise: Promise<unknown>;
  /** Whether it was handed to a connection. */
  sent: boolean;
  /** What a raw reply is for the caller. */
  read(reply: unknown): unknown;
  /** @param reply as Redis sent it. */
  resolve(reply: unknown): void;
  reject(error: Error): void;
  /** Asked before a rejection: whether it has sent the command elsewhere instead. Only in a cluster. */
  redirect: Redirect | undefined;
  /** How often that was done. */
  redirections: number;
  /** The same command, not sent yet. */
  copy(): PoolCommand;
}

/** Sends a command on when its error says where to. */
export type Redirect = (error: Error, command: PoolCommand) => boolean;

/** How a command tells of its failure. */
export type ErrorMapper = (error: Error, command: PoolCommand) => Error;
