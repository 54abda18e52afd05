/** `google.protobuf.Duration`: seconds with an `s` behind them. */
import type { Properties } from "../codec/field-info.ts";
import type { JsonWalk } from "../codec/json-walk.ts";
import type { JsonForm } from "./json-form.ts";
import { NANOS_PER_SECOND, checkedNanos, checkedSeconds, fraction, nanosOf, setSeconds } from "./seconds.ts";

/** 10,000 years. */
export const MAX_DURATION_SECONDS = 315_576_000_000;

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

export const durationForm: JsonForm = {
  write(_, message, walk) {
    const [seconds, nanos] = checkedDuration(message, walk);
    const sign = seconds < 0 || nanos < 0 ? "-" : "";
    return `${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`;
  },
  read(_, message, json, walk) {
    const found = typeof json === "string" ? DURATION.exec(json) : null;
    const [, sign, whole, digits] = found ?? [];
    const seconds = Number(whole);
    if (found === null || seconds > MAX_DURATION_SECONDS) {
      throw walk.refused(`seconds such as "1.5s", from -${MAX_DURATION_SECONDS}s to ${MAX_DURATION_SECONDS}s`, json);
    }
    const nanos = nanosOf(digits);
    if (sign === "") setSeconds(message, seconds, nanos);
    // 0 - x is never -0.
    else setSeconds(message, 0 - seconds, 0 - nanos);
  },
};

/** Seconds and nanoseconds. @throws {@link RpcError} for what is out of range, or of two signs. */
export function checkedDuration(message: Properties, walk: JsonWalk): readonly [seconds: number, nanos: number] {
  const seconds = checkedSeconds(message, -MAX_DURATION_SECONDS, MAX_DURATION_SECONDS, walk);
  const min = seconds > 0 ? 0 : 1 - NANOS_PER_SECOND;
  const max = seconds < 0 ? 0 : NANOS_PER_SECOND - 1;
  return [seconds, checkedNanos(message, min, max, walk)];
}
