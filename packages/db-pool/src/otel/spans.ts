import type { TracingChannel } from "node:diagnostics_channel";
import { type Span, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { acquireChannel, queryChannel, transactionChannel } from "../tracing.ts";
import { POOL_NAME } from "./names.ts";
import { subscribersOf } from "./subscribers.ts";

interface TracedContext {
  readonly pool: string;
  readonly sql?: string;
  error?: unknown;
}

/** Begins to make spans of the pool's operations. @returns what ends it. */
export function recordSpans(tracer: Tracer, onlyPool: string | undefined, poolName: string | undefined): () => void {
  const spanned = <C extends TracedContext>(channel: TracingChannel<unknown, C>, name: string): (() => void) => {
    const spans = new WeakMap<object, Span>();
    const subscribers = subscribersOf<C>(
      (context) => {
        if (onlyPool !== undefined && onlyPool !== context.pool) return;
        const attributes = { [POOL_NAME]: poolName ?? context.pool, ...operationOf(context) };
        spans.set(context, tracer.startSpan(name, { attributes }));
      },
      (context) => {
        const span = spans.get(context);
        if (context.error !== undefined) {
          span?.setStatus({ code: SpanStatusCode.ERROR, ...codeOf(context.error) });
        }
        span?.end();
      },
    );
    channel.subscribe(subscribers);
    return () => channel.unsubscribe(subscribers);
  };
  const stops = [
    spanned(acquireChannel, "db-pool acquire"),
    spanned(queryChannel, "db-pool query"),
    spanned(transactionChannel, "db-pool transaction"),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function codeOf(error: unknown): { message?: string } {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? { message: code } : {};
}

/** The statement's first word, never the rest: a text may hold values. */
function operationOf({ sql }: TracedContext): Record<string, string> {
  const word = sql === undefined ? undefined : /^\s*([a-z]+)/i.exec(sql)?.[1];
  return word === undefined ? {} : { "db.operation.name": word.toUpperCase() };
}
