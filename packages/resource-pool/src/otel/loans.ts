import type { TracingChannel } from "node:diagnostics_channel";
import type { Meter } from "@opentelemetry/api";
import { isServertechError } from "@servertech/core";
import { NAMES } from "./names.ts";
import { type AcquireContext, type Scope, subscribersOf } from "./scope.ts";

/** Records waits and loans, from their tracing channel. @returns what ends it. */
export function recordLoans<C extends AcquireContext>(
  meter: Meter,
  channel: TracingChannel<unknown, C>,
  scope: Scope,
): () => void {
  const begun = new WeakMap<object, number>();
  const waitTime = meter.createHistogram(NAMES.waitTime, { unit: "s" });
  const useTime = meter.createHistogram(NAMES.useTime, { unit: "s" });
  const timeouts = meter.createCounter(NAMES.timeouts, { unit: "{timeout}" });
  const ended = (context: C): void => {
    const begunAt = begun.get(context);
    if (begunAt === undefined) return;
    const attributes = scope.attributesOf(context);
    const lentAt = performance.now();
    waitTime.record((lentAt - begunAt) / 1_000, attributes);
    if (context.error === undefined) {
      const next = context.onRelease;
      context.onRelease = () => {
        useTime.record((performance.now() - lentAt) / 1_000, attributes);
        next?.();
      };
    } else if (isServertechError(context.error, "POOL_ACQUIRE_TIMEOUT")) timeouts.add(1, attributes);
  };
  const subscribers = subscribersOf<C>((context) => {
    if (scope.includes(context)) begun.set(context, performance.now());
  }, ended);
  channel.subscribe(subscribers);
  return () => channel.unsubscribe(subscribers);
}
