/** Seconds and nanoseconds, as `google.protobuf.Timestamp` and `google.protobuf.Duration` have them. */
import type { Properties } from "../codec/field-info.ts";
import type { JsonWalk } from "../codec/json-walk.ts";

export const NANOS_PER_SECOND = 1_000_000_000;

/** What stands behind the second: nothing, or 3, 6 or 9 digits after the dot. `nanos` from 0 on. */
export function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`;
  return nanos % 1_000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

/** From up to 9 digits behind the dot. */
export function nanosOf(digits = ""): number {
  return Number(digits.padEnd(9, "0"));
}

/** Seconds are a bigint, or a number in modules that were generated so. */
export function setSeconds(message: Properties, seconds: number, nanos: number): void {
  message.seconds = typeof message.seconds === "number" ? seconds : BigInt(seconds);
  message.nanos = nanos;
}

/** The seconds of a message. @throws {@link RpcError} outside `[min, max]`. */
export function checkedSeconds({ seconds }: Properties, min: number, max: number, walk: JsonWalk): number {
  const value = typeof seconds === "bigint" ? Number(seconds) : seconds;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  walk.field("seconds");
  throw walk.refused(`from ${min} to ${max}`, seconds);
}

/** The nanoseconds of a message. @throws {@link RpcError} outside `[min, max]`. */
export function checkedNanos({ nanos }: Properties, min: number, max: number, walk: JsonWalk): number {
  if (typeof nanos === "number" && Number.isInteger(nanos) && nanos >= min && nanos <= max) return nanos;
  walk.field("nanos");
  throw walk.refused(`from ${min} to ${max}`, nanos);
}
