import { monitorEventLoopDelay } from "node:perf_hooks";

const SAMPLED_EVERY_MS = 10;
const NS_PER_MS = 1e6;
const US_PER_S = 1e6;

/** What the process uses, measured from call to call. */
export function processStats(): () => object {
  const delays = monitorEventLoopDelay({ resolution: SAMPLED_EVERY_MS });
  delays.enable();
  let cpu = process.cpuUsage();
  let at = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - at) / 1_000;
    cpu = process.cpuUsage();
    at = performance.now();
    const { rss, heapUsed } = process.memoryUsage();
    // What is measured is the time from sample to sample.
    const loopDelayMs = Math.max(0, delays.percentile(99) / NS_PER_MS - SAMPLED_EVERY_MS);
    delays.reset();
    return {
      cpuPercent: round(((user + system) / US_PER_S / Math.max(seconds, 0.001)) * 100),
      loopDelayMs: round(loopDelayMs),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      uptimeS: Math.floor(process.uptime()),
    };
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
