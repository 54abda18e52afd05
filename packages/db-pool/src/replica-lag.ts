import { isServertechError } from "@servertech/core";

const PARSE_ERROR = 1064;

/** Asks one server how far it is behind the one it replicates from. */
export class LagQuestion {
  /** Servers before MySQL 8.0.22 and MariaDB 10.5.1 know only the old words, MySQL 8.4 only the new ones. */
  #sql = "SHOW REPLICA STATUS";

  /**
   * @param ask sends a statement to the server.
   * @returns milliseconds; 0 when it does not replicate at all, undefined when it should and does not.
   * @throws what `ask` throws.
   */
  async lagMs(ask: (sql: string) => Promise<readonly unknown[]>): Promise<number | undefined> {
    try {
      return lagOf(await ask(this.#sql));
    } catch (error) {
      if (!isServertechError(error, "QUERY_FAILED") || (error as { errno?: unknown }).errno !== PARSE_ERROR)
        throw error;
      this.#sql = this.#sql === "SHOW REPLICA STATUS" ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS";
      return lagOf(await ask(this.#sql));
    }
  }
}

/** The most of several sources. */
function lagOf(rows: readonly unknown[]): number | undefined {
  let most = 0;
  for (const row of rows as Readonly<Record<string, unknown>>[]) {
    // MySQL calls it source; MariaDB master, whatever the words of the question.
    const seconds = row.Seconds_Behind_Source ?? row.Seconds_Behind_Master;
    if (seconds === null || seconds === undefined) return undefined;
    most = Math.max(most, Number(seconds) * 1_000);
  }
  return most;
}
