/**
 * Sends commands of mysql2 before their turn: MySQL answers the commands of a connection strictly in order, so the next
 * one may be written before the reply to the last has come.
 *
 * mysql2 queues commands and starts each when the one before it has ended. This leans on three of its members that are
 * not documented: `_command` (the one whose turn it is), a command's `start`, and the connection's `sequenceId`. A new
 * connection proves by a test of its own that they do what they did (see pipeline-test.ts).
 */

/* oxlint-disable no-underscore-dangle -- that is its name */

/** What is used of a command of mysql2. */
interface Command {
  /** Writes the command; returns what reads the reply, null when there is none to come. */
  start: (packet: unknown, connection: QueueingConnection) => unknown;
}

/** What is used of a connection of mysql2. */
interface QueueingConnection {
  readonly _command: unknown;
  readonly stream: { cork: () => void; uncork: () => void };
  readonly write: (bytes: Uint8Array) => void;
  sequenceId: number;
}

export class EarlyStart {
  readonly #connection: QueueingConnection;
  /** The connection as an early command sees it: its packets are numbered for themselves. */
  readonly #aside: QueueingConnection;
  readonly #uncork = (): void => {
    this.#corked = false;
    this.#connection.stream.uncork();
  };
  #corked = false;

  /** @param connection of mysql2. */
  constructor(connection: unknown) {
    const real = connection as QueueingConnection;
    this.#connection = real;
    this.#aside = Object.create(real, {
      sequenceId: { value: 0, writable: true },
      // A failing write is the connection's own affair.
      write: { value: (bytes: Uint8Array) => real.write(bytes) },
    }) as QueueingConnection;
  }

  /** Whether a command added now would have to wait. To be asked before it is added. */
  get busy(): boolean {
    return Boolean(this.#connection._command);
  }

  /** Whether the server's next reply is to this command. */
  isCurrent(command: unknown): boolean {
    return this.#connection._command === command;
  }

  /** What callers send in this turn goes out as one write. */
  cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#connection.stream.cork();
    process.nextTick(this.#uncork);
  }

  /** Writes a command that has just been added behind others, all of which have been written. */
  send(command: unknown): void {
    const early = command as Command;
    const aside = this.#aside;
    aside.sequenceId = 0;
    this.cork();
    const readReply = early.start(undefined, aside);
    const { sequenceId } = aside;
    early.start = (_packet, connection) => {
      connection.sequenceId = sequenceId;
      return readReply;
    };
  }
}
