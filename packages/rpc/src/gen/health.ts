/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from grpc/health/v1/health.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type Method as $Method,
  type Service as $Service,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  service as $service,
  writeInt32 as $writeInt32,
  writeString as $writeString,
} from "../codec/runtime.ts";

export const HealthCheckResponse_ServingStatus = {
  UNKNOWN: 0,
  SERVING: 1,
  NOT_SERVING: 2,
  /** Only from Watch: the server has no such service. */
  SERVICE_UNKNOWN: 3,
} as const;
export type HealthCheckResponse_ServingStatus = (typeof HealthCheckResponse_ServingStatus)[keyof typeof HealthCheckResponse_ServingStatus];

/** Which service is asked about; empty = the whole server. */
export interface HealthCheckRequest {
  service: string;
}

export const HealthCheckRequest: $MessageType<HealthCheckRequest> = $generatedMessage<HealthCheckRequest>({
  typeName: "grpc.health.v1.HealthCheckRequest",
  empty: empty$HealthCheckRequest,
  write: write$HealthCheckRequest,
  read: read$HealthCheckRequest,
  fields: () => [
    { name: "service", type: "string" },
  ],
});

function empty$HealthCheckRequest(): HealthCheckRequest {
  return {
    service: "",
  };
}

function write$HealthCheckRequest(m: $MessageInit<HealthCheckRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.health.v1.HealthCheckRequest");
  let p = position;
  const $1 = m.service;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.health.v1.HealthCheckRequest.service"); }
  return p;
}

function read$HealthCheckRequest(r: $WireReader, m: HealthCheckRequest): HealthCheckRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.service = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface HealthCheckResponse {
  status: HealthCheckResponse_ServingStatus;
}

export const HealthCheckResponse: $MessageType<HealthCheckResponse> = $generatedMessage<HealthCheckResponse>({
  typeName: "grpc.health.v1.HealthCheckResponse",
  empty: empty$HealthCheckResponse,
  write: write$HealthCheckResponse,
  read: read$HealthCheckResponse,
  fields: () => [
    { name: "status", type: { enum: HealthCheckResponse_ServingStatus } },
  ],
});

function empty$HealthCheckResponse(): HealthCheckResponse {
  return {
    status: 0,
  };
}

function write$HealthCheckResponse(m: $MessageInit<HealthCheckResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.health.v1.HealthCheckResponse");
  let p = position;
  const $1 = m.status;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "grpc.health.v1.HealthCheckResponse.status"); }
  return p;
}

function read$HealthCheckResponse(r: $WireReader, m: HealthCheckResponse): HealthCheckResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.status = r.int32() as HealthCheckResponse_ServingStatus; break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("grpc/health/v1/health.proto", "ChtncnBjL2hlYWx0aC92MS9oZWFsdGgucHJvdG8SDmdycGMuaGVhbHRoLnYxIi4KEkhlYWx0aENoZWNrUmVxdWVzdBIYCgdzZXJ2aWNlGAEgASgJUgdzZXJ2aWNlIrEBChNIZWFsdGhDaGVja1Jlc3BvbnNlEkkKBnN0YXR1cxgBIAEoDjIxLmdycGMuaGVhbHRoLnYxLkhlYWx0aENoZWNrUmVzcG9uc2UuU2VydmluZ1N0YXR1c1IGc3RhdHVzIk8KDVNlcnZpbmdTdGF0dXMSCwoHVU5LTk9XThAAEgsKB1NFUlZJTkcQARIPCgtOT1RfU0VSVklORxACEhMKD1NFUlZJQ0VfVU5LTk9XThADMq4BCgZIZWFsdGgSUAoFQ2hlY2sSIi5ncnBjLmhlYWx0aC52MS5IZWFsdGhDaGVja1JlcXVlc3QaIy5ncnBjLmhlYWx0aC52MS5IZWFsdGhDaGVja1Jlc3BvbnNlElIKBVdhdGNoEiIuZ3JwYy5oZWFsdGgudjEuSGVhbHRoQ2hlY2tSZXF1ZXN0GiMuZ3JwYy5oZWFsdGgudjEuSGVhbHRoQ2hlY2tSZXNwb25zZTABYgZwcm90bzM=");

/** Whether a server takes calls: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export const Health: $Service<{
  readonly check: $Method<"unary", HealthCheckRequest, HealthCheckResponse>;
  readonly watch: $Method<"serverStream", HealthCheckRequest, HealthCheckResponse>;
}> = $service("grpc.health.v1.Health", {
  check: { name: "Check", kind: "unary", request: HealthCheckRequest, response: HealthCheckResponse },
  watch: { name: "Watch", kind: "serverStream", request: HealthCheckRequest, response: HealthCheckResponse },
}, file$);
