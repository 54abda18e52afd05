import { describe, expect, it } from "vitest";
import {
  BadRequest,
  DebugInfo,
  Duration,
  ErrorInfo,
  Help,
  LocalizedMessage,
  type MessageInit,
  type MessageType,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
  RpcError,
  Status,
  badRequest,
  createClient,
  createLocalPair,
  createServer,
  detail,
  durationToMs,
  errorInfo,
  isRpcError,
  retryInfo,
} from "../src/index.ts";
import { Node } from "./fixtures/gen/everything.ts";
import { Clock } from "./fixtures/gen/well_known.ts";

const failed = (...details: RpcError["details"]) => new RpcError(Status.InvalidArgument, "text", { details });

function example<T>(type: MessageType<T>, message: MessageInit<T>): readonly [string, MessageType<unknown>, unknown] {
  return [type.typeName, type, message];
}

describe("details of google.rpc", () => {
  it.each([
    example(BadRequest, {
      fieldViolations: [
        { field: "a.b", description: "no", reason: "R", localizedMessage: { locale: "de", message: "x" } },
      ],
    }),
    example(RetryInfo, { retryDelay: { seconds: 1n, nanos: 5 } }),
    example(ErrorInfo, { reason: "R", domain: "d", metadata: { a: "b" } }),
    example(DebugInfo, { stackEntries: ["a", "b"], detail: "c" }),
    example(QuotaFailure, {
      violations: [
        {
          subject: "s",
          description: "d",
          apiService: "a",
          quotaMetric: "m",
          quotaId: "q",
          quotaDimensions: { a: "b" },
        },
        { quotaValue: 5n, futureQuotaValue: 0n },
      ],
    }),
    example(PreconditionFailure, { violations: [{ type: "TOS", subject: "s", description: "d" }] }),
    example(RequestInfo, { requestId: "r", servingData: "s" }),
    example(ResourceInfo, { resourceType: "t", resourceName: "n", owner: "o", description: "d" }),
    example(Help, { links: [{ description: "d", url: "https://example.com" }] }),
    example(LocalizedMessage, { locale: "de-CH", message: "x" }),
  ])("%s is decoded, in the list and by its type", (name, type, message) => {
    const whole = type.create(message as never);
    const error = failed(detail(type, whole as never));
    expect(error.details).toHaveLength(1);
    expect(error.details[0]).toMatchObject({
      typeUrl: `type.googleapis.com/${name}`,
      value: type.encode(whole as never),
    });
    expect(error.details[0]?.message).toEqual(whole);
    expect(error.detail(type)).toEqual(whole);
  });

  it("are made in one call: badRequest, retryInfo, errorInfo", () => {
    const error = failed(
      badRequest("user.name", "empty"),
      retryInfo(1_500),
      errorInfo("LOW", "example.com", { need: "5" }),
    );
    expect(error.detail(BadRequest)).toEqual(
      BadRequest.create({ fieldViolations: [{ field: "user.name", description: "empty" }] }),
    );
    expect(error.detail(RetryInfo)).toEqual({ retryDelay: { seconds: 1n, nanos: 500_000_000 } });
    expect(error.detail(ErrorInfo)).toEqual(
      ErrorInfo.create({ reason: "LOW", domain: "example.com", metadata: { need: "5" } }),
    );
    expect(failed(errorInfo("LOW", "example.com")).detail(ErrorInfo)?.metadata).toEqual({});
    expect(error.detail(Help)).toBeUndefined();
  });

  it.each([-1, Number.NaN, Infinity, 315_576_000_000_001])("retryInfo refuses %o", (delayMs) => {
    expect(() => retryInfo(delayMs)).toThrow("retryInfo: expected delayMs from 0 to 315576000000000, got number");
    expect(() => retryInfo(delayMs)).toThrow(expect.objectContaining({ code: "RPC_INVALID_ARGUMENT" }));
  });
});

describe("details", () => {
  it("are taken as { typeUrl, value }, and decoded where the type is known", () => {
    const value = RetryInfo.encode({ retryDelay: { seconds: 2n } });
    const error = failed({ typeUrl: "example.com/google.rpc.RetryInfo", value });
    expect(error.details[0]?.message).toEqual(RetryInfo.create({ retryDelay: { seconds: 2n } }));
    expect(durationToMs(error.detail(RetryInfo)?.retryDelay ?? Duration.create())).toBe(2_000);
  });

  it("of other types are { typeUrl, value }, and read by their type", () => {
    const error = failed(detail(Node, { name: "n" }));
    expect(error.details[0]).toMatchObject({ typeUrl: "type.googleapis.com/test.all.Node" });
    expect(error.details[0]?.message).toBeUndefined();
    expect(error.detail(Node)?.name).toBe("n");
  });

  it("that cannot be decoded are undefined; the error is whole all the same", () => {
    const broken = { typeUrl: "type.googleapis.com/google.rpc.RetryInfo", value: Buffer.from([10, 5]) };
    const error = failed(broken, badRequest("a", "b"));
    expect(error.details[0]?.message).toBeUndefined();
    expect(error.detail(RetryInfo)).toBeUndefined();
    expect(error.detail(BadRequest)?.fieldViolations).toHaveLength(1);
  });

  it("are decoded once", () => {
    const [only] = failed(badRequest("a", "b")).details;
    expect(only?.message).toBe(only?.message);
  });

  it("are readable in logs", () => {
    const outOfRange = detail(RetryInfo, { retryDelay: { nanos: -1, seconds: 1n } });
    const error = failed(badRequest("a", "b"), detail(Node, { name: "n" }), retryInfo(5), outOfRange);
    expect(JSON.parse(JSON.stringify(error.details))).toEqual([
      { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: "a", description: "b" }] },
      {
        typeUrl: "type.googleapis.com/test.all.Node",
        value: Buffer.from(Node.encode({ name: "n" })).toString("base64"),
      },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.005s" },
      { typeUrl: outOfRange.typeUrl, value: Buffer.from(outOfRange.value).toString("base64") },
    ]);
  });

  it("pass from one error to another", () => {
    const first = failed(badRequest("a", "b"));
    const second = failed(...first.details);
    expect(second.details[0]).toBe(first.details[0]);
  });

  it("are checked as they are made", () => {
    expect(() => detail(BadRequest, { fieldViolations: [{ field: 5 as unknown as string }] })).toThrow(
      "google.rpc.BadRequest.FieldViolation.field: expected string, got number 5",
    );
  });

  it("reach the client, known and unknown ones", async () => {
    const server = createServer().add(Clock, {
      now() {
        throw failed(badRequest("a", "b"), detail(Node, { name: "n" }), retryInfo(20));
      },
      async *echo(requests) {
        yield* requests;
      },
    });
    const clock = createClient(Clock, createLocalPair(server));
    const [error] = await clock.now.try({});
    if (!isRpcError(error)) throw new Error("no RpcError");
    expect(error).toMatchObject({ code: "RPC_INVALID_ARGUMENT", message: "text" });
    expect(error.details.map(({ message }) => message)).toEqual([
      BadRequest.create({ fieldViolations: [{ field: "a", description: "b" }] }),
      undefined,
      RetryInfo.create({ retryDelay: { nanos: 20_000_000 } }),
    ]);
    expect(error.detail(Node)?.name).toBe("n");
    await clock.close();
    await server.close();
  });
});
