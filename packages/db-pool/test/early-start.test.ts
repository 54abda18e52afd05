import { describe, expect, it } from "vitest";
import { EarlyStart } from "../src/early-start.ts";

/* oxlint-disable no-underscore-dangle -- that is its name in mysql2 */

/** As mysql2's: a queue of commands, each started when the one before it has had its reply. */
class FakeConnection {
  readonly log: string[] = [];
  readonly queue: FakeCommand[] = [];
  _command: FakeCommand | undefined;
  sequenceId = 0;
  readonly stream = { cork: () => void this.log.push("cork"), uncork: () => void this.log.push("uncork") };

  write(bytes: Uint8Array): void {
    this.log.push(String.fromCharCode(...bytes));
  }

  /** What mysql2 writes packets with: through the connection it was given, and counting on it. */
  writePacket(text: string): void {
    this.write(Buffer.from(`${text}#${this.sequenceId}`));
    this.sequenceId += 1;
  }

  add(command: FakeCommand): FakeCommand {
    if (this._command === undefined) this.#start(command);
    else this.queue.push(command);
    return command;
  }

  reply(): string | undefined {
    const read = this._command?.next?.();
    this._command = undefined;
    const following = this.queue.shift();
    if (following !== undefined) this.#start(following);
    return read;
  }

  #start(command: FakeCommand): void {
    this._command = command;
    command.next = command.start(undefined, this);
  }
}

class FakeCommand {
  readonly name: string;
  next: (() => string) | undefined;

  constructor(name: string) {
    this.name = name;
  }

  start(_packet: unknown, connection: FakeConnection): () => string {
    connection.writePacket(this.name);
    return () => `${this.name} read at ${connection.sequenceId}`;
  }
}

const turn = () => new Promise<void>((resolve) => process.nextTick(resolve));

describe("send", () => {
  it("writes a command before its turn, numbered for itself, and only once", async () => {
    const connection = new FakeConnection();
    const early = new EarlyStart(connection);
    expect(early.busy).toBe(false);
    const first = connection.add(new FakeCommand("a"));
    expect(early.busy).toBe(true);
    // Half of a's reply has come.
    connection.sequenceId = 5;
    const second = connection.add(new FakeCommand("b"));
    early.send(second);
    expect(connection.sequenceId).toBe(5);
    expect(early.isCurrent(first)).toBe(true);
    expect(early.isCurrent(second)).toBe(false);
    await turn();
    expect(connection.log).toEqual(["a#0", "cork", "b#0", "uncork"]);
    expect(connection.reply()).toBe("a read at 5");
    expect(early.isCurrent(second)).toBe(true);
    // Its turn has come: nothing is written again, and its reply is counted from where it left off.
    expect(connection.sequenceId).toBe(1);
    expect(connection.log).toHaveLength(4);
    expect(connection.reply()).toMatch(/^b read/);
    expect(early.busy).toBe(false);
  });

  it("writes what callers send in one turn as one, and in order", async () => {
    const connection = new FakeConnection();
    const early = new EarlyStart(connection);
    connection.add(new FakeCommand("a"));
    for (const name of ["b", "c", "d"]) early.send(connection.add(new FakeCommand(name)));
    await turn();
    early.send(connection.add(new FakeCommand("e")));
    await turn();
    expect(connection.log).toEqual(["a#0", "cork", "b#0", "c#0", "d#0", "uncork", "cork", "e#0", "uncork"]);
    const replies = Array.from({ length: 5 }, () => connection.reply());
    expect(replies.map((reply) => reply?.[0])).toEqual(["a", "b", "c", "d", "e"]);
  });
});
