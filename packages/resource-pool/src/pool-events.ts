import { EventEmitter } from "node:events";
import type { Logger } from "@servertech/core";
import type { PoolError } from "./errors.ts";

/** What a pool tells, and with what. All are rare: none is emitted for a loan. */
export interface PoolEvents<R = unknown> {
  /** A resource is open, `durationMs` after it was begun. */
  connect: [opening: { readonly resource: R; readonly durationMs: number }];
  /** A resource is being destroyed. */
  remove: [removal: { readonly resource: R }];
  /** A caller got no resource in time: `POOL_ACQUIRE_TIMEOUT`. */
  timeout: [error: PoolError];
  /** A lease is held for longer than `leakDetectionMs`, or was still held when a closing pool took it back. */
  leak: [error: PoolError];
  /** Opening has failed for the first time since it last worked. */
  down: [error: PoolError];
  /** Opening works again, after so many failures in a row. */
  up: [recovery: { readonly failures: number }];
}

/** Emits rare events; a listener that throws is logged and disturbs nobody. */
export class PoolEmitter<R> extends EventEmitter<PoolEvents<R>> {
  /** @internal */
  protected tell<K extends keyof PoolEvents<R>>(logger: Logger, event: K, ...args: PoolEvents<R>[K]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      logger.error({ err: error, event }, "a listener threw");
    }
  }
}
