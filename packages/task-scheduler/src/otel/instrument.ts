import type { TracingChannelSubscribers } from "node:diagnostics_channel";
import {
  type Attributes,
  type BatchObservableCallback,
  type Meter,
  type Span,
  SpanStatusCode,
  type Tracer,
  metrics,
} from "@opentelemetry/api";
import { optionChecks } from "@servertech/core";
import type { Scheduler } from "../scheduler.ts";
import { type TaskTrace, taskChannel } from "../task-tracing.ts";

/** What is recorded, and where to. */
export interface InstrumentOptions {
  /** @default the global meter of this package */
  meter?: Meter | undefined;
  /** @default no spans */
  tracer?: Tracer | undefined;
  /** The scheduler to observe. @default the work of all schedulers of the process, without counts */
  target?: Scheduler | undefined;
}

const PREFIX = "servertech.task_scheduler";
const LANE = "servertech.task.lane";

/**
 * Records the work of schedulers with OpenTelemetry until the result is disposed: how long it waited, took and was
 * late; of a `target` also what waits, runs, was dropped and took too long.
 *
 * @throws OptionError
 */
export function instrument(options: InstrumentOptions = {}): Disposable {
  const check = optionChecks(options, ["meter", "tracer", "target"]);
  const { tracer, target } = options ?? {};
  if (options?.meter !== undefined) check.object("meter", options.meter, ["createHistogram"]);
  if (tracer !== undefined) check.object("tracer", tracer, ["startSpan"]);
  if (target !== undefined) check.object("target", target, ["stats"]);
  check.done(undefined);
  const meter = options.meter ?? metrics.getMeter("@servertech/task-scheduler");
  const stops = [recordWork(meter, tracer, target)];
  if (target !== undefined) stops.push(observeCounts(meter, target));
  return {
    [Symbol.dispose]() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

interface Begun {
  readonly at: number;
  readonly span: Span | undefined;
}

function recordWork(meter: Meter, tracer: Tracer | undefined, target: Scheduler | undefined): () => void {
  const duration = meter.createHistogram(`${PREFIX}.task.duration`, { unit: "s" });
  const waitTime = meter.createHistogram(`${PREFIX}.task.wait_time`, { unit: "s" });
  const lateness = meter.createHistogram(`${PREFIX}.task.lateness`, { unit: "s" });
  const begun = new WeakMap<TaskTrace, Begun>();
  const subscribers: TracingChannelSubscribers<TaskTrace> = {
    start(trace) {
      if (target !== undefined && trace.scheduler !== target) return;
      const attributes = { [LANE]: trace.lane };
      begun.set(trace, { at: performance.now(), span: tracer?.startSpan(`task ${trace.task}`, { attributes }) });
      if (trace.latenessMs !== undefined) lateness.record(trace.latenessMs / 1_000, attributes);
    },
    asyncEnd(trace) {
      const beginning = begun.get(trace);
      if (beginning === undefined) return;
      const attributes = attributesOf(trace);
      const { waitMs } = trace;
      if (waitMs !== undefined) {
        waitTime.record(waitMs / 1_000, { [LANE]: trace.lane });
        duration.record((performance.now() - beginning.at - waitMs) / 1_000, attributes);
      }
      endSpan(beginning.span, trace);
    },
    end() {},
    asyncStart() {},
    error() {},
  };
  taskChannel.subscribe(subscribers);
  return () => taskChannel.unsubscribe(subscribers);
}

function attributesOf({ lane, error }: TaskTrace): Attributes {
  return error === undefined ? { [LANE]: lane } : { [LANE]: lane, "error.type": errorType(error) };
}

function endSpan(span: Span | undefined, { error }: TaskTrace): void {
  if (error !== undefined) span?.setStatus({ code: SpanStatusCode.ERROR, message: errorType(error) });
  span?.end();
}

/** The code or the class: messages may hold values of the user's. */
function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === "string") return code;
  return typeof name === "string" ? name : "_OTHER";
}

function observeCounts(meter: Meter, target: Scheduler): () => void {
  const queueSize = meter.createObservableUpDownCounter(`${PREFIX}.queue.size`, { unit: "{task}" });
  const running = meter.createObservableUpDownCounter(`${PREFIX}.running`, { unit: "{task}" });
  const threads = meter.createObservableUpDownCounter(`${PREFIX}.threads`, { unit: "{thread}" });
  const dropped = meter.createObservableCounter(`${PREFIX}.dropped`, { unit: "{task}" });
  const timeouts = meter.createObservableCounter(`${PREFIX}.timeouts`, { unit: "{timeout}" });
  const observe: BatchObservableCallback = (result) => {
    const stats = target.stats();
    result.observe(queueSize, stats.queued);
    result.observe(running, stats.running);
    result.observe(threads, stats.cpu.threads);
    result.observe(dropped, stats.dropped);
    result.observe(timeouts, stats.timeouts);
  };
  const observed = [queueSize, running, threads, dropped, timeouts];
  meter.addBatchObservableCallback(observe, observed);
  return () => meter.removeBatchObservableCallback(observe, observed);
}
