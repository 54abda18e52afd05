import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { beforeEach } from "vitest";

/**
 * Makes a function that tells what a busy machine may add to a bound, in milliseconds: a little for servers and timers, and the
 * more the longer this process itself was kept waiting since the test began.
 */
export function machineSlack(): () => number {
  const delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  beforeEach(() => delay.reset());
  return () => 100 + 5 * (delay.max / 1e6);
}
