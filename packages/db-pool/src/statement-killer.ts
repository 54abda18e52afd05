import { deadlineIn } from "@servertech/core";
import { type OpenOptions, type Reply, openWire } from "./connection-factory.ts";
import { control } from "./parameters.ts";
import type { DriverError } from "./server-errors.ts";
import type { Wire } from "./wire.ts";

/** How long ending one statement on the server may take, the connection for it included. */
export const KILL_LIMIT_MS = 500;
/** The same with rows on their way: how long reading what was sent before the end may take. */
export const DRAIN_LIMIT_MS = 2_000;
/** ER_NO_SUCH_QUERY: it has ended. */
const NO_SUCH_QUERY = 1957;

/**
 * - `statement`: whatever the connection runs when the server hears of it.
 * - `this statement`: what it runs now, and nothing after it. MariaDB only.
 * - `connection`: the connection, too. This also meets a statement that the server has not begun yet.
 */
export type KillKind = "statement" | "this statement" | "connection";

export interface KillOrder {
  readonly threadId: number;
  readonly kind: KillKind;
  /** Its rows are still to be read: that takes its time, anyway. */
  readonly patient?: boolean;
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
    const patient = this.#orders.some((order) => order.patient === true);
    const deadline = deadlineIn(patient ? DRAIN_LIMIT_MS : KILL_LIMIT_MS, () => {
      limit.abort(new Error("ending a statement took too long"));
      wire?.destroy().catch(() => {});
    });
    try {
      wire = await openWire({ ...this.#options, typeCast: undefined, rowsAsArray: false }, limit.signal, () => {});
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

async function obey(wire: Wire, { threadId, kind, wanted, done }: KillOrder): Promise<void> {
  if (!wanted()) return done(true);
  let sql = `KILL ${kind === "connection" ? "CONNECTION" : "QUERY"} ${threadId}`;
  if (kind === "this statement") {
    const found = await ask(wire, `SELECT QUERY_ID AS id FROM information_schema.PROCESSLIST WHERE ID = ${threadId}`);
    const [id] = Object.values(found.reply.rows[0] ?? {}) as unknown[];
    if (found.error !== undefined || id === undefined) return done(false);
    // If that was the next one already, the answer to this one is here by now, but may not have been read.
    await nextTurn();
    await nextTurn();
    if (!wanted()) return done(true);
    sql = `KILL QUERY ID ${id as string}`;
  }
  const { error } = await ask(wire, sql);
  done(error === undefined || error.errno === NO_SUCH_QUERY);
}

interface Answer {
  readonly error: DriverError | undefined;
  readonly reply: Reply;
}

function ask(wire: Wire, sql: string): Promise<Answer> {
  return new Promise((resolve) => {
    wire.run(control(sql), (error, reply) => resolve({ error, reply }));
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
