/** Between `google.protobuf.Timestamp` and the times of JavaScript. */
import { JsonWalk } from "../codec/json-walk.ts";
import { described } from "../codec/wrong-value.ts";
import { Timestamp } from "../gen/google/protobuf/timestamp.ts";
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { NANOS_PER_SECOND } from "./seconds.ts";
import { MAX_TIMESTAMP_SECONDS, MIN_TIMESTAMP_SECONDS, checkedTimestamp } from "./timestamp-form.ts";

const MIN_MS = MIN_TIMESTAMP_SECONDS * 1_000;
const END_MS = (MAX_TIMESTAMP_SECONDS + 1) * 1_000;

/** @throws {@link RpcError} INVALID_ARGUMENT for an invalid date, and outside the years 1 to 9999. */
export function timestampFromDate(date: Date): Timestamp {
  return fromMs("timestampFromDate", date.getTime());
}

/** What is finer than a millisecond is cut off. @throws {@link RpcError} INVALID_ARGUMENT when it is out of range. */
export function timestampToDate(timestamp: Timestamp): Date {
  const [seconds, nanos] = checked("timestampToDate", timestamp);
  return new Date(seconds * 1_000 + Math.floor(nanos / 1_000_000));
}

/**
 * @param ms milliseconds since 1970-01-01T00:00:00Z, as of `Date.now()`. A fraction is kept to the nanosecond.
 * @throws {@link RpcError} INVALID_ARGUMENT outside the years 1 to 9999.
 */
export function timestampFromMs(ms: number): Timestamp {
  return fromMs("timestampFromMs", ms);
}

/**
 * @returns milliseconds since 1970-01-01T00:00:00Z, with a fraction where the timestamp is finer; of times far from 1970
 * a number holds fewer digits.
 * @throws {@link RpcError} INVALID_ARGUMENT when it is out of range.
 */
export function timestampToMs(timestamp: Timestamp): number {
  const [seconds, nanos] = checked("timestampToMs", timestamp);
  return seconds * 1_000 + nanos / 1_000_000;
}

function fromMs(name: string, ms: number): Timestamp {
  if (!(typeof ms === "number" && ms >= MIN_MS && ms < END_MS)) {
    const range = `milliseconds from ${MIN_MS} to ${END_MS - 1}`;
    throw new RpcError(Status.InvalidArgument, `${name}: expected ${range}, got ${described(ms)}`);
  }
  const seconds = Math.floor(ms / 1_000);
  // Rounded up, the last nanosecond is the next second; the last one of all stays.
  const nanos = Math.round((ms - seconds * 1_000) * 1_000_000);
  if (nanos < NANOS_PER_SECOND) return Timestamp.create({ seconds: BigInt(seconds), nanos });
  if (seconds === MAX_TIMESTAMP_SECONDS) return Timestamp.create({ seconds: BigInt(seconds), nanos: nanos - 1 });
  return Timestamp.create({ seconds: BigInt(seconds + 1), nanos: 0 });
}

function checked(name: string, timestamp: Timestamp): readonly [seconds: number, nanos: number] {
  return checkedTimestamp({ ...timestamp }, new JsonWalk(name, Status.InvalidArgument));
}
