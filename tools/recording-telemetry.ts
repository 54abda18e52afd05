/**
 * A meter and a tracer that keep what they are given, for tests of packages that record with OpenTelemetry. They have what those
 * packages use, and do not import its API, which is the packages' own affair.
 */

type Attributes = Readonly<Record<string, unknown>>;

/** What was recorded, or added to a counter. */
export interface Recorded {
  readonly name: string;
  readonly value: number;
  readonly attributes: Attributes;
}

/** Asked for the values of observable instruments. */
type Observe = (result: { observe(instrument: Named, value: number, attributes?: Attributes): void }) => unknown;

interface Named {
  readonly name: string;
}

export class RecordingMeter {
  /** By the name of the instrument. */
  readonly units = new Map<string, string | undefined>();
  readonly recorded: Recorded[] = [];
  readonly callbacks = new Set<Observe>();

  readonly #instrument = (name: string, options?: { readonly unit?: string }): object => {
    this.units.set(name, options?.unit);
    const note = (value: number, attributes: Attributes): void => void this.recorded.push({ name, value, attributes });
    return { name, record: note, add: note };
  };

  readonly createHistogram = this.#instrument;
  readonly createCounter = this.#instrument;
  readonly createObservableCounter = this.#instrument;
  readonly createObservableUpDownCounter = this.#instrument;

  addBatchObservableCallback(callback: Observe): void {
    this.callbacks.add(callback);
  }

  removeBatchObservableCallback(callback: Observe): void {
    this.callbacks.delete(callback);
  }

  /**
   * The values of all observable instruments, by name; where an instrument has several, by name and what `attribute` says of
   * each: `count idle`.
   */
  async collect(attribute?: string): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    const observe = ({ name }: Named, value: number, attributes: Attributes = {}): void => {
      const which = attribute === undefined ? undefined : attributes[attribute];
      seen[typeof which === "string" ? `${name} ${which}` : name] = value;
    };
    for (const callback of this.callbacks) await callback({ observe });
    return seen;
  }

  /** What one instrument got. */
  of(name: string): Recorded[] {
    return this.recorded.filter((one) => one.name === name);
  }
}

interface SpanOptions {
  readonly kind?: number;
  readonly attributes?: Attributes;
}

export class RecordedSpan {
  readonly name: string;
  readonly kind: number | undefined;
  /** That it was started in. */
  readonly context: unknown;
  readonly id: string;
  readonly attributes: Record<string, unknown> = {};
  status: { readonly code: number; readonly message?: string } | undefined;
  /** How often it was ended: once, when all is well. */
  ended = 0;

  constructor(name: string, { kind, attributes }: SpanOptions, context: unknown, id: string) {
    this.name = name;
    this.kind = kind;
    this.context = context;
    this.id = id;
    this.setAttributes(attributes ?? {});
  }

  spanContext(): { traceId: string; spanId: string; traceFlags: number } {
    return { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: this.id, traceFlags: 1 };
  }

  setAttributes(attributes: Attributes): void {
    Object.assign(this.attributes, attributes);
  }

  setStatus(status: { readonly code: number; readonly message?: string }): void {
    this.status = status;
  }

  end(): void {
    this.ended += 1;
  }
}

export class RecordingTracer {
  readonly spans: RecordedSpan[] = [];

  startSpan(name: string, options: SpanOptions = {}, context?: unknown): RecordedSpan {
    const id = (this.spans.length + 1).toString(16).padStart(16, "0");
    const span = new RecordedSpan(name, options, context, id);
    this.spans.push(span);
    return span;
  }
}
