import type { TracingChannel } from "node:diagnostics_channel";
import { type Attributes, type Span, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { type PoolContext, type Scope, subscribersOf } from "./scope.ts";

/** An operation that becomes a span. */
export interface SpannedOperation<C extends PoolContext> {
  /** Of the span. */
  readonly name: string;
  readonly channel: TracingChannel<unknown, C>;
  /** More attributes than the pool's name. Never values of the caller's. */
  attributesOf?(context: C): Attributes;
  /** What the status says of a failure that has no `code`. @default nothing */
  readonly otherFailure?: string | undefined;
}

/** Makes a span of each operation. @returns what ends it. */
export function recordSpans<C extends PoolContext>(
  tracer: Tracer,
  operation: SpannedOperation<C>,
  scope: Scope,
): () => void {
  const spans = new WeakMap<object, Span>();
  const subscribers = subscribersOf<C>(
    (context) => {
      if (!scope.includes(context)) return;
      const attributes = { ...scope.attributesOf(context), ...operation.attributesOf?.(context) };
      spans.set(context, tracer.startSpan(operation.name, { attributes }));
    },
    (context) => {
      const span = spans.get(context);
      if (context.error !== undefined) {
        const message = codeOf(context.error) ?? operation.otherFailure;
        span?.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
      }
      span?.end();
    },
  );
  operation.channel.subscribe(subscribers);
  return () => operation.channel.unsubscribe(subscribers);
}

/** Not the message, which may hold values of the caller's. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
