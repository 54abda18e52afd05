import type { TracingChannelSubscribers } from "node:diagnostics_channel";

export type Subscribers<Context extends object> = TracingChannelSubscribers<Context>;

/** Told when an operation begins, and when it has ended, well or not. */
export function subscribersOf<Context extends object>(
  begin: (context: Context) => void,
  ended: (context: Context) => void,
): Subscribers<Context> {
  return { start: begin, asyncEnd: ended, end() {}, asyncStart() {}, error() {} };
}
