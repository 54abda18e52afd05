/** Between `google.protobuf.Duration` and milliseconds. */
import { JsonWalk } from "../codec/json-walk.ts";
import { described } from "../codec/wrong-value.ts";
import { Duration } from "../gen/google/protobuf/duration.ts";
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { MAX_DURATION_SECONDS, checkedDuration } from "./duration-form.ts";
import { NANOS_PER_SECOND } from "./seconds.ts";

export const MAX_DURATION_MS: number = MAX_DURATION_SECONDS * 1_000;

/**
 * @param ms milliseconds; may be negative. A fraction is kept to the nanosecond.
 * @throws {@link RpcError} INVALID_ARGUMENT beyond ±10,000 years.
 */
export function durationFromMs(ms: number): Duration {
  if (!(typeof ms === "number" && Math.abs(ms) <= MAX_DURATION_MS)) {
    const range = `milliseconds from -${MAX_DURATION_MS} to ${MAX_DURATION_MS}`;
    throw new RpcError(Status.InvalidArgument, `durationFromMs: expected ${range}, got ${described(ms)}`);
  }
  const seconds = Math.trunc(ms / 1_000);
  // 0 + x is never -0.
  const nanos = 0 + Math.round((ms - seconds * 1_000) * 1_000_000);
  if (Math.abs(nanos) < NANOS_PER_SECOND) return Duration.create({ seconds: BigInt(seconds), nanos });
  return Duration.create({ seconds: BigInt(seconds + Math.sign(nanos)), nanos: 0 });
}

/**
 * @returns milliseconds, with a fraction where the duration is finer.
 * @throws {@link RpcError} INVALID_ARGUMENT when it is out of range, or its seconds and nanoseconds are of two signs.
 */
export function durationToMs(duration: Duration): number {
  const [seconds, nanos] = checkedDuration({ ...duration }, new JsonWalk("durationToMs", Status.InvalidArgument));
  return seconds * 1_000 + nanos / 1_000_000;
}
