/** Metrics and spans of calls, as an SDK gets them. The meter and the tracer are small ones of our own. */
import { type Attributes, type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RpcError, type Server, createClient, createServer } from "../../src/index.ts";
import { instrument } from "../../src/otel/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

interface Recorded {
  readonly instrument: string;
  readonly value: number;
  readonly attributes: Attributes;
}

class Meter {
  readonly records: Recorded[] = [];
  readonly callbacks = new Set<(result: object) => void>();

  createHistogram(name: string) {
    return {
      record: (value: number, attributes: Attributes) => this.records.push({ instrument: name, value, attributes }),
    };
  }
  createObservableCounter = (name: string) => ({ name });
  createObservableUpDownCounter = (name: string) => ({ name });
  addBatchObservableCallback(callback: (result: object) => void) {
    this.callbacks.add(callback);
  }
  removeBatchObservableCallback(callback: (result: object) => void) {
    this.callbacks.delete(callback);
  }
  observe(): Record<string, number> {
    const seen: Record<string, number> = {};
    for (const callback of this.callbacks)
      callback({
        observe: ({ name }: { name: string }, value: number) => {
          seen[name] = value;
        },
      });
    return seen;
  }
}

class Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: string | undefined;
  readonly attributes: Attributes = {};
  readonly id: string;
  code: SpanStatusCode = SpanStatusCode.UNSET;
  ended = 0;

  constructor(name: string, kind: SpanKind, parent: string | undefined, id: string) {
    this.name = name;
    this.kind = kind;
    this.parent = parent;
    this.id = id;
  }
  spanContext = () => ({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: this.id, traceFlags: 1 });
  setAttributes(attributes: Attributes) {
    Object.assign(this.attributes, attributes);
  }
  setStatus({ code }: { code: SpanStatusCode }) {
    this.code = code;
  }
  end() {
    this.ended += 1;
  }
}

class Tracer {
  readonly spans: Span[] = [];
  startSpan(name: string, { kind }: { kind: SpanKind }, context: Context = ROOT_CONTEXT) {
    const id = (this.spans.length + 1).toString(16).padStart(16, "0");
    const span = new Span(name, kind, trace.getSpanContext(context)?.spanId, id);
    this.spans.push(span);
    return span;
  }
}

let server: Server;
let back: Server;
let meter: Meter;
let tracer: Tracer;

beforeEach(async () => {
  meter = new Meter();
  tracer = new Tracer();
  back = createServer().add(Echo, echoHandlers);
  const { port } = await back.listen();
  const deep = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
  server = createServer().add(Echo, {
    ...echoHandlers,
    async unary(request, context) {
      if (request.id === "deep") await deep.unary({}, { parent: context });
      if (request.id === "fail") throw new RpcError(5, "no");
      if (request.id === "break") throw new Error("bug");
      return {};
    },
  });
});

afterEach(async () => {
  await server.close({ timeoutMs: 0 });
  await back.close({ timeoutMs: 0 });
});

async function client() {
  const { port } = await server.listen();
  return { port, calls: createClient(Echo, { target: `tcp://127.0.0.1:${port}` }) };
}

describe("metrics", () => {
  it("are durations in seconds with method, status and server", async () => {
    using _ = instrument({ meter: meter as never });
    const { calls, port } = await client();
    await calls.unary({});
    await calls.unary({ id: "fail" }).catch(() => {});
    const method = `${Echo.name}/Unary`;
    const common = { "rpc.system.name": "servertech", "rpc.method": method };
    await expect.poll(() => meter.records.length).toBe(4);
    const of = (name: string) => meter.records.filter(({ instrument: made }) => made === name);
    expect(of("rpc.client.call.duration").map(({ attributes }) => attributes)).toEqual([
      { ...common, "rpc.status_code": "OK", "server.address": "127.0.0.1", "server.port": port },
      {
        ...common,
        "rpc.status_code": "NOT_FOUND",
        "error.type": "NOT_FOUND",
        "server.address": "127.0.0.1",
        "server.port": port,
      },
    ]);
    expect(of("rpc.server.call.duration").map(({ attributes }) => attributes["rpc.status_code"])).toEqual([
      "OK",
      "NOT_FOUND",
    ]);
    for (const { value } of meter.records) expect(value).toBeGreaterThan(0);
    for (const { value } of meter.records) expect(value).toBeLessThan(5);
    await calls.close();
  });

  it("of a target are its own only, and its stats are observed, until disposed of", async () => {
    const { calls } = await client();
    const { calls: others } = await client();
    const made = instrument({ meter: meter as never, target: calls });
    await calls.unary({});
    await others.unary({});
    expect(meter.records).toHaveLength(1);
    expect(meter.observe()).toEqual({
      "servertech.rpc.client.retries": 0,
      "servertech.rpc.client.ejected": 0,
      "servertech.rpc.registry.instances": 1,
    });
    made[Symbol.dispose]();
    made[Symbol.dispose]();
    await calls.unary({});
    expect(meter.records).toHaveLength(1);
    expect(meter.observe()).toEqual({});
    const ofServer = instrument({ meter: meter as never, target: server });
    await others.unary({});
    expect(meter.records.map(({ instrument: name }) => name)).toEqual([
      "rpc.client.call.duration",
      "rpc.server.call.duration",
    ]);
    ofServer[Symbol.dispose]();
    await calls.close();
    await others.close();
  });

  it("need options that are options", () => {
    expect(() => instrument({ meter: 5 as never })).toThrow(/meter/);
    expect(() => instrument({ tracer: {} as never })).toThrow(/tracer/);
    expect(() => instrument({ target: {} as never, metre: 1 } as never)).toThrow(/did you mean/i);
  });
});

describe("spans", () => {
  it("go from client to server and on to the calls of the handler", async () => {
    using _ = instrument({ tracer: tracer as never });
    const { calls } = await client();
    await calls.unary({ id: "deep" });
    await expect.poll(() => tracer.spans.filter(({ ended }) => ended === 1)).toHaveLength(4);
    const { CLIENT, SERVER } = SpanKind;
    const [first, second, third, fourth] = tracer.spans;
    expect(tracer.spans.map(({ kind }) => kind)).toEqual([CLIENT, SERVER, CLIENT, SERVER]);
    expect(first?.parent).toBeUndefined();
    expect(second?.parent).toBe(first?.id);
    expect(third?.parent).toBe(second?.id);
    expect(fourth?.parent).toBe(third?.id);
    expect(first?.name).toBe(`${Echo.name}/Unary`);
    expect(first?.attributes).toMatchObject({ "rpc.status_code": "OK" });
    await calls.close();
  });

  it("are errors at a client for every failure, at a server for its own faults", async () => {
    using _ = instrument({ tracer: tracer as never });
    const { calls } = await client();
    await calls.unary({ id: "fail" }).catch(() => {});
    await calls.unary({ id: "break" }).catch(() => {});
    await expect.poll(() => tracer.spans.filter(({ ended }) => ended === 1)).toHaveLength(4);
    const { ERROR, UNSET } = SpanStatusCode;
    expect(tracer.spans.map(({ code }) => code)).toEqual([ERROR, UNSET, ERROR, ERROR]);
    await calls.close();
  });

  it.each([
    "",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
  ])("begin anew when the traceparent is %j", async (traceparent) => {
    using _ = instrument({ tracer: tracer as never });
    const { calls } = await client();
    await calls.unary({}, { metadata: { traceparent } });
    expect(tracer.spans[0]?.parent).toBeUndefined();
    await calls.close();
  });

  it("take up the trace of a traceparent", async () => {
    using _ = instrument({ tracer: tracer as never, target: server });
    const { calls } = await client();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await calls.unary({}, { metadata: { traceparent } });
    expect(tracer.spans.map(({ parent }) => parent)).toEqual(["b7ad6b7169203331"]);
    await calls.close();
  });
});
