import { EventEmitter } from "node:events";
import type { Logger } from "@servertech/core";
import type { PoolError } from "@servertech/resource-pool";

/** The events of a pool, all of them rare. None is emitted for a statement or a loan. */
export interface DbPoolEvents {
  /** A connection is open; `durationMs` until it was ready for use. */
  connect: [{ readonly threadId: number; readonly durationMs: number }];
  /** A connection has ended, or is being ended. */
  remove: [{ readonly threadId: number }];
  /** A caller got no connection in time. */
  timeout: [error: PoolError];
  /** A connection is held for longer than `leakDetectionMs`, or was still held when the closing pool took it back. */
  leak: [error: PoolError];
  /** Connecting has failed for the first time since it last worked. */
  down: [error: PoolError];
  /** Connecting works again, after so many failures in a row. */
  up: [recovery: { readonly failures: number }];
}

/** Hears of one kind of event. */
export type DbPoolListener<K extends keyof DbPoolEvents> = (...args: DbPoolEvents[K]) => void;

/** Tells who listens; a listener that throws is logged and disturbs nobody. */
export class PoolEvents {
  readonly #emitter = new EventEmitter();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<K extends keyof DbPoolEvents>(event: K, listener: DbPoolListener<K>): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
  }

  off<K extends keyof DbPoolEvents>(event: K, listener: DbPoolListener<K>): void {
    this.#emitter.off(event, listener as (...args: unknown[]) => void);
  }

  tell<K extends keyof DbPoolEvents>(event: K, ...args: DbPoolEvents[K]): void {
    try {
      this.#emitter.emit(event, ...args);
    } catch (error) {
      this.#logger.error({ err: error, event }, "a listener threw");
    }
  }
}
