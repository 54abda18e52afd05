import {
  type Attributes,
  type Context,
  type Histogram,
  type Meter,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context as activeContext,
  trace as traces,
} from "@opentelemetry/api";
import { optionChecks } from "@servertech/core";
import type { MutableMetadata } from "../metadata.ts";
import { isRpcError } from "../rpc-error.ts";
import { Status, statusName } from "../status.ts";
import { type ClientCallTrace, type ServerCallTrace, clientCalls, serverCalls, sourceOf } from "../tracing.ts";
import { TRACEPARENT, formatTraceparent, parseTraceparent } from "./traceparent.ts";

/** What is recorded, and where to. */
export interface InstrumentOptions {
  /** Gets the metrics. @default none are made */
  meter?: Meter | undefined;
  /** Gets a span for each call; the trace travels in the metadata as `traceparent`. @default none are made */
  tracer?: Tracer | undefined;
  /**
   * A client, a channel or a server: only its calls are seen, and its `stats` are observed. A client on a shared channel
   * stands for the channel. @default all calls of the process, and no instrument that needs `stats`
   */
  target?: { stats(): object } | undefined;
}

// Semantic conventions 1.45.0.
const CLIENT_DURATION = "rpc.client.call.duration";
const SERVER_DURATION = "rpc.server.call.duration";
const DURATION = { unit: "s", description: "Duration of RPC calls." };
/** Buckets that the conventions advise, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Statuses that are a server's own fault; others are its caller's. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([
  Status.Unknown,
  Status.DeadlineExceeded,
  Status.Unimplemented,
  Status.Internal,
  Status.Unavailable,
  Status.DataLoss,
]);

interface Running {
  readonly startedAt: number;
  readonly span: Span | undefined;
}

/**
 * Makes metrics and spans of the calls of this process, until it is disposed of: `rpc.client.call.duration` and
 * `rpc.server.call.duration` in seconds, and of a target's `stats` `servertech.rpc.client.retries`,
 * `servertech.rpc.client.ejected` and `servertech.rpc.registry.instances`.
 *
 * @throws OptionError
 */
export function instrument(options: InstrumentOptions): Disposable {
  const check = optionChecks(options, ["meter", "tracer", "target"]);
  if (options?.meter !== undefined) check.object("meter", options.meter, ["createHistogram"]);
  if (options?.tracer !== undefined) check.object("tracer", options.tracer, ["startSpan"]);
  if (options?.target !== undefined) check.object("target", options.target, ["stats"]);
  check.done(undefined);
  const { meter, tracer, target } = options;
  const source = target === undefined ? undefined : sourceOf(target);
  const advice = { ...DURATION, advice: { explicitBucketBoundaries: BUCKETS } };
  const stops = [
    watchCalls<ClientCallTrace>(clientCalls, {
      wanted: ({ client }) => source === undefined || client === source,
      duration: meter?.createHistogram(CLIENT_DURATION, advice),
      begin: (call) => (tracer === undefined ? undefined : clientSpan(tracer, call)),
      where: ({ address, port }) => ({
        ...(address === undefined ? {} : { "server.address": address }),
        ...(port === undefined ? {} : { "server.port": port }),
      }),
      failed: (status) => status !== Status.Ok,
    }),
    watchCalls<ServerCallTrace>(serverCalls, {
      wanted: ({ server }) => source === undefined || server === source,
      duration: meter?.createHistogram(SERVER_DURATION, advice),
      begin: (call) => (tracer === undefined ? undefined : serverSpan(tracer, call)),
      where: () => ({}),
      failed: (status) => SERVER_FAULTS.has(status),
    }),
  ];
  if (meter !== undefined && target !== undefined) stops.push(observeStats(meter, target));
  return {
    [Symbol.dispose]() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

type AnyCall = ClientCallTrace | ServerCallTrace;

interface Watch<Call> {
  wanted(call: Call): boolean;
  readonly duration: Histogram | undefined;
  begin(call: Call): Span | undefined;
  /** Attributes that are known at the end. */
  where(call: Call): Attributes;
  /** Whether the status makes the span an error. */
  failed(status: number): boolean;
}

function watchCalls<Call extends AnyCall>(
  operation: { subscribe(handlers: object): void; unsubscribe(handlers: object): void },
  watch: Watch<Call>,
): () => void {
  const running = new WeakMap<Call, Running>();
  const handlers = {
    start(call: Call): void {
      if (!watch.wanted(call)) return;
      running.set(call, { startedAt: performance.now(), span: watch.begin(call) });
    },
    asyncEnd(call: Call): void {
      const found = running.get(call);
      if (found === undefined) return;
      running.delete(call);
      const { startedAt, span } = found;
      const attributes = { ...attributesOf(call), ...outcomeOf(call), ...watch.where(call) };
      watch.duration?.record((performance.now() - startedAt) / 1_000, attributes);
      if (span === undefined) return;
      span.setAttributes(attributes);
      const { status = Status.Unknown, error } = call;
      if (watch.failed(status)) {
        const message = error instanceof Error ? { message: error.message } : {};
        span.setStatus({ code: SpanStatusCode.ERROR, ...message });
      }
      span.end();
    },
  };
  operation.subscribe(handlers);
  return () => operation.unsubscribe(handlers);
}

function attributesOf({ method }: AnyCall): Attributes {
  return { "rpc.system.name": "servertech", "rpc.method": method.fullName };
}

function outcomeOf({ status = Status.Unknown, error }: AnyCall): Attributes {
  const name = statusName(status);
  if (status === Status.Ok) return { "rpc.status_code": name };
  // A caller's own reason for an abort has no status of its own.
  const type = error === undefined || isRpcError(error) ? name : error instanceof Error ? error.name : typeof error;
  return { "rpc.status_code": name, "error.type": type };
}

function clientSpan(tracer: Tracer, call: ClientCallTrace): Span {
  // A call of a handler that names its parent has the server's span in its metadata already.
  const parent = remoteParent(call.metadata) ?? activeContext.active();
  const options = { kind: SpanKind.CLIENT, attributes: attributesOf(call) };
  return passedOn(tracer.startSpan(call.method.fullName, options, parent), call.metadata);
}

function serverSpan(tracer: Tracer, call: ServerCallTrace): Span {
  const parent = remoteParent(call.metadata) ?? activeContext.active();
  const options = { kind: SpanKind.SERVER, attributes: attributesOf(call) };
  return passedOn(tracer.startSpan(call.method.fullName, options, parent), call.metadata);
}

function remoteParent(metadata: MutableMetadata): Context | undefined {
  const parent = parseTraceparent(metadata.get(TRACEPARENT));
  return parent === undefined ? undefined : traces.setSpanContext(activeContext.active(), parent);
}

/** The span is the parent of what comes next: at the server, and in the calls that a handler makes. */
function passedOn(span: Span, metadata: MutableMetadata): Span {
  metadata.set(TRACEPARENT, formatTraceparent(span.spanContext()));
  return span;
}

/** What stats say of themselves: only numbers that are there are observed. */
function observeStats(meter: Meter, target: { stats(): object }): () => void {
  const retries = meter.createObservableCounter("servertech.rpc.client.retries", {
    unit: "{retry}",
    description: "Attempts beyond the first.",
  });
  const ejected = meter.createObservableUpDownCounter("servertech.rpc.client.ejected", {
    unit: "{instance}",
    description: "Servers that get no calls because they failed.",
  });
  const instances = meter.createObservableUpDownCounter("servertech.rpc.registry.instances", {
    unit: "{instance}",
    description: "Servers that are known.",
  });
  const all = { retries, ejected, instances };
  const observe = (result: { observe(instrument: typeof retries, value: number): void }): void => {
    const stats = target.stats() as Readonly<Record<string, unknown>>;
    for (const [name, observed] of Object.entries(all)) {
      const value = stats[name];
      if (typeof value === "number") result.observe(observed, value);
    }
  };
  const observed = Object.values(all);
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
