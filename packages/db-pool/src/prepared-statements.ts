/** A statement that the server has prepared on one connection. */
export interface Prepared {
  /** Queues its execution and returns the driver's command, which emits its rows when there is no callback. */
  execute(values: unknown, done?: (error: unknown, result?: unknown, fields?: unknown) => void): unknown;
}

/**
 * The statements prepared on a connection; the one unused for longest goes first.
 *
 * The driver's own list cannot be asked without queueing a command, so it is kept large enough never to drop anything by
 * itself.
 */
export class PreparedStatements {
  readonly #most: number;
  readonly #forget: (sql: string) => void;
  readonly #statements = new Map<string, Prepared>();
  #newest: string | undefined;

  /** @param forget closes a statement on the server. */
  constructor(most: number, forget: (sql: string) => void) {
    this.#most = most;
    this.#forget = forget;
  }

  get(sql: string): Prepared | undefined {
    const statement = this.#statements.get(sql);
    if (statement !== undefined && sql !== this.#newest) {
      this.#statements.delete(sql);
      this.#statements.set(sql, statement);
      this.#newest = sql;
    }
    return statement;
  }

  add(sql: string, statement: Prepared): void {
    this.#statements.set(sql, statement);
    this.#newest = sql;
    if (this.#statements.size <= this.#most) return;
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined) this.remove(oldest);
  }

  remove(sql: string): void {
    if (this.#statements.delete(sql)) this.#forget(sql);
  }

  /** The server has forgotten them all. */
  clear(): void {
    this.#statements.clear();
    this.#newest = undefined;
  }
}
