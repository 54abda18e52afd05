export { createServer } from "./server/server.ts";
export { createClient } from "./client/client.ts";
export { createChannel } from "./client/channel.ts";
export { createLocalPair } from "./local-pair.ts";
export { contextPropagation } from "./context-propagation.ts";
export { RpcError, isRpcError } from "./rpc-error.ts";
export { detail } from "./error-details/error-detail.ts";
export { badRequest, errorInfo, retryInfo } from "./error-details/error-details.ts";
export { Status } from "./status.ts";
export { health } from "./standard/health.ts";
export { reflection } from "./standard/reflection.ts";
// Any, Duration, Empty, FieldMask, ListValue, NullValue, Struct, Timestamp, Value, and the wrappers from BoolValue to UInt64Value.
export * from "./well-known/messages.ts";
export { loadProto } from "./load-proto.ts";
export {
  BadRequest,
  BadRequest_FieldViolation,
  DebugInfo,
  ErrorInfo,
  Help,
  Help_Link,
  LocalizedMessage,
  PreconditionFailure,
  PreconditionFailure_Violation,
  QuotaFailure,
  QuotaFailure_Violation,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from "./gen/google/rpc/error_details.ts";
export { anyPack, anyUnpack } from "./well-known/any.ts";
export { durationFromMs, durationToMs } from "./well-known/duration.ts";
export { structFromObject, structToObject, valueFromJson, valueToJson } from "./well-known/struct.ts";
export { timestampFromDate, timestampFromMs, timestampToDate, timestampToMs } from "./well-known/timestamp.ts";
// What generated code is made of.
export * from "./codec/runtime.ts";
export * from "./well-known/descriptors.ts";

export type { Server, ServerCloseOptions, ServerStats } from "./server/server.ts";
export type { ListenAddress, ListenOptions } from "./server/listener.ts";
export type { MethodLimits } from "./server/method-limits.ts";
export type { ServerView, ServiceModule } from "./server/service-module.ts";
export type { HealthModule, ServingStatus } from "./standard/health.ts";
export type { ServerOptions } from "./server/options.ts";
export type { RejectedCounts } from "./server/counters.ts";
export type { CallContext, Handler, Handlers, Peer, RequestStream } from "./server/handlers.ts";
export type { ServerInterceptedCall, ServerInterceptor } from "./server/bound-method.ts";
export type { InterceptedCall, InterceptedReply, Interceptor } from "./interceptor.ts";
export type {
  BidiMethod,
  Client,
  ClientLifeCycle,
  ClientMethod,
  ClientMethods,
  ClientStreamMethod,
  Outcome,
  ServerStreamMethod,
  UnaryMethod,
} from "./client/client.ts";
export type { Channel, ClientStats } from "./client/channel.ts";
export type { LocalChannelOptions } from "./local-pair.ts";
export type { CallOptions, ChannelOptions } from "./client/options.ts";
export type {
  BidiStream,
  ClientStream,
  RequestSink,
  RpcStatus,
  ServerStream,
  StreamEnd,
} from "./client/stream-call.ts";
export type { ClientCallTrace, ConnectionStateChange, ServerCallTrace } from "./tracing.ts";
export type { BalancerOption, HashKey } from "./client/balancing/balancer.ts";
export type { OutlierOptions } from "./client/balancing/outlier-options.ts";
export type { HedgeOptions } from "./client/retry/hedge-options.ts";
export type { RetryBudgetOptions, RetryOptions } from "./client/retry/retry-policy.ts";
export type { KeepaliveOptions } from "./keepalive.ts";
export type { CompressionOptions, Encoding } from "./wire/compression.ts";
export type { Metadata, MetadataInit, MutableMetadata } from "./metadata.ts";
export type { RpcErrorCode, RpcErrorOptions } from "./rpc-error.ts";
export type { ErrorDetail, NamedCodec, NamedDecoder } from "./error-details/error-detail.ts";
export type { JsonObject, JsonValue } from "./well-known/struct.ts";
export type { StatusCode, StatusName } from "./status.ts";
export type { Endpoint, Resolver } from "./resolver.ts";
export type { FileDescriptor, Method, MethodInfo, MethodKind, Service } from "./service.ts";
export type { DynamicService, LoadProtoOptions } from "./load-proto.ts";
export type { Codec, JsonOptions, MessageInit, MessageType } from "./codec/message-type.ts";
export type { EnumValues, FieldInfo, ScalarType } from "./codec/field-info.ts";
export type { GeneratedParts } from "./codec/generated-message.ts";
export type { MapKeyType } from "./codec/map-keys.ts";
