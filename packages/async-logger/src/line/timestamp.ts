/** How a line says when it was logged: milliseconds since 1970, ISO 8601 in UTC or with the local offset, or not at all. */
export type TimeFormat = "epoch" | "iso" | "local" | false;

/** The time field of a line, with its leading comma, for a moment in epoch milliseconds. */
export type Timestamp = (ms: number) => string;

export function timestamp(format: TimeFormat): Timestamp {
  switch (format) {
    case "epoch":
      return (ms) => `,"time":${ms}`;
    case "iso":
      return perSecond((date) => [date.toISOString().slice(0, 19), "Z"]);
    case "local":
      return perSecond((date) => [localTime(date), offset(date)]);
    default:
      return () => "";
  }
}

/** Asks the calendar once a second; the milliseconds are put between its two texts. */
function perSecond(calendar: (date: Date) => [string, string]): Timestamp {
  let second = NaN;
  let before = "";
  let after = "";
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      [before, after] = calendar(new Date(now * 1000));
      second = now;
    }
    return `,"time":"${before}.${String(ms - now * 1000).padStart(3, "0")}${after}"`;
  };
}

function localTime(date: Date): string {
  const wall = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return wall.toISOString().slice(0, 19);
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const hours = Math.floor(Math.abs(minutes) / 60);
  return `${minutes < 0 ? "-" : "+"}${two(hours)}:${two(Math.abs(minutes) % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
