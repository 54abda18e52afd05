/** Metrics and spans of calls, as an SDK gets them. */
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RpcError, type Server, createClient, createServer } from "../../src/index.ts";
import { instrument } from "../../src/otel/index.ts";
import { type RecordedSpan, RecordingMeter, RecordingTracer } from "../../../../tools/recording-telemetry.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

let server: Server;
let back: Server;
let meter: RecordingMeter;
let tracer: RecordingTracer;

beforeEach(async () => {
  meter = new RecordingMeter();
  tracer = new RecordingTracer();
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

/** Id of the span that it hangs on. */
function parentOf(span: RecordedSpan | undefined): string | undefined {
  return trace.getSpanContext((span?.context as Context | undefined) ?? ROOT_CONTEXT)?.spanId;
}

describe("metrics", () => {
  it("are durations in seconds with method, status and server", async () => {
    using _ = instrument({ meter: meter as never });
    const { calls, port } = await client();
    await calls.unary({});
    await calls.unary({ id: "fail" }).catch(() => {});
    const method = `${Echo.name}/Unary`;
    const common = { "rpc.system.name": "servertech", "rpc.method": method };
    await expect.poll(() => meter.recorded.length).toBe(4);
    expect(meter.of("rpc.client.call.duration").map(({ attributes }) => attributes)).toEqual([
      { ...common, "rpc.status_code": "OK", "server.address": "127.0.0.1", "server.port": port },
      {
        ...common,
        "rpc.status_code": "NOT_FOUND",
        "error.type": "NOT_FOUND",
        "server.address": "127.0.0.1",
        "server.port": port,
      },
    ]);
    expect(meter.of("rpc.server.call.duration").map(({ attributes }) => attributes["rpc.status_code"])).toEqual([
      "OK",
      "NOT_FOUND",
    ]);
    for (const { value } of meter.recorded) expect(value).toBeGreaterThan(0);
    for (const { value } of meter.recorded) expect(value).toBeLessThan(5);
    await calls.close();
  });

  it("of a target are its own only, and its stats are observed, until disposed of", async () => {
    const { calls } = await client();
    const { calls: others } = await client();
    const made = instrument({ meter: meter as never, target: calls });
    await calls.unary({});
    await others.unary({});
    expect(meter.recorded).toHaveLength(1);
    expect(await meter.collect()).toEqual({
      "servertech.rpc.client.retries": 0,
      "servertech.rpc.client.ejected": 0,
      "servertech.rpc.registry.instances": 1,
    });
    made[Symbol.dispose]();
    made[Symbol.dispose]();
    await calls.unary({});
    expect(meter.recorded).toHaveLength(1);
    expect(await meter.collect()).toEqual({});
    const ofServer = instrument({ meter: meter as never, target: server });
    await others.unary({});
    expect(meter.recorded.map(({ name }) => name)).toEqual(["rpc.client.call.duration", "rpc.server.call.duration"]);
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
    expect(parentOf(first)).toBeUndefined();
    expect(parentOf(second)).toBe(first?.id);
    expect(parentOf(third)).toBe(second?.id);
    expect(parentOf(fourth)).toBe(third?.id);
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
    expect(tracer.spans.map(({ status }) => status?.code ?? UNSET)).toEqual([ERROR, UNSET, ERROR, ERROR]);
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
    expect(parentOf(tracer.spans[0])).toBeUndefined();
    await calls.close();
  });

  it("take up the trace of a traceparent", async () => {
    using _ = instrument({ tracer: tracer as never, target: server });
    const { calls } = await client();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await calls.unary({}, { metadata: { traceparent } });
    expect(tracer.spans.map(parentOf)).toEqual(["b7ad6b7169203331"]);
    await calls.close();
  });
});
