import { deadlineIn } from "@servertech/core";
import { type OpenOptions, type Wire, openWire } from "./connection-factory.ts";

/** How long ending one statement on the server may take, the connection for it included. */
export const KILL_LIMIT_MS = 500;

export interface KillOrder {
  readonly threadId: number;
  /** Ends the connection, too: this also meets a statement that the server has not begun yet. */
  readonly hard: boolean;
  /** Whether the statement still runs: asked at the last moment. */
  readonly wanted: () => boolean;
  /** Told whether the server has heard of it. */
  readonly done: (told: boolean) => void;
}

/** Ends statements on the server by KILL, over a connection of its own that is open only while there are any. */
export class StatementKiller {
  readonly #options: OpenOptions;
  readonly #orders: KillOrder[] = [];
  #working: Promise<void> | undefined;

  constructor(options: OpenOptions) {
    this.#options = options;
  }

  kill(order: KillOrder): void {
    this.#orders.push(order);
    this.#working ??= this.#work();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    const limit = new AbortController();
    let wire: Wire | undefined;
    const deadline = deadlineIn(KILL_LIMIT_MS, () => {
      limit.abort(new Error("ending a statement took too long"));
      wire?.destroy().catch(() => {});
    });
    try {
      wire = await openWire({ ...this.#options, typeCast: undefined }, limit.signal, () => {});
      for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) await obey(wire, order);
    } catch {
      // Whoever asked ends its connection instead, and the reason is on record where connections are opened.
      for (const order of this.#orders.splice(0)) order.done(false);
    } finally {
      deadline.cancel();
      await wire?.destroy();
      this.#working = this.#orders.length > 0 ? this.#work() : undefined;
    }
  }
}

function obey(wire: Wire, { threadId, hard, wanted, done }: KillOrder): Promise<void> {
  if (!wanted()) return Promise.resolve();
  const sql = `KILL ${hard ? "CONNECTION" : "QUERY"} ${threadId}`;
  const statement = { sql, values: undefined, plain: true, read: false, movesDatabase: false };
  return new Promise((resolve) => {
    wire.run(statement, (error) => {
      done(error === undefined);
      resolve();
    });
  });
}
