/* eslint-disable */
// Made by `servertech-rpc gen` from reflection.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type Method as $Method,
  type Service as $Service,
  type WireReader as $WireReader,
  checkList as $checkList,
  checkMessage as $checkMessage,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  service as $service,
  writeBytes as $writeBytes,
  writeInt32 as $writeInt32,
  writeLength as $writeLength,
  writeString as $writeString,
} from "../codec/runtime.ts";

export interface ServerReflectionRequest {
  host: string;
  messageRequest:
    | { case: "fileByFilename"; value: string }
    | { case: "fileContainingSymbol"; value: string }
    | { case: "fileContainingExtension"; value: ExtensionRequest }
    | { case: "allExtensionNumbersOfType"; value: string }
    | { case: "listServices"; value: string }
    | { case: undefined; value?: undefined };
}

export const ServerReflectionRequest: $MessageType<ServerReflectionRequest> = $generatedMessage<ServerReflectionRequest>({
  typeName: "grpc.reflection.v1.ServerReflectionRequest",
  empty: empty$ServerReflectionRequest,
  write: write$ServerReflectionRequest,
  read: read$ServerReflectionRequest,
  fields: () => [
    { name: "host", type: "string" },
    { name: "fileByFilename", protoName: "file_by_filename", type: "string", oneof: "messageRequest" },
    { name: "fileContainingSymbol", protoName: "file_containing_symbol", type: "string", oneof: "messageRequest" },
    { name: "fileContainingExtension", protoName: "file_containing_extension", type: { message: ExtensionRequest }, oneof: "messageRequest" },
    { name: "allExtensionNumbersOfType", protoName: "all_extension_numbers_of_type", type: "string", oneof: "messageRequest" },
    { name: "listServices", protoName: "list_services", type: "string", oneof: "messageRequest" },
  ],
});

function empty$ServerReflectionRequest(): ServerReflectionRequest {
  return {
    host: "",
    messageRequest: { case: undefined },
  };
}

function write$ServerReflectionRequest(m: $MessageInit<ServerReflectionRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ServerReflectionRequest");
  let p = position;
  const $1 = m.host;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.reflection.v1.ServerReflectionRequest.host"); }
  if (m.messageRequest?.case === "fileByFilename") {
    const $3 = m.messageRequest.value;
    b[p++] = 26; p = $writeString(b, p, $3, "grpc.reflection.v1.ServerReflectionRequest.file_by_filename");
  }
  if (m.messageRequest?.case === "fileContainingSymbol") {
    const $4 = m.messageRequest.value;
    b[p++] = 34; p = $writeString(b, p, $4, "grpc.reflection.v1.ServerReflectionRequest.file_containing_symbol");
  }
  if (m.messageRequest?.case === "fileContainingExtension") {
    const $5 = m.messageRequest.value;
    b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$ExtensionRequest($5, b, start)); }
  }
  if (m.messageRequest?.case === "allExtensionNumbersOfType") {
    const $6 = m.messageRequest.value;
    b[p++] = 50; p = $writeString(b, p, $6, "grpc.reflection.v1.ServerReflectionRequest.all_extension_numbers_of_type");
  }
  if (m.messageRequest?.case === "listServices") {
    const $7 = m.messageRequest.value;
    b[p++] = 58; p = $writeString(b, p, $7, "grpc.reflection.v1.ServerReflectionRequest.list_services");
  }
  return p;
}

function read$ServerReflectionRequest(r: $WireReader, m: ServerReflectionRequest): ServerReflectionRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.host = r.string(); break;
      case 26: m.messageRequest = { case: "fileByFilename", value: r.string() }; break;
      case 34: m.messageRequest = { case: "fileContainingSymbol", value: r.string() }; break;
      case 42: { const end = r.enter(); m.messageRequest = { case: "fileContainingExtension", value: read$ExtensionRequest(r, m.messageRequest.case === "fileContainingExtension" ? m.messageRequest.value : empty$ExtensionRequest()) }; r.leave(end); break; }
      case 50: m.messageRequest = { case: "allExtensionNumbersOfType", value: r.string() }; break;
      case 58: m.messageRequest = { case: "listServices", value: r.string() }; break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ExtensionRequest {
  containingType: string;
  extensionNumber: number;
}

export const ExtensionRequest: $MessageType<ExtensionRequest> = $generatedMessage<ExtensionRequest>({
  typeName: "grpc.reflection.v1.ExtensionRequest",
  empty: empty$ExtensionRequest,
  write: write$ExtensionRequest,
  read: read$ExtensionRequest,
  fields: () => [
    { name: "containingType", protoName: "containing_type", type: "string" },
    { name: "extensionNumber", protoName: "extension_number", type: "int32" },
  ],
});

function empty$ExtensionRequest(): ExtensionRequest {
  return {
    containingType: "",
    extensionNumber: 0,
  };
}

function write$ExtensionRequest(m: $MessageInit<ExtensionRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ExtensionRequest");
  let p = position;
  const $1 = m.containingType;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.reflection.v1.ExtensionRequest.containing_type"); }
  const $2 = m.extensionNumber;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "grpc.reflection.v1.ExtensionRequest.extension_number"); }
  return p;
}

function read$ExtensionRequest(r: $WireReader, m: ExtensionRequest): ExtensionRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.containingType = r.string(); break;
      case 16: m.extensionNumber = r.int32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ServerReflectionResponse {
  validHost: string;
  originalRequest?: ServerReflectionRequest | undefined;
  messageResponse:
    | { case: "fileDescriptorResponse"; value: FileDescriptorResponse }
    | { case: "allExtensionNumbersResponse"; value: ExtensionNumberResponse }
    | { case: "listServicesResponse"; value: ListServiceResponse }
    | { case: "errorResponse"; value: ErrorResponse }
    | { case: undefined; value?: undefined };
}

export const ServerReflectionResponse: $MessageType<ServerReflectionResponse> = $generatedMessage<ServerReflectionResponse>({
  typeName: "grpc.reflection.v1.ServerReflectionResponse",
  empty: empty$ServerReflectionResponse,
  write: write$ServerReflectionResponse,
  read: read$ServerReflectionResponse,
  fields: () => [
    { name: "validHost", protoName: "valid_host", type: "string" },
    { name: "originalRequest", protoName: "original_request", type: { message: ServerReflectionRequest } },
    { name: "fileDescriptorResponse", protoName: "file_descriptor_response", type: { message: FileDescriptorResponse }, oneof: "messageResponse" },
    { name: "allExtensionNumbersResponse", protoName: "all_extension_numbers_response", type: { message: ExtensionNumberResponse }, oneof: "messageResponse" },
    { name: "listServicesResponse", protoName: "list_services_response", type: { message: ListServiceResponse }, oneof: "messageResponse" },
    { name: "errorResponse", protoName: "error_response", type: { message: ErrorResponse }, oneof: "messageResponse" },
  ],
});

function empty$ServerReflectionResponse(): ServerReflectionResponse {
  return {
    validHost: "",
    originalRequest: undefined,
    messageResponse: { case: undefined },
  };
}

function write$ServerReflectionResponse(m: $MessageInit<ServerReflectionResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ServerReflectionResponse");
  let p = position;
  const $1 = m.validHost;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.reflection.v1.ServerReflectionResponse.valid_host"); }
  const $2 = m.originalRequest;
  if ($2 != null) { b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$ServerReflectionRequest($2, b, start)); } }
  if (m.messageResponse?.case === "fileDescriptorResponse") {
    const $4 = m.messageResponse.value;
    b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$FileDescriptorResponse($4, b, start)); }
  }
  if (m.messageResponse?.case === "allExtensionNumbersResponse") {
    const $5 = m.messageResponse.value;
    b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$ExtensionNumberResponse($5, b, start)); }
  }
  if (m.messageResponse?.case === "listServicesResponse") {
    const $6 = m.messageResponse.value;
    b[p++] = 50; { const start = p + 1; p = $writeLength(b, start, write$ListServiceResponse($6, b, start)); }
  }
  if (m.messageResponse?.case === "errorResponse") {
    const $7 = m.messageResponse.value;
    b[p++] = 58; { const start = p + 1; p = $writeLength(b, start, write$ErrorResponse($7, b, start)); }
  }
  return p;
}

function read$ServerReflectionResponse(r: $WireReader, m: ServerReflectionResponse): ServerReflectionResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.validHost = r.string(); break;
      case 18: { const end = r.enter(); m.originalRequest = read$ServerReflectionRequest(r, m.originalRequest ?? empty$ServerReflectionRequest()); r.leave(end); break; }
      case 34: { const end = r.enter(); m.messageResponse = { case: "fileDescriptorResponse", value: read$FileDescriptorResponse(r, m.messageResponse.case === "fileDescriptorResponse" ? m.messageResponse.value : empty$FileDescriptorResponse()) }; r.leave(end); break; }
      case 42: { const end = r.enter(); m.messageResponse = { case: "allExtensionNumbersResponse", value: read$ExtensionNumberResponse(r, m.messageResponse.case === "allExtensionNumbersResponse" ? m.messageResponse.value : empty$ExtensionNumberResponse()) }; r.leave(end); break; }
      case 50: { const end = r.enter(); m.messageResponse = { case: "listServicesResponse", value: read$ListServiceResponse(r, m.messageResponse.case === "listServicesResponse" ? m.messageResponse.value : empty$ListServiceResponse()) }; r.leave(end); break; }
      case 58: { const end = r.enter(); m.messageResponse = { case: "errorResponse", value: read$ErrorResponse(r, m.messageResponse.case === "errorResponse" ? m.messageResponse.value : empty$ErrorResponse()) }; r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface FileDescriptorResponse {
  fileDescriptorProto: Uint8Array[];
}

export const FileDescriptorResponse: $MessageType<FileDescriptorResponse> = $generatedMessage<FileDescriptorResponse>({
  typeName: "grpc.reflection.v1.FileDescriptorResponse",
  empty: empty$FileDescriptorResponse,
  write: write$FileDescriptorResponse,
  read: read$FileDescriptorResponse,
  fields: () => [
    { name: "fileDescriptorProto", protoName: "file_descriptor_proto", type: "bytes", list: true },
  ],
});

function empty$FileDescriptorResponse(): FileDescriptorResponse {
  return {
    fileDescriptorProto: [],
  };
}

function write$FileDescriptorResponse(m: $MessageInit<FileDescriptorResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.FileDescriptorResponse");
  let p = position;
  const $1 = m.fileDescriptorProto;
  if ($1 != null) {
    $checkList($1, "grpc.reflection.v1.FileDescriptorResponse.file_descriptor_proto");
    for (const v of $1) { b[p++] = 10; p = $writeBytes(b, p, v, "grpc.reflection.v1.FileDescriptorResponse.file_descriptor_proto"); }
  }
  return p;
}

function read$FileDescriptorResponse(r: $WireReader, m: FileDescriptorResponse): FileDescriptorResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.fileDescriptorProto.push(r.bytes()); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ExtensionNumberResponse {
  baseTypeName: string;
  extensionNumber: number[];
}

export const ExtensionNumberResponse: $MessageType<ExtensionNumberResponse> = $generatedMessage<ExtensionNumberResponse>({
  typeName: "grpc.reflection.v1.ExtensionNumberResponse",
  empty: empty$ExtensionNumberResponse,
  write: write$ExtensionNumberResponse,
  read: read$ExtensionNumberResponse,
  fields: () => [
    { name: "baseTypeName", protoName: "base_type_name", type: "string" },
    { name: "extensionNumber", protoName: "extension_number", type: "int32", list: true },
  ],
});

function empty$ExtensionNumberResponse(): ExtensionNumberResponse {
  return {
    baseTypeName: "",
    extensionNumber: [],
  };
}

function write$ExtensionNumberResponse(m: $MessageInit<ExtensionNumberResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ExtensionNumberResponse");
  let p = position;
  const $1 = m.baseTypeName;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.reflection.v1.ExtensionNumberResponse.base_type_name"); }
  const $2 = m.extensionNumber;
  if ($2 != null) {
    $checkList($2, "grpc.reflection.v1.ExtensionNumberResponse.extension_number");
    if ($2.length !== 0) {
      b[p++] = 18;
      const start = ++p;
      for (const v of $2) p = $writeInt32(b, p, v, "grpc.reflection.v1.ExtensionNumberResponse.extension_number");
      p = $writeLength(b, start, p);
    }
  }
  return p;
}

function read$ExtensionNumberResponse(r: $WireReader, m: ExtensionNumberResponse): ExtensionNumberResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.baseTypeName = r.string(); break;
      case 16: m.extensionNumber.push(r.int32()); break;
      case 18: { const end = r.open(); while (r.more()) m.extensionNumber.push(r.int32()); r.close(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ListServiceResponse {
  service: ServiceResponse[];
}

export const ListServiceResponse: $MessageType<ListServiceResponse> = $generatedMessage<ListServiceResponse>({
  typeName: "grpc.reflection.v1.ListServiceResponse",
  empty: empty$ListServiceResponse,
  write: write$ListServiceResponse,
  read: read$ListServiceResponse,
  fields: () => [
    { name: "service", type: { message: ServiceResponse }, list: true },
  ],
});

function empty$ListServiceResponse(): ListServiceResponse {
  return {
    service: [],
  };
}

function write$ListServiceResponse(m: $MessageInit<ListServiceResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ListServiceResponse");
  let p = position;
  const $1 = m.service;
  if ($1 != null) {
    $checkList($1, "grpc.reflection.v1.ListServiceResponse.service");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$ServiceResponse(v, b, start)); } }
  }
  return p;
}

function read$ListServiceResponse(r: $WireReader, m: ListServiceResponse): ListServiceResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.service.push(read$ServiceResponse(r, empty$ServiceResponse())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ServiceResponse {
  name: string;
}

export const ServiceResponse: $MessageType<ServiceResponse> = $generatedMessage<ServiceResponse>({
  typeName: "grpc.reflection.v1.ServiceResponse",
  empty: empty$ServiceResponse,
  write: write$ServiceResponse,
  read: read$ServiceResponse,
  fields: () => [
    { name: "name", type: "string" },
  ],
});

function empty$ServiceResponse(): ServiceResponse {
  return {
    name: "",
  };
}

function write$ServiceResponse(m: $MessageInit<ServiceResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ServiceResponse");
  let p = position;
  const $1 = m.name;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "grpc.reflection.v1.ServiceResponse.name"); }
  return p;
}

function read$ServiceResponse(r: $WireReader, m: ServiceResponse): ServiceResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.name = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ErrorResponse {
  errorCode: number;
  errorMessage: string;
}

export const ErrorResponse: $MessageType<ErrorResponse> = $generatedMessage<ErrorResponse>({
  typeName: "grpc.reflection.v1.ErrorResponse",
  empty: empty$ErrorResponse,
  write: write$ErrorResponse,
  read: read$ErrorResponse,
  fields: () => [
    { name: "errorCode", protoName: "error_code", type: "int32" },
    { name: "errorMessage", protoName: "error_message", type: "string" },
  ],
});

function empty$ErrorResponse(): ErrorResponse {
  return {
    errorCode: 0,
    errorMessage: "",
  };
}

function write$ErrorResponse(m: $MessageInit<ErrorResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "grpc.reflection.v1.ErrorResponse");
  let p = position;
  const $1 = m.errorCode;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "grpc.reflection.v1.ErrorResponse.error_code"); }
  const $2 = m.errorMessage;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "grpc.reflection.v1.ErrorResponse.error_message"); }
  return p;
}

function read$ErrorResponse(r: $WireReader, m: ErrorResponse): ErrorResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.errorCode = r.int32(); break;
      case 18: m.errorMessage = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("reflection.proto", "ChByZWZsZWN0aW9uLnByb3RvEhJncnBjLnJlZmxlY3Rpb24udjEi8wIKF1NlcnZlclJlZmxlY3Rpb25SZXF1ZXN0EhIKBGhvc3QYASABKAlSBGhvc3QSKgoQZmlsZV9ieV9maWxlbmFtZRgDIAEoCUgAUg5maWxlQnlGaWxlbmFtZRI2ChZmaWxlX2NvbnRhaW5pbmdfc3ltYm9sGAQgASgJSABSFGZpbGVDb250YWluaW5nU3ltYm9sEmIKGWZpbGVfY29udGFpbmluZ19leHRlbnNpb24YBSABKAsyJC5ncnBjLnJlZmxlY3Rpb24udjEuRXh0ZW5zaW9uUmVxdWVzdEgAUhdmaWxlQ29udGFpbmluZ0V4dGVuc2lvbhJCCh1hbGxfZXh0ZW5zaW9uX251bWJlcnNfb2ZfdHlwZRgGIAEoCUgAUhlhbGxFeHRlbnNpb25OdW1iZXJzT2ZUeXBlEiUKDWxpc3Rfc2VydmljZXMYByABKAlIAFIMbGlzdFNlcnZpY2VzQhEKD21lc3NhZ2VfcmVxdWVzdCJmChBFeHRlbnNpb25SZXF1ZXN0EicKD2NvbnRhaW5pbmdfdHlwZRgBIAEoCVIOY29udGFpbmluZ1R5cGUSKQoQZXh0ZW5zaW9uX251bWJlchgCIAEoBVIPZXh0ZW5zaW9uTnVtYmVyIq4EChhTZXJ2ZXJSZWZsZWN0aW9uUmVzcG9uc2USHQoKdmFsaWRfaG9zdBgBIAEoCVIJdmFsaWRIb3N0ElYKEG9yaWdpbmFsX3JlcXVlc3QYAiABKAsyKy5ncnBjLnJlZmxlY3Rpb24udjEuU2VydmVyUmVmbGVjdGlvblJlcXVlc3RSD29yaWdpbmFsUmVxdWVzdBJmChhmaWxlX2Rlc2NyaXB0b3JfcmVzcG9uc2UYBCABKAsyKi5ncnBjLnJlZmxlY3Rpb24udjEuRmlsZURlc2NyaXB0b3JSZXNwb25zZUgAUhZmaWxlRGVzY3JpcHRvclJlc3BvbnNlEnIKHmFsbF9leHRlbnNpb25fbnVtYmVyc19yZXNwb25zZRgFIAEoCzIrLmdycGMucmVmbGVjdGlvbi52MS5FeHRlbnNpb25OdW1iZXJSZXNwb25zZUgAUhthbGxFeHRlbnNpb25OdW1iZXJzUmVzcG9uc2USXwoWbGlzdF9zZXJ2aWNlc19yZXNwb25zZRgGIAEoCzInLmdycGMucmVmbGVjdGlvbi52MS5MaXN0U2VydmljZVJlc3BvbnNlSABSFGxpc3RTZXJ2aWNlc1Jlc3BvbnNlEkoKDmVycm9yX3Jlc3BvbnNlGAcgASgLMiEuZ3JwYy5yZWZsZWN0aW9uLnYxLkVycm9yUmVzcG9uc2VIAFINZXJyb3JSZXNwb25zZUISChBtZXNzYWdlX3Jlc3BvbnNlIkwKFkZpbGVEZXNjcmlwdG9yUmVzcG9uc2USMgoVZmlsZV9kZXNjcmlwdG9yX3Byb3RvGAEgAygMUhNmaWxlRGVzY3JpcHRvclByb3RvImoKF0V4dGVuc2lvbk51bWJlclJlc3BvbnNlEiQKDmJhc2VfdHlwZV9uYW1lGAEgASgJUgxiYXNlVHlwZU5hbWUSKQoQZXh0ZW5zaW9uX251bWJlchgCIAMoBVIPZXh0ZW5zaW9uTnVtYmVyIlQKE0xpc3RTZXJ2aWNlUmVzcG9uc2USPQoHc2VydmljZRgBIAMoCzIjLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2aWNlUmVzcG9uc2VSB3NlcnZpY2UiJQoPU2VydmljZVJlc3BvbnNlEhIKBG5hbWUYASABKAlSBG5hbWUiUwoNRXJyb3JSZXNwb25zZRIdCgplcnJvcl9jb2RlGAEgASgFUgllcnJvckNvZGUSIwoNZXJyb3JfbWVzc2FnZRgCIAEoCVIMZXJyb3JNZXNzYWdlMokBChBTZXJ2ZXJSZWZsZWN0aW9uEnUKFFNlcnZlclJlZmxlY3Rpb25JbmZvEisuZ3JwYy5yZWZsZWN0aW9uLnYxLlNlcnZlclJlZmxlY3Rpb25SZXF1ZXN0GiwuZ3JwYy5yZWZsZWN0aW9uLnYxLlNlcnZlclJlZmxlY3Rpb25SZXNwb25zZSgBMAFiBnByb3RvMw==");

/** What a server serves: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md */
export const ServerReflection: $Service<{
  readonly serverReflectionInfo: $Method<"bidi", ServerReflectionRequest, ServerReflectionResponse>;
}> = $service("grpc.reflection.v1.ServerReflection", {
  serverReflectionInfo: { name: "ServerReflectionInfo", kind: "bidi", request: ServerReflectionRequest, response: ServerReflectionResponse },
}, file$);
