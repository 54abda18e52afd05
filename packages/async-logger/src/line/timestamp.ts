/** How a line says when it was logged: milliseconds since 1970, ISO 8601 in UTC, or not at all. */
export type TimeFormat = "epoch" | "iso" | false;

/** The time field of a line, with its leading comma, for a moment in epoch milliseconds. */
export type Timestamp = (ms: number) => string;

export function timestamp(format: TimeFormat): Timestamp {
  switch (format) {
    case "epoch":
      return (ms) => `,"time":${ms}`;
    case "iso":
      return isoTimestamp();
    default:
      return () => "";
  }
}

/** Asks the calendar once a second; the milliseconds are put in place. */
function isoTimestamp(): Timestamp {
  let second = NaN;
  let text = "";
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      text = `,"time":"${new Date(now * 1000).toISOString().slice(0, -4)}`;
      second = now;
    }
    return `${text}${String(ms - now * 1000).padStart(3, "0")}Z"`;
  };
}
