import { withDeadline } from "@servertech/core";
import type { Reply } from "./connection-factory.ts";
import type { Statement } from "./parameters.ts";
import type { DriverError } from "./server-errors.ts";
import type { Wire } from "./wire.ts";

/** Answers a row that tells one execution from another, and whether statements are committed by themselves. */
const ECHO = "SELECT @@autocommit AS autocommit, ? AS echo";
/** Can be prepared, and fails when it is carried out. */
const FAILING = "SELECT (SELECT 1 UNION SELECT 2) + ? AS fails";
/** ER_SUBQUERY_NO_1_ROW */
const FAILS_WITH = 1242;

interface Answer {
  readonly error: DriverError | undefined;
  readonly reply: Reply;
}

/** How long a connection has for its test. */
const TEST_LIMIT_MS = 1_000;
/** Connections lost over their tests, one after the other, until that is taken for more than bad luck. */
const MOST_LOSSES = 5;
/** How long connections are not tested, and take one statement at a time, after so many losses. */
const MISTRUST_MS = 60_000;

/** Tests each new connection, and leaves the next ones in peace for a while when one has failed. */
export class PipelineTrust {
  readonly #wanted: boolean;
  readonly #warn: (what: string) => void;
  #losses = 0;
  #mistrustUntil = 0;

  constructor(wanted: boolean, warn: (what: string) => void) {
    this.#wanted = wanted;
    this.#warn = warn;
  }

  /**
   * Whether several statements may be under way on a new connection.
   *
   * @throws Error when it has to be closed, as it broke or fell silent over the test.
   */
  async test(wire: Wire): Promise<boolean> {
    if (!this.#wanted || Date.now() < this.#mistrustUntil) return false;
    try {
      const proven = await withDeadline(provesPipelining(wire), TEST_LIMIT_MS, late);
      this.#losses = 0;
      if (!proven) this.#warn("statements cannot share a connection here: one at a time on this one");
      return proven;
    } catch (error) {
      this.#losses += 1;
      if (this.#losses >= MOST_LOSSES) {
        this.#losses = 0;
        this.#mistrustUntil = Date.now() + MISTRUST_MS;
        this.#warn("connections are lost over statements sent at once: one at a time for a minute");
      }
      throw error;
    }
  }
}

function late(): Error {
  return new Error(`no answer to statements sent at once within ${TEST_LIMIT_MS} ms`);
}

/**
 * Whether statements can share this connection: sends several at once with a failing one in their midst, and checks that
 * each gets its own answer.
 *
 * @throws the driver's error when the connection is lost over it.
 */
async function provesPipelining(wire: Wire): Promise<boolean> {
  const answers = await Promise.all([
    ask(wire, ECHO, 1),
    ask(wire, FAILING, 2),
    ask(wire, ECHO, 3),
    ask(wire, FAILING, 4),
    ask(wire, ECHO, 5),
  ]);
  for (const { error } of answers) if (error !== undefined && !wire.alive) throw error;
  wire.forget(ECHO);
  wire.forget(FAILING);
  return answers.every((answer, n) => (n % 2 === 0 ? echoes(answer, n + 1) : answer.error?.errno === FAILS_WITH));
}

function ask(wire: Wire, sql: string, value: number): Promise<Answer> {
  const statement: Statement = { sql, values: [value], plain: true, read: true, movesDatabase: false };
  return new Promise((resolve) => {
    const replied = (error: DriverError | undefined, reply: Reply): void => resolve({ error, reply });
    wire.send({ statement, settled: false, command: undefined, replied }, true);
  });
}

function echoes({ error, reply }: Answer, value: number): boolean {
  if (error !== undefined || reply.rows.length !== 1) return false;
  const [autocommit, echo] = Object.values(reply.rows[0] as object) as unknown[];
  return Number(autocommit) === 1 && Number(echo) === value;
}
