/** `google.protobuf.Timestamp`: a time as in RFC 3339, in UTC. */
import type { Properties } from "../codec/field-info.ts";
import type { JsonWalk } from "../codec/json-walk.ts";
import type { JsonForm } from "./json-form.ts";
import { NANOS_PER_SECOND, checkedNanos, checkedSeconds, fraction, nanosOf, setSeconds } from "./seconds.ts";

/** 0001-01-01T00:00:00Z. */
export const MIN_TIMESTAMP_SECONDS = -62_135_596_800;
/** 9999-12-31T23:59:59Z. */
export const MAX_TIMESTAMP_SECONDS = 253_402_300_799;

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

export const timestampForm: JsonForm = {
  write(_, message, walk) {
    const [seconds, nanos] = checkedTimestamp(message, walk);
    return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}${fraction(nanos)}Z`;
  },
  read(_, message, json, walk) {
    const [, time, digits, sign, hours, minutes] = (typeof json === "string" && TIME.exec(json)) || [];
    const local = time === undefined ? Number.NaN : secondsOf(time);
    const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60;
    const seconds = sign === "-" ? local + offset : local - offset;
    if (!(seconds >= MIN_TIMESTAMP_SECONDS && seconds <= MAX_TIMESTAMP_SECONDS)) {
      throw walk.refused("a time such as 2030-01-31T12:00:00.5Z, of the years 1 to 9999", json);
    }
    setSeconds(message, seconds, nanosOf(digits));
  },
};

/** Seconds and nanoseconds. @throws {@link RpcError} for what is out of range. */
export function checkedTimestamp(message: Properties, walk: JsonWalk): readonly [seconds: number, nanos: number] {
  const seconds = checkedSeconds(message, MIN_TIMESTAMP_SECONDS, MAX_TIMESTAMP_SECONDS, walk);
  return [seconds, checkedNanos(message, 0, NANOS_PER_SECOND - 1, walk)];
}

function secondsOf(time: string): number {
  const ms = Date.parse(`${time}Z`);
  // The 30th of February is read as the 2nd of March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(time) ? ms / 1_000 : Number.NaN;
}
