/** The standard services on the wire, field by field as gRPC numbers them: other tools speak them, too. */
import { describe, expect, it } from "vitest";
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as S,
  Health,
} from "../../src/gen/health.ts";
import { ServerReflection, ServerReflectionRequest, ServerReflectionResponse } from "../../src/gen/reflection.ts";
import type { MessageInit } from "../../src/index.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("grpc.health.v1", () => {
  it("has Check and Watch", () => {
    expect(Health.name).toBe("grpc.health.v1.Health");
    expect(Health.methods.check).toMatchObject({ name: "Check", kind: "unary" });
    expect(Health.methods.watch).toMatchObject({ name: "Watch", kind: "serverStream" });
  });

  it("asks with the service as field 1", () => {
    expect(hex(HealthCheckRequest.encode({ service: "a" }))).toBe("0a0161");
  });

  it.each([
    [S.UNKNOWN, ""],
    [S.SERVING, "0801"],
    [S.NOT_SERVING, "0802"],
    [S.SERVICE_UNKNOWN, "0803"],
  ])("answers status %i as %j", (status, bytes) => {
    expect(hex(HealthCheckResponse.encode({ status }))).toBe(bytes);
  });
});

describe("grpc.reflection.v1", () => {
  it("has ServerReflectionInfo", () => {
    expect(ServerReflection.name).toBe("grpc.reflection.v1.ServerReflection");
    expect(ServerReflection.methods.serverReflectionInfo).toMatchObject({ name: "ServerReflectionInfo", kind: "bidi" });
  });

  it.each<[MessageInit<ServerReflectionRequest>, string]>([
    [{ host: "h" }, "0a0168"],
    [{ messageRequest: { case: "fileByFilename", value: "a" } }, "1a0161"],
    [{ messageRequest: { case: "fileContainingSymbol", value: "a" } }, "220161"],
    [
      { messageRequest: { case: "fileContainingExtension", value: { containingType: "a", extensionNumber: 2 } } },
      "2a050a01611002",
    ],
    [{ messageRequest: { case: "allExtensionNumbersOfType", value: "a" } }, "320161"],
    [{ messageRequest: { case: "listServices", value: "" } }, "3a00"],
  ])("asks %o", (request, bytes) => {
    expect(hex(ServerReflectionRequest.encode(request))).toBe(bytes);
  });

  it.each<[MessageInit<ServerReflectionResponse>, string]>([
    [{ validHost: "h" }, "0a0168"],
    [{ originalRequest: { host: "h" } }, "12030a0168"],
    [
      {
        messageResponse: {
          case: "fileDescriptorResponse",
          value: { fileDescriptorProto: [Buffer.of(1), Buffer.of(2)] },
        },
      },
      "22060a01010a0102",
    ],
    [
      {
        messageResponse: { case: "allExtensionNumbersResponse", value: { baseTypeName: "a", extensionNumber: [7, 8] } },
      },
      "2a070a016112020708",
    ],
    [{ messageResponse: { case: "listServicesResponse", value: { service: [{ name: "a" }] } } }, "32050a030a0161"],
    [{ messageResponse: { case: "errorResponse", value: { errorCode: 5, errorMessage: "a" } } }, "3a050805120161"],
  ])("answers %o", (response, bytes) => {
    expect(hex(ServerReflectionResponse.encode(response))).toBe(bytes);
  });
});
