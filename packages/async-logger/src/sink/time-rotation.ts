import type { TimeZone } from "./log-names.ts";

const DAY_MS = 86_400_000;

/**
 * The first moment after `now`, in epoch milliseconds, at which a file is closed that is to be closed every `everyMs`:
 * whole multiples counted from midnight, every midnight being one; above a day counted from the midnight of 1970-01-01.
 */
export function nextRotation(now: number, everyMs: number, timeZone: TimeZone): number {
  const wall = timeZone === "utc" ? now : now - offsetMs(now);
  const midnight = Math.floor(wall / DAY_MS) * DAY_MS;
  const from = everyMs <= DAY_MS ? midnight : 0;
  const next = from + (Math.floor((wall - from) / everyMs) + 1) * everyMs;
  const wallNext = everyMs <= DAY_MS ? Math.min(next, midnight + DAY_MS) : next;
  if (timeZone === "utc") return wallNext;
  // Where clocks are set back, a time of day comes twice: the rotation is at one that is still to come.
  return Math.max(fromWall(wallNext), now + 1);
}

function offsetMs(epoch: number): number {
  return new Date(epoch).getTimezoneOffset() * 60_000;
}

/** The moment at which local clocks show `wall`. */
function fromWall(wall: number): number {
  const shown = new Date(wall);
  const date = new Date(shown.getUTCFullYear(), shown.getUTCMonth(), shown.getUTCDate());
  date.setHours(shown.getUTCHours(), shown.getUTCMinutes(), shown.getUTCSeconds(), shown.getUTCMilliseconds());
  return date.getTime();
}
