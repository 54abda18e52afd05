import { type Channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel";

/**
 * Whether anybody listens to `channel`. The guard of every traced operation: without a subscriber nothing is
 * allocated and no clock is read.
 */
export function isTraced(channel: TracingChannel<unknown, object> | Channel): boolean {
  // tracingChannel has `hasSubscribers` of its own only from Node 20.20 and 22 on.
  const { hasSubscribers, start } = channel as { hasSubscribers?: boolean; start?: Channel };
  return hasSubscribers ?? start?.hasSubscribers ?? false;
}

/** The tracing channel `servertech:<pkg>:<operation>`; `Context` is what its subscribers get. */
export function operationChannel<Context extends object>(
  pkg: string,
  operation: string,
): TracingChannel<unknown, Context> {
  return tracingChannel<unknown, Context>(`servertech:${pkg}:${operation}`);
}
