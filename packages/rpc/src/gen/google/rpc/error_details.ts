/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from google/rpc/error_details.proto: change that file, not this one.
import {
  type FileDescriptor as $FileDescriptor,
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type WireReader as $WireReader,
  Duration as $Duration,
  checkList as $checkList,
  checkMessage as $checkMessage,
  durationProto as $durationProto,
  emptyMap as $emptyMap,
  fileDescriptor as $fileDescriptor,
  generatedMessage as $generatedMessage,
  mapKeys as $mapKeys,
  writeInt64 as $writeInt64,
  writeLength as $writeLength,
  writeString as $writeString,
} from "../../../error-details/runtime.ts";

/** When a call may be made again. It takes the place of the client's own backoff. */
export interface RetryInfo {
  /** Wait at least so long before the call is made again. */
  retryDelay?: $Duration | undefined;
}

export const RetryInfo: $MessageType<RetryInfo> = $generatedMessage<RetryInfo>({
  typeName: "google.rpc.RetryInfo",
  empty: empty$RetryInfo,
  write: write$RetryInfo,
  read: read$RetryInfo,
  fields: () => [
    { name: "retryDelay", protoName: "retry_delay", type: { message: $Duration } },
  ],
});

function empty$RetryInfo(): RetryInfo {
  return {
    retryDelay: undefined,
  };
}

function write$RetryInfo(m: $MessageInit<RetryInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.RetryInfo");
  let p = position;
  const $1 = m.retryDelay;
  if ($1 != null) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, $Duration.writeTo($1, b, start)); } }
  return p;
}

function read$RetryInfo(r: $WireReader, m: RetryInfo): RetryInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.retryDelay = $Duration.readFrom(r, m.retryDelay ?? $Duration.create()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

/** What the server's developers need to find the fault. Keep it from callers outside. */
export interface DebugInfo {
  stackEntries: string[];
  detail: string;
}

export const DebugInfo: $MessageType<DebugInfo> = $generatedMessage<DebugInfo>({
  typeName: "google.rpc.DebugInfo",
  empty: empty$DebugInfo,
  write: write$DebugInfo,
  read: read$DebugInfo,
  fields: () => [
    { name: "stackEntries", protoName: "stack_entries", type: "string", list: true },
    { name: "detail", type: "string" },
  ],
});

function empty$DebugInfo(): DebugInfo {
  return {
    stackEntries: [],
    detail: "",
  };
}

function write$DebugInfo(m: $MessageInit<DebugInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.DebugInfo");
  let p = position;
  const $1 = m.stackEntries;
  if ($1 != null) {
    $checkList($1, "google.rpc.DebugInfo.stack_entries");
    for (const v of $1) { b[p++] = 10; p = $writeString(b, p, v, "google.rpc.DebugInfo.stack_entries"); }
  }
  const $2 = m.detail;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.DebugInfo.detail"); }
  return p;
}

function read$DebugInfo(r: $WireReader, m: DebugInfo): DebugInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.stackEntries.push(r.string()); break;
      case 18: m.detail = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Which quotas were exceeded. */
export interface QuotaFailure {
  violations: QuotaFailure_Violation[];
}

export const QuotaFailure: $MessageType<QuotaFailure> = $generatedMessage<QuotaFailure>({
  typeName: "google.rpc.QuotaFailure",
  empty: empty$QuotaFailure,
  write: write$QuotaFailure,
  read: read$QuotaFailure,
  fields: () => [
    { name: "violations", type: { message: QuotaFailure_Violation }, list: true },
  ],
});

function empty$QuotaFailure(): QuotaFailure {
  return {
    violations: [],
  };
}

function write$QuotaFailure(m: $MessageInit<QuotaFailure>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.QuotaFailure");
  let p = position;
  const $1 = m.violations;
  if ($1 != null) {
    $checkList($1, "google.rpc.QuotaFailure.violations");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$QuotaFailure_Violation(v, b, start)); } }
  }
  return p;
}

function read$QuotaFailure(r: $WireReader, m: QuotaFailure): QuotaFailure {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.violations.push(read$QuotaFailure_Violation(r, empty$QuotaFailure_Violation())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface QuotaFailure_Violation {
  /** Whose quota: `clientip:<address>`, `project:<id>`. */
  subject: string;
  /** How it was exceeded. */
  description: string;
  /** Service that the quota is of. */
  apiService: string;
  /** The metric of the quota. */
  quotaMetric: string;
  quotaId: string;
  quotaDimensions: Record<string, string>;
  /** The limit at the time of the violation. */
  quotaValue: bigint;
  /** The limit that comes next, while it is being changed. */
  futureQuotaValue?: bigint | undefined;
}

export const QuotaFailure_Violation: $MessageType<QuotaFailure_Violation> = $generatedMessage<QuotaFailure_Violation>({
  typeName: "google.rpc.QuotaFailure.Violation",
  empty: empty$QuotaFailure_Violation,
  write: write$QuotaFailure_Violation,
  read: read$QuotaFailure_Violation,
  fields: () => [
    { name: "subject", type: "string" },
    { name: "description", type: "string" },
    { name: "apiService", protoName: "api_service", type: "string" },
    { name: "quotaMetric", protoName: "quota_metric", type: "string" },
    { name: "quotaId", protoName: "quota_id", type: "string" },
    { name: "quotaDimensions", protoName: "quota_dimensions", type: "string", mapKey: "string" },
    { name: "quotaValue", protoName: "quota_value", type: "int64" },
    { name: "futureQuotaValue", protoName: "future_quota_value", type: "int64", optional: true },
  ],
});

function empty$QuotaFailure_Violation(): QuotaFailure_Violation {
  return {
    subject: "",
    description: "",
    apiService: "",
    quotaMetric: "",
    quotaId: "",
    quotaDimensions: $emptyMap(),
    quotaValue: 0n,
    futureQuotaValue: undefined,
  };
}

function write$QuotaFailure_Violation(m: $MessageInit<QuotaFailure_Violation>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.QuotaFailure.Violation");
  let p = position;
  const $1 = m.subject;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.QuotaFailure.Violation.subject"); }
  const $2 = m.description;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.QuotaFailure.Violation.description"); }
  const $3 = m.apiService;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "google.rpc.QuotaFailure.Violation.api_service"); }
  const $4 = m.quotaMetric;
  if ($4 != null && $4 !== "") { b[p++] = 34; p = $writeString(b, p, $4, "google.rpc.QuotaFailure.Violation.quota_metric"); }
  const $5 = m.quotaId;
  if ($5 != null && $5 !== "") { b[p++] = 42; p = $writeString(b, p, $5, "google.rpc.QuotaFailure.Violation.quota_id"); }
  const $6 = m.quotaDimensions;
  if ($6 != null) {
    for (const k of $mapKeys($6, "google.rpc.QuotaFailure.Violation.quota_dimensions")) {
      const v = $6[k];
      if (v == null) continue;
      b[p++] = 50;
      const entry = ++p;
      b[p++] = 10; p = $writeString(b, p, k, "google.rpc.QuotaFailure.Violation.quota_dimensions");
      b[p++] = 18; p = $writeString(b, p, v, "google.rpc.QuotaFailure.Violation.quota_dimensions");
      p = $writeLength(b, entry, p);
    }
  }
  const $7 = m.quotaValue;
  if ($7 != null && $7 !== 0n) { b[p++] = 56; p = $writeInt64(b, p, $7, "google.rpc.QuotaFailure.Violation.quota_value"); }
  const $8 = m.futureQuotaValue;
  if ($8 != null) { b[p++] = 64; p = $writeInt64(b, p, $8, "google.rpc.QuotaFailure.Violation.future_quota_value"); }
  return p;
}

function read$QuotaFailure_Violation(r: $WireReader, m: QuotaFailure_Violation): QuotaFailure_Violation {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.subject = r.string(); break;
      case 18: m.description = r.string(); break;
      case 26: m.apiService = r.string(); break;
      case 34: m.quotaMetric = r.string(); break;
      case 42: m.quotaId = r.string(); break;
      case 50: {
        const end = r.enter();
        let k = "";
        let v = "";
        while (r.more()) {
          const t = r.tag();
          if (t === 10) k = r.string();
          else if (t === 18) v = r.string();
          else r.skip(t);
        }
        r.leave(end);
        m.quotaDimensions[k] = v;
        break;
      }
      case 56: m.quotaValue = r.int64(); break;
      case 64: m.futureQuotaValue = r.int64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Why a call failed, for programs. */
export interface ErrorInfo {
  /** Stable within its domain, in UPPER_SNAKE_CASE, at most 63 characters: `CREDIT_TOO_LOW`. */
  reason: string;
  /** Who defined the reason: `billing.example.com`. */
  domain: string;
  /** Facts with which the text for people is made: at most 64 characters a key. */
  metadata: Record<string, string>;
}

export const ErrorInfo: $MessageType<ErrorInfo> = $generatedMessage<ErrorInfo>({
  typeName: "google.rpc.ErrorInfo",
  empty: empty$ErrorInfo,
  write: write$ErrorInfo,
  read: read$ErrorInfo,
  fields: () => [
    { name: "reason", type: "string" },
    { name: "domain", type: "string" },
    { name: "metadata", type: "string", mapKey: "string" },
  ],
});

function empty$ErrorInfo(): ErrorInfo {
  return {
    reason: "",
    domain: "",
    metadata: $emptyMap(),
  };
}

function write$ErrorInfo(m: $MessageInit<ErrorInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.ErrorInfo");
  let p = position;
  const $1 = m.reason;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.ErrorInfo.reason"); }
  const $2 = m.domain;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.ErrorInfo.domain"); }
  const $3 = m.metadata;
  if ($3 != null) {
    for (const k of $mapKeys($3, "google.rpc.ErrorInfo.metadata")) {
      const v = $3[k];
      if (v == null) continue;
      b[p++] = 26;
      const entry = ++p;
      b[p++] = 10; p = $writeString(b, p, k, "google.rpc.ErrorInfo.metadata");
      b[p++] = 18; p = $writeString(b, p, v, "google.rpc.ErrorInfo.metadata");
      p = $writeLength(b, entry, p);
    }
  }
  return p;
}

function read$ErrorInfo(r: $WireReader, m: ErrorInfo): ErrorInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.reason = r.string(); break;
      case 18: m.domain = r.string(); break;
      case 26: {
        const end = r.enter();
        let k = "";
        let v = "";
        while (r.more()) {
          const t = r.tag();
          if (t === 10) k = r.string();
          else if (t === 18) v = r.string();
          else r.skip(t);
        }
        r.leave(end);
        m.metadata[k] = v;
        break;
      }
      default: r.skip(tag);
    }
  }
  return m;
}

/** What must hold before the call can succeed. */
export interface PreconditionFailure {
  violations: PreconditionFailure_Violation[];
}

export const PreconditionFailure: $MessageType<PreconditionFailure> = $generatedMessage<PreconditionFailure>({
  typeName: "google.rpc.PreconditionFailure",
  empty: empty$PreconditionFailure,
  write: write$PreconditionFailure,
  read: read$PreconditionFailure,
  fields: () => [
    { name: "violations", type: { message: PreconditionFailure_Violation }, list: true },
  ],
});

function empty$PreconditionFailure(): PreconditionFailure {
  return {
    violations: [],
  };
}

function write$PreconditionFailure(m: $MessageInit<PreconditionFailure>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.PreconditionFailure");
  let p = position;
  const $1 = m.violations;
  if ($1 != null) {
    $checkList($1, "google.rpc.PreconditionFailure.violations");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$PreconditionFailure_Violation(v, b, start)); } }
  }
  return p;
}

function read$PreconditionFailure(r: $WireReader, m: PreconditionFailure): PreconditionFailure {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.violations.push(read$PreconditionFailure_Violation(r, empty$PreconditionFailure_Violation())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface PreconditionFailure_Violation {
  /** Kind of precondition: `TOS`. */
  type: string;
  /** What it is about, relative to the type. */
  subject: string;
  /** How it is violated, and how that is mended. */
  description: string;
}

export const PreconditionFailure_Violation: $MessageType<PreconditionFailure_Violation> = $generatedMessage<PreconditionFailure_Violation>({
  typeName: "google.rpc.PreconditionFailure.Violation",
  empty: empty$PreconditionFailure_Violation,
  write: write$PreconditionFailure_Violation,
  read: read$PreconditionFailure_Violation,
  fields: () => [
    { name: "type", type: "string" },
    { name: "subject", type: "string" },
    { name: "description", type: "string" },
  ],
});

function empty$PreconditionFailure_Violation(): PreconditionFailure_Violation {
  return {
    type: "",
    subject: "",
    description: "",
  };
}

function write$PreconditionFailure_Violation(m: $MessageInit<PreconditionFailure_Violation>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.PreconditionFailure.Violation");
  let p = position;
  const $1 = m.type;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.PreconditionFailure.Violation.type"); }
  const $2 = m.subject;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.PreconditionFailure.Violation.subject"); }
  const $3 = m.description;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "google.rpc.PreconditionFailure.Violation.description"); }
  return p;
}

function read$PreconditionFailure_Violation(r: $WireReader, m: PreconditionFailure_Violation): PreconditionFailure_Violation {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.type = r.string(); break;
      case 18: m.subject = r.string(); break;
      case 26: m.description = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** What is wrong with the fields of a request. */
export interface BadRequest {
  fieldViolations: BadRequest_FieldViolation[];
}

export const BadRequest: $MessageType<BadRequest> = $generatedMessage<BadRequest>({
  typeName: "google.rpc.BadRequest",
  empty: empty$BadRequest,
  write: write$BadRequest,
  read: read$BadRequest,
  fields: () => [
    { name: "fieldViolations", protoName: "field_violations", type: { message: BadRequest_FieldViolation }, list: true },
  ],
});

function empty$BadRequest(): BadRequest {
  return {
    fieldViolations: [],
  };
}

function write$BadRequest(m: $MessageInit<BadRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.BadRequest");
  let p = position;
  const $1 = m.fieldViolations;
  if ($1 != null) {
    $checkList($1, "google.rpc.BadRequest.field_violations");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$BadRequest_FieldViolation(v, b, start)); } }
  }
  return p;
}

function read$BadRequest(r: $WireReader, m: BadRequest): BadRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.fieldViolations.push(read$BadRequest_FieldViolation(r, empty$BadRequest_FieldViolation())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface BadRequest_FieldViolation {
  /** Path of the field: `user.emails[2].address`. */
  field: string;
  /** Why its value is bad. */
  description: string;
  /** Why, for programs, in UPPER_SNAKE_CASE: `TOO_LONG`. */
  reason: string;
  /** Why, for the user, in the user's language. */
  localizedMessage?: LocalizedMessage | undefined;
}

export const BadRequest_FieldViolation: $MessageType<BadRequest_FieldViolation> = $generatedMessage<BadRequest_FieldViolation>({
  typeName: "google.rpc.BadRequest.FieldViolation",
  empty: empty$BadRequest_FieldViolation,
  write: write$BadRequest_FieldViolation,
  read: read$BadRequest_FieldViolation,
  fields: () => [
    { name: "field", type: "string" },
    { name: "description", type: "string" },
    { name: "reason", type: "string" },
    { name: "localizedMessage", protoName: "localized_message", type: { message: LocalizedMessage } },
  ],
});

function empty$BadRequest_FieldViolation(): BadRequest_FieldViolation {
  return {
    field: "",
    description: "",
    reason: "",
    localizedMessage: undefined,
  };
}

function write$BadRequest_FieldViolation(m: $MessageInit<BadRequest_FieldViolation>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.BadRequest.FieldViolation");
  let p = position;
  const $1 = m.field;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.BadRequest.FieldViolation.field"); }
  const $2 = m.description;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.BadRequest.FieldViolation.description"); }
  const $3 = m.reason;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "google.rpc.BadRequest.FieldViolation.reason"); }
  const $4 = m.localizedMessage;
  if ($4 != null) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$LocalizedMessage($4, b, start)); } }
  return p;
}

function read$BadRequest_FieldViolation(r: $WireReader, m: BadRequest_FieldViolation): BadRequest_FieldViolation {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.field = r.string(); break;
      case 18: m.description = r.string(); break;
      case 26: m.reason = r.string(); break;
      case 34: { const end = r.enter(); m.localizedMessage = read$LocalizedMessage(r, m.localizedMessage ?? empty$LocalizedMessage()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

/** Which request it was: for bug reports. */
export interface RequestInfo {
  requestId: string;
  /** What the server needs to find the request in its logs. */
  servingData: string;
}

export const RequestInfo: $MessageType<RequestInfo> = $generatedMessage<RequestInfo>({
  typeName: "google.rpc.RequestInfo",
  empty: empty$RequestInfo,
  write: write$RequestInfo,
  read: read$RequestInfo,
  fields: () => [
    { name: "requestId", protoName: "request_id", type: "string" },
    { name: "servingData", protoName: "serving_data", type: "string" },
  ],
});

function empty$RequestInfo(): RequestInfo {
  return {
    requestId: "",
    servingData: "",
  };
}

function write$RequestInfo(m: $MessageInit<RequestInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.RequestInfo");
  let p = position;
  const $1 = m.requestId;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.RequestInfo.request_id"); }
  const $2 = m.servingData;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.RequestInfo.serving_data"); }
  return p;
}

function read$RequestInfo(r: $WireReader, m: RequestInfo): RequestInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.requestId = r.string(); break;
      case 18: m.servingData = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Which resource a call was about. */
export interface ResourceInfo {
  resourceType: string;
  resourceName: string;
  owner: string;
  /** What went wrong with it. */
  description: string;
}

export const ResourceInfo: $MessageType<ResourceInfo> = $generatedMessage<ResourceInfo>({
  typeName: "google.rpc.ResourceInfo",
  empty: empty$ResourceInfo,
  write: write$ResourceInfo,
  read: read$ResourceInfo,
  fields: () => [
    { name: "resourceType", protoName: "resource_type", type: "string" },
    { name: "resourceName", protoName: "resource_name", type: "string" },
    { name: "owner", type: "string" },
    { name: "description", type: "string" },
  ],
});

function empty$ResourceInfo(): ResourceInfo {
  return {
    resourceType: "",
    resourceName: "",
    owner: "",
    description: "",
  };
}

function write$ResourceInfo(m: $MessageInit<ResourceInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.ResourceInfo");
  let p = position;
  const $1 = m.resourceType;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.ResourceInfo.resource_type"); }
  const $2 = m.resourceName;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.ResourceInfo.resource_name"); }
  const $3 = m.owner;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "google.rpc.ResourceInfo.owner"); }
  const $4 = m.description;
  if ($4 != null && $4 !== "") { b[p++] = 34; p = $writeString(b, p, $4, "google.rpc.ResourceInfo.description"); }
  return p;
}

function read$ResourceInfo(r: $WireReader, m: ResourceInfo): ResourceInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.resourceType = r.string(); break;
      case 18: m.resourceName = r.string(); break;
      case 26: m.owner = r.string(); break;
      case 34: m.description = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Where to read more. */
export interface Help {
  links: Help_Link[];
}

export const Help: $MessageType<Help> = $generatedMessage<Help>({
  typeName: "google.rpc.Help",
  empty: empty$Help,
  write: write$Help,
  read: read$Help,
  fields: () => [
    { name: "links", type: { message: Help_Link }, list: true },
  ],
});

function empty$Help(): Help {
  return {
    links: [],
  };
}

function write$Help(m: $MessageInit<Help>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.Help");
  let p = position;
  const $1 = m.links;
  if ($1 != null) {
    $checkList($1, "google.rpc.Help.links");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$Help_Link(v, b, start)); } }
  }
  return p;
}

function read$Help(r: $WireReader, m: Help): Help {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.links.push(read$Help_Link(r, empty$Help_Link())); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Help_Link {
  description: string;
  url: string;
}

export const Help_Link: $MessageType<Help_Link> = $generatedMessage<Help_Link>({
  typeName: "google.rpc.Help.Link",
  empty: empty$Help_Link,
  write: write$Help_Link,
  read: read$Help_Link,
  fields: () => [
    { name: "description", type: "string" },
    { name: "url", type: "string" },
  ],
});

function empty$Help_Link(): Help_Link {
  return {
    description: "",
    url: "",
  };
}

function write$Help_Link(m: $MessageInit<Help_Link>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.Help.Link");
  let p = position;
  const $1 = m.description;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.Help.Link.description"); }
  const $2 = m.url;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.Help.Link.url"); }
  return p;
}

function read$Help_Link(r: $WireReader, m: Help_Link): Help_Link {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.description = r.string(); break;
      case 18: m.url = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** A text for the user. */
export interface LocalizedMessage {
  /** Language of the text, as in BCP 47: `de-CH`. */
  locale: string;
  message: string;
}

export const LocalizedMessage: $MessageType<LocalizedMessage> = $generatedMessage<LocalizedMessage>({
  typeName: "google.rpc.LocalizedMessage",
  empty: empty$LocalizedMessage,
  write: write$LocalizedMessage,
  read: read$LocalizedMessage,
  fields: () => [
    { name: "locale", type: "string" },
    { name: "message", type: "string" },
  ],
});

function empty$LocalizedMessage(): LocalizedMessage {
  return {
    locale: "",
    message: "",
  };
}

function write$LocalizedMessage(m: $MessageInit<LocalizedMessage>, b: Buffer, position: number): number {
  $checkMessage(m, "google.rpc.LocalizedMessage");
  let p = position;
  const $1 = m.locale;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "google.rpc.LocalizedMessage.locale"); }
  const $2 = m.message;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "google.rpc.LocalizedMessage.message"); }
  return p;
}

function read$LocalizedMessage(r: $WireReader, m: LocalizedMessage): LocalizedMessage {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.locale = r.string(); break;
      case 18: m.message = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("google/rpc/error_details.proto", "Ch5nb29nbGUvcnBjL2Vycm9yX2RldGFpbHMucHJvdG8SCmdvb2dsZS5ycGMaHmdvb2dsZS9wcm90b2J1Zi9kdXJhdGlvbi5wcm90byJHCglSZXRyeUluZm8SOgoLcmV0cnlfZGVsYXkYASABKAsyGS5nb29nbGUucHJvdG9idWYuRHVyYXRpb25SCnJldHJ5RGVsYXkiSAoJRGVidWdJbmZvEiMKDXN0YWNrX2VudHJpZXMYASADKAlSDHN0YWNrRW50cmllcxIWCgZkZXRhaWwYAiABKAlSBmRldGFpbCKOBAoMUXVvdGFGYWlsdXJlEkIKCnZpb2xhdGlvbnMYASADKAsyIi5nb29nbGUucnBjLlF1b3RhRmFpbHVyZS5WaW9sYXRpb25SCnZpb2xhdGlvbnMauQMKCVZpb2xhdGlvbhIYCgdzdWJqZWN0GAEgASgJUgdzdWJqZWN0EiAKC2Rlc2NyaXB0aW9uGAIgASgJUgtkZXNjcmlwdGlvbhIfCgthcGlfc2VydmljZRgDIAEoCVIKYXBpU2VydmljZRIhCgxxdW90YV9tZXRyaWMYBCABKAlSC3F1b3RhTWV0cmljEhkKCHF1b3RhX2lkGAUgASgJUgdxdW90YUlkEmIKEHF1b3RhX2RpbWVuc2lvbnMYBiADKAsyNy5nb29nbGUucnBjLlF1b3RhRmFpbHVyZS5WaW9sYXRpb24uUXVvdGFEaW1lbnNpb25zRW50cnlSD3F1b3RhRGltZW5zaW9ucxIfCgtxdW90YV92YWx1ZRgHIAEoA1IKcXVvdGFWYWx1ZRIxChJmdXR1cmVfcXVvdGFfdmFsdWUYCCABKANIAFIQZnV0dXJlUXVvdGFWYWx1ZYgBARpCChRRdW90YURpbWVuc2lvbnNFbnRyeRIQCgNrZXkYASABKAlSA2tleRIUCgV2YWx1ZRgCIAEoCVIFdmFsdWU6AjgBQhUKE19mdXR1cmVfcXVvdGFfdmFsdWUiuQEKCUVycm9ySW5mbxIWCgZyZWFzb24YASABKAlSBnJlYXNvbhIWCgZkb21haW4YAiABKAlSBmRvbWFpbhI/CghtZXRhZGF0YRgDIAMoCzIjLmdvb2dsZS5ycGMuRXJyb3JJbmZvLk1ldGFkYXRhRW50cnlSCG1ldGFkYXRhGjsKDU1ldGFkYXRhRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSFAoFdmFsdWUYAiABKAlSBXZhbHVlOgI4ASK9AQoTUHJlY29uZGl0aW9uRmFpbHVyZRJJCgp2aW9sYXRpb25zGAEgAygLMikuZ29vZ2xlLnJwYy5QcmVjb25kaXRpb25GYWlsdXJlLlZpb2xhdGlvblIKdmlvbGF0aW9ucxpbCglWaW9sYXRpb24SEgoEdHlwZRgBIAEoCVIEdHlwZRIYCgdzdWJqZWN0GAIgASgJUgdzdWJqZWN0EiAKC2Rlc2NyaXB0aW9uGAMgASgJUgtkZXNjcmlwdGlvbiKMAgoKQmFkUmVxdWVzdBJQChBmaWVsZF92aW9sYXRpb25zGAEgAygLMiUuZ29vZ2xlLnJwYy5CYWRSZXF1ZXN0LkZpZWxkVmlvbGF0aW9uUg9maWVsZFZpb2xhdGlvbnMaqwEKDkZpZWxkVmlvbGF0aW9uEhQKBWZpZWxkGAEgASgJUgVmaWVsZBIgCgtkZXNjcmlwdGlvbhgCIAEoCVILZGVzY3JpcHRpb24SFgoGcmVhc29uGAMgASgJUgZyZWFzb24SSQoRbG9jYWxpemVkX21lc3NhZ2UYBCABKAsyHC5nb29nbGUucnBjLkxvY2FsaXplZE1lc3NhZ2VSEGxvY2FsaXplZE1lc3NhZ2UiTwoLUmVxdWVzdEluZm8SHQoKcmVxdWVzdF9pZBgBIAEoCVIJcmVxdWVzdElkEiEKDHNlcnZpbmdfZGF0YRgCIAEoCVILc2VydmluZ0RhdGEikAEKDFJlc291cmNlSW5mbxIjCg1yZXNvdXJjZV90eXBlGAEgASgJUgxyZXNvdXJjZVR5cGUSIwoNcmVzb3VyY2VfbmFtZRgCIAEoCVIMcmVzb3VyY2VOYW1lEhQKBW93bmVyGAMgASgJUgVvd25lchIgCgtkZXNjcmlwdGlvbhgEIAEoCVILZGVzY3JpcHRpb24ibwoESGVscBIrCgVsaW5rcxgBIAMoCzIVLmdvb2dsZS5ycGMuSGVscC5MaW5rUgVsaW5rcxo6CgRMaW5rEiAKC2Rlc2NyaXB0aW9uGAEgASgJUgtkZXNjcmlwdGlvbhIQCgN1cmwYAiABKAlSA3VybCJEChBMb2NhbGl6ZWRNZXNzYWdlEhYKBmxvY2FsZRgBIAEoCVIGbG9jYWxlEhgKB21lc3NhZ2UYAiABKAlSB21lc3NhZ2ViBnByb3RvMw==", [() => $durationProto]);
