/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from grpc/reflection/v1/reflection.proto: change that file, not this one.
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
export const file$: $FileDescriptor = $fileDescriptor("grpc/reflection/v1/reflection.proto", "CiNncnBjL3JlZmxlY3Rpb24vdjEvcmVmbGVjdGlvbi5wcm90bxISZ3JwYy5yZWZsZWN0aW9uLnYxIvMCChdTZXJ2ZXJSZWZsZWN0aW9uUmVxdWVzdBISCgRob3N0GAEgASgJUgRob3N0EioKEGZpbGVfYnlfZmlsZW5hbWUYAyABKAlIAFIOZmlsZUJ5RmlsZW5hbWUSNgoWZmlsZV9jb250YWluaW5nX3N5bWJvbBgEIAEoCUgAUhRmaWxlQ29udGFpbmluZ1N5bWJvbBJiChlmaWxlX2NvbnRhaW5pbmdfZXh0ZW5zaW9uGAUgASgLMiQuZ3JwYy5yZWZsZWN0aW9uLnYxLkV4dGVuc2lvblJlcXVlc3RIAFIXZmlsZUNvbnRhaW5pbmdFeHRlbnNpb24SQgodYWxsX2V4dGVuc2lvbl9udW1iZXJzX29mX3R5cGUYBiABKAlIAFIZYWxsRXh0ZW5zaW9uTnVtYmVyc09mVHlwZRIlCg1saXN0X3NlcnZpY2VzGAcgASgJSABSDGxpc3RTZXJ2aWNlc0IRCg9tZXNzYWdlX3JlcXVlc3QiZgoQRXh0ZW5zaW9uUmVxdWVzdBInCg9jb250YWluaW5nX3R5cGUYASABKAlSDmNvbnRhaW5pbmdUeXBlEikKEGV4dGVuc2lvbl9udW1iZXIYAiABKAVSD2V4dGVuc2lvbk51bWJlciKuBAoYU2VydmVyUmVmbGVjdGlvblJlc3BvbnNlEh0KCnZhbGlkX2hvc3QYASABKAlSCXZhbGlkSG9zdBJWChBvcmlnaW5hbF9yZXF1ZXN0GAIgASgLMisuZ3JwYy5yZWZsZWN0aW9uLnYxLlNlcnZlclJlZmxlY3Rpb25SZXF1ZXN0Ug9vcmlnaW5hbFJlcXVlc3QSZgoYZmlsZV9kZXNjcmlwdG9yX3Jlc3BvbnNlGAQgASgLMiouZ3JwYy5yZWZsZWN0aW9uLnYxLkZpbGVEZXNjcmlwdG9yUmVzcG9uc2VIAFIWZmlsZURlc2NyaXB0b3JSZXNwb25zZRJyCh5hbGxfZXh0ZW5zaW9uX251bWJlcnNfcmVzcG9uc2UYBSABKAsyKy5ncnBjLnJlZmxlY3Rpb24udjEuRXh0ZW5zaW9uTnVtYmVyUmVzcG9uc2VIAFIbYWxsRXh0ZW5zaW9uTnVtYmVyc1Jlc3BvbnNlEl8KFmxpc3Rfc2VydmljZXNfcmVzcG9uc2UYBiABKAsyJy5ncnBjLnJlZmxlY3Rpb24udjEuTGlzdFNlcnZpY2VSZXNwb25zZUgAUhRsaXN0U2VydmljZXNSZXNwb25zZRJKCg5lcnJvcl9yZXNwb25zZRgHIAEoCzIhLmdycGMucmVmbGVjdGlvbi52MS5FcnJvclJlc3BvbnNlSABSDWVycm9yUmVzcG9uc2VCEgoQbWVzc2FnZV9yZXNwb25zZSJMChZGaWxlRGVzY3JpcHRvclJlc3BvbnNlEjIKFWZpbGVfZGVzY3JpcHRvcl9wcm90bxgBIAMoDFITZmlsZURlc2NyaXB0b3JQcm90byJqChdFeHRlbnNpb25OdW1iZXJSZXNwb25zZRIkCg5iYXNlX3R5cGVfbmFtZRgBIAEoCVIMYmFzZVR5cGVOYW1lEikKEGV4dGVuc2lvbl9udW1iZXIYAiADKAVSD2V4dGVuc2lvbk51bWJlciJUChNMaXN0U2VydmljZVJlc3BvbnNlEj0KB3NlcnZpY2UYASADKAsyIy5ncnBjLnJlZmxlY3Rpb24udjEuU2VydmljZVJlc3BvbnNlUgdzZXJ2aWNlIiUKD1NlcnZpY2VSZXNwb25zZRISCgRuYW1lGAEgASgJUgRuYW1lIlMKDUVycm9yUmVzcG9uc2USHQoKZXJyb3JfY29kZRgBIAEoBVIJZXJyb3JDb2RlEiMKDWVycm9yX21lc3NhZ2UYAiABKAlSDGVycm9yTWVzc2FnZTKJAQoQU2VydmVyUmVmbGVjdGlvbhJ1ChRTZXJ2ZXJSZWZsZWN0aW9uSW5mbxIrLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9uUmVxdWVzdBosLmdycGMucmVmbGVjdGlvbi52MS5TZXJ2ZXJSZWZsZWN0aW9uUmVzcG9uc2UoATABYgZwcm90bzM=");

/** What a server serves: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md */
export const ServerReflection: $Service<{
  readonly serverReflectionInfo: $Method<"bidi", ServerReflectionRequest, ServerReflectionResponse>;
}> = $service("grpc.reflection.v1.ServerReflection", {
  serverReflectionInfo: { name: "ServerReflectionInfo", kind: "bidi", request: ServerReflectionRequest, response: ServerReflectionResponse },
}, file$);
