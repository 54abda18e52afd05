/**
 * The instants of a cron pattern, found without any cron library: by looking at every second or minute with the zone
 * database of the platform. Knows numbers, lists, ranges, steps and `*`.
 */

interface Local {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

const formats = new Map<string, Intl.DateTimeFormat>();
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function localTime(zone: string, at: number): Local {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      weekday: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    year: Number(parts["year"]),
    month: Number(parts["month"]),
    day: Number(parts["day"]),
    weekday: DAYS.indexOf(parts["weekday"] ?? ""),
    hour: Number(parts["hour"]),
    minute: Number(parts["minute"]),
    second: Number(parts["second"]),
  };
}

function field(text: string, index: number): Set<number> {
  const [low, high] = RANGES[index] as readonly [number, number];
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from = "", to = from] = range === "*" ? [String(low), String(high)] : range.split("-");
    for (let value = Number(from); value <= Number(to); value += Number(step))
      values.add(index === 5 ? value % 7 : value);
  }
  return values;
}

/** Every instant of `pattern` in [`from`, `to`), in milliseconds since 1970. */
export function cronInstants(pattern: string, zone: string, from: number, to: number): number[] {
  const texts = pattern.split(" ");
  if (texts.length === 5) texts.unshift("0");
  const [seconds, minutes, hours, days, months, weekdays] = texts.map(field) as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const dayMatches = ({ day, month, weekday }: Pick<Local, "day" | "month" | "weekday">) => {
    if (!months.has(month)) return false;
    if (texts[3] === "*") return weekdays.has(weekday);
    return texts[5] === "*" ? days.has(day) : days.has(day) || weekdays.has(weekday);
  };
  const timeMatches = ({ hour, minute, second }: Local) =>
    hours.has(hour) && minutes.has(minute) && seconds.has(second);
  const stepMs = texts[0] === "0" ? 60_000 : 1_000;
  const isFixed = texts.slice(0, 3).every((text) => !/[*/]/.test(text));
  const found = new Set<number>();
  if (!isFixed) {
    for (let at = from; at < to; at += stepMs) {
      const local = localTime(zone, at);
      if (dayMatches(local) && timeMatches(local)) found.add(at);
    }
    return [...found];
  }
  // Fixed times: the first instant at which the local clock shows the time, or has just jumped over it.
  const seen = new Set<number>();
  const asUtc = ({ year, month, day, hour, minute, second }: Local) =>
    Date.UTC(year, month - 1, day, hour, minute, second);
  const lookBack = 4 * 3_600_000;
  let before = asUtc(localTime(zone, from - lookBack - stepMs));
  for (let at = from - lookBack; at < to; at += stepMs) {
    const shown = asUtc(localTime(zone, at));
    for (let local = before + stepMs; local <= shown; local += stepMs) {
      const date = new Date(local);
      const fields = {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
      };
      if (seen.has(local) || !dayMatches(fields) || !timeMatches(fields)) continue;
      seen.add(local);
      if (at >= from) found.add(at);
    }
    before = shown;
  }
  return [...found].toSorted((a, b) => a - b);
}
