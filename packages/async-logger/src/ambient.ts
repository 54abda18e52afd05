import { AsyncLocalStorage } from "node:async_hooks";

/** The part of the `trace` object of `@opentelemetry/api` that is used. */
export interface TraceSource {
  getActiveSpan(): { spanContext(): { traceId: string; spanId: string } } | undefined;
}

/** What lines carry besides what their logger and their call give them: fields of `run`, ids of the active span. */
export class Ambient {
  readonly #trace: TraceSource | undefined;
  /** Made at the first `run`, so that who does not use it does not pay for it. */
  #storage: AsyncLocalStorage<string> | undefined;

  constructor(trace: TraceSource | undefined) {
    this.#trace = trace;
  }

  /** Runs `fn` with fields, as they stand in a line, added to those that are in force. */
  run<T>(fields: string, fn: () => T): T {
    this.#storage ??= new AsyncLocalStorage();
    return this.#storage.run((this.#storage.getStore() ?? "") + fields, fn);
  }

  /** Every field with its leading comma. */
  text(): string {
    const fields = this.#storage?.getStore() ?? "";
    return this.#trace === undefined ? fields : fields + spanFields(this.#trace);
  }
}

function spanFields(trace: TraceSource): string {
  try {
    const context = trace.getActiveSpan()?.spanContext();
    if (context === undefined || !HEX.test(context.traceId) || !HEX.test(context.spanId)) return "";
    return `,"trace_id":"${context.traceId}","span_id":"${context.spanId}"`;
  } catch {
    // A tracer that is broken costs the ids, never the line.
    return "";
  }
}

/** Ids as they are valid: lower-case hexadecimal, not all zeros. */
const HEX = /^(?=.*[1-9a-f])[0-9a-f]{16,32}$/;
