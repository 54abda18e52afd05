import type { TracingChannel } from "node:diagnostics_channel";
import { operationChannel } from "@servertech/core";

/** What subscribers to the tracing channel `servertech:redis-pool:acquire` get: one wait for an exclusive connection. */
export interface RedisAcquireContext {
  /** The pool that lends. */
  readonly target: object;
  /** Its `name`. */
  readonly pool: string;
  /** Called when the lease ends, if a subscriber has set it until the lease is lent. Must not throw. */
  onRelease?: (() => void) | undefined;
  /** Set by Node when the wait failed. */
  error?: unknown;
}

export const acquireChannel: TracingChannel<unknown, RedisAcquireContext> = operationChannel("redis-pool", "acquire");
