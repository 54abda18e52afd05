import { type Deadline, deadlineIn } from "@servertech/core";
import { Call, type Limits, nothing } from "./call.ts";
import type { Statement } from "./parameters.ts";

/** What holds back the server's rows. */
export interface RowFlow {
  pause(): void;
  resume(): void;
}

/** A statement whose rows are read one by one: at most `highWaterMark` and what one packet of the network held are kept. */
export class RowStream extends Call {
  readonly #highWaterMark: number;
  readonly #rows: object[] = [];
  #error: unknown;
  #state: "open" | "complete" | "failed" = "open";
  #flow: RowFlow | undefined;
  #paused = false;
  #reader: (() => void) | undefined;
  #readDeadline: Deadline | undefined;

  constructor(statement: Statement, limits: Limits, highWaterMark: number) {
    super(
      statement,
      // The limit is one of each wait for rows, not of the time that the reader takes.
      { ...limits, timeoutMs: 0 },
      nothing,
      () => this.#finish("complete", undefined),
      (error) => this.#finish("failed", error),
    );
    this.#highWaterMark = highWaterMark;
  }

  /** All rows were read. */
  get complete(): boolean {
    return this.#state === "complete" && this.#rows.length === 0;
  }

  /** @internal By the connection. */
  begin(flow: RowFlow): void {
    this.#flow = flow;
  }

  /** @internal By the connection. */
  row(row: object): void {
    if (this.settled) return;
    this.#rows.push(row);
    this.#wake();
    if (!this.#paused && this.#rows.length >= this.#highWaterMark) {
      this.#paused = true;
      this.#flow?.pause();
    }
  }

  /** The rows that are there; undefined when there are none to come. Waits for `timeoutMs`, 0 = no limit, then calls `late`. */
  async take(timeoutMs: number, late: () => void): Promise<readonly object[] | undefined> {
    if (this.#rows.length === 0 && this.#state === "open") {
      if (timeoutMs > 0) this.#readDeadline = deadlineIn(timeoutMs, late);
      await new Promise<void>((resolve) => {
        this.#reader = resolve;
        this.release();
      });
    }
    if (this.#rows.length > 0) return this.#rows.splice(0);
    if (this.#state === "failed") throw this.#error;
    return undefined;
  }

  /** @internal Nobody reads any more. The server is told first: reading on would only keep it, and this process, busy. */
  hold(): void {
    if (this.#paused || this.#flow === undefined || this.ended) return;
    this.#paused = true;
    this.#flow.pause();
  }

  /** @internal Lets rows in. Those of a stream that has ended are dropped. */
  release(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow?.resume();
  }

  #wake(): void {
    this.#readDeadline?.cancel();
    this.#reader?.();
    this.#reader = undefined;
  }

  #finish(state: "complete" | "failed", error: unknown): void {
    this.#state = state;
    this.#error = error;
    // Rows before a failure are no answer.
    if (state === "failed") this.#rows.length = 0;
    this.#wake();
  }
}
