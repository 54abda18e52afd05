/** The header that carries a trace from call to call: https://www.w3.org/TR/trace-context/#traceparent-header */
import { type SpanContext, isSpanContextValid } from "@opentelemetry/api";

export const TRACEPARENT = "traceparent";

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}

/** @returns undefined when it is none. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text ?? "") ?? [];
  // Version 00 has four parts; later ones may have more: https://www.w3.org/TR/trace-context/#versioning-of-traceparent
  if (traceId === undefined || spanId === undefined || flags === undefined || version === "ff") return undefined;
  if (version === "00" && more !== undefined) return undefined;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}
