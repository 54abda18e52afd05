/* eslint-disable -- made by a program */
// Made by `servertech-rpc gen` from ai_server.proto: change that file, not this one.
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
  writeBool as $writeBool,
  writeInt32 as $writeInt32,
  writeInt64 as $writeInt64,
  writeLength as $writeLength,
  writeString as $writeString,
  writeUint32 as $writeUint32,
} from "@servertech/rpc";

export const Role = {
  ROLE_UNSPECIFIED: 0,
  USER: 1,
  ASSISTANT: 2,
} as const;
export type Role = (typeof Role)[keyof typeof Role];

export const Status = {
  STATUS_UNSPECIFIED: 0,
  COMPLETE: 1,
  STOPPED: 2,
  ERROR: 3,
  RUNNING: 4,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Frozen: wire-compatible with the C++ version, spelling too. */
export interface InitRequest {
  userId: number;
  sessionId: number;
  apiKey: string;
}

export const InitRequest: $MessageType<InitRequest> = $generatedMessage<InitRequest>({
  typeName: "InitRequest",
  empty: empty$InitRequest,
  write: write$InitRequest,
  read: read$InitRequest,
  fields: () => [
    { name: "userId", protoName: "user_id", type: "int32" },
    { name: "sessionId", protoName: "session_id", type: "int32" },
    { name: "apiKey", protoName: "api_key", type: "string" },
  ],
});

function empty$InitRequest(): InitRequest {
  return {
    userId: 0,
    sessionId: 0,
    apiKey: "",
  };
}

function write$InitRequest(m: $MessageInit<InitRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "InitRequest");
  let p = position;
  const $1 = m.userId;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "InitRequest.user_id"); }
  const $2 = m.sessionId;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "InitRequest.session_id"); }
  const $3 = m.apiKey;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "InitRequest.api_key"); }
  return p;
}

function read$InitRequest(r: $WireReader, m: InitRequest): InitRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.userId = r.int32(); break;
      case 16: m.sessionId = r.int32(); break;
      case 26: m.apiKey = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Frozen. */
export interface QueryRequest {
  token: string;
  queryMessage: string;
}

export const QueryRequest: $MessageType<QueryRequest> = $generatedMessage<QueryRequest>({
  typeName: "QueryRequest",
  empty: empty$QueryRequest,
  write: write$QueryRequest,
  read: read$QueryRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "queryMessage", protoName: "query_message", type: "string" },
  ],
});

function empty$QueryRequest(): QueryRequest {
  return {
    token: "",
    queryMessage: "",
  };
}

function write$QueryRequest(m: $MessageInit<QueryRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "QueryRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "QueryRequest.token"); }
  const $2 = m.queryMessage;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "QueryRequest.query_message"); }
  return p;
}

function read$QueryRequest(r: $WireReader, m: QueryRequest): QueryRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.queryMessage = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Frozen. */
export interface GeneralResponse {
  responMessage: string;
}

export const GeneralResponse: $MessageType<GeneralResponse> = $generatedMessage<GeneralResponse>({
  typeName: "GeneralResponse",
  empty: empty$GeneralResponse,
  write: write$GeneralResponse,
  read: read$GeneralResponse,
  fields: () => [
    { name: "responMessage", protoName: "respon_message", type: "string" },
  ],
});

function empty$GeneralResponse(): GeneralResponse {
  return {
    responMessage: "",
  };
}

function write$GeneralResponse(m: $MessageInit<GeneralResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "GeneralResponse");
  let p = position;
  const $1 = m.responMessage;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "GeneralResponse.respon_message"); }
  return p;
}

function read$GeneralResponse(r: $WireReader, m: GeneralResponse): GeneralResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.responMessage = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Empty {}

export const Empty: $MessageType<Empty> = $generatedMessage<Empty>({
  typeName: "Empty",
  empty: empty$Empty,
  write: write$Empty,
  read: read$Empty,
  fields: () => [],
});

function empty$Empty(): Empty {
  return {};
}

function write$Empty(m: $MessageInit<Empty>, _b: Buffer, position: number): number {
  $checkMessage(m, "Empty");
  let p = position;
  return p;
}

function read$Empty(r: $WireReader, m: Empty): Empty {
  while (r.more()) r.skip(r.tag());
  return m;
}

export interface TokenRequest {
  token: string;
}

export const TokenRequest: $MessageType<TokenRequest> = $generatedMessage<TokenRequest>({
  typeName: "TokenRequest",
  empty: empty$TokenRequest,
  write: write$TokenRequest,
  read: read$TokenRequest,
  fields: () => [
    { name: "token", type: "string" },
  ],
});

function empty$TokenRequest(): TokenRequest {
  return {
    token: "",
  };
}

function write$TokenRequest(m: $MessageInit<TokenRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "TokenRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "TokenRequest.token"); }
  return p;
}

function read$TokenRequest(r: $WireReader, m: TokenRequest): TokenRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface SetApiKeyRequest {
  token: string;
  apiKey: string;
}

export const SetApiKeyRequest: $MessageType<SetApiKeyRequest> = $generatedMessage<SetApiKeyRequest>({
  typeName: "SetApiKeyRequest",
  empty: empty$SetApiKeyRequest,
  write: write$SetApiKeyRequest,
  read: read$SetApiKeyRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "apiKey", protoName: "api_key", type: "string" },
  ],
});

function empty$SetApiKeyRequest(): SetApiKeyRequest {
  return {
    token: "",
    apiKey: "",
  };
}

function write$SetApiKeyRequest(m: $MessageInit<SetApiKeyRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "SetApiKeyRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "SetApiKeyRequest.token"); }
  const $2 = m.apiKey;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "SetApiKeyRequest.api_key"); }
  return p;
}

function read$SetApiKeyRequest(r: $WireReader, m: SetApiKeyRequest): SetApiKeyRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.apiKey = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Never holds the key itself. */
export interface ApiKeyInfo {
  configured: boolean;
  last4: string;
  /** Set by TestApiKey when the provider refused. */
  testError?: AiError | undefined;
}

export const ApiKeyInfo: $MessageType<ApiKeyInfo> = $generatedMessage<ApiKeyInfo>({
  typeName: "ApiKeyInfo",
  empty: empty$ApiKeyInfo,
  write: write$ApiKeyInfo,
  read: read$ApiKeyInfo,
  fields: () => [
    { name: "configured", type: "bool" },
    { name: "last4", type: "string" },
    { name: "testError", protoName: "test_error", type: { message: AiError } },
  ],
});

function empty$ApiKeyInfo(): ApiKeyInfo {
  return {
    configured: false,
    last4: "",
    testError: undefined,
  };
}

function write$ApiKeyInfo(m: $MessageInit<ApiKeyInfo>, b: Buffer, position: number): number {
  $checkMessage(m, "ApiKeyInfo");
  let p = position;
  const $1 = m.configured;
  if ($1 != null && $1 !== false) { b[p++] = 8; p = $writeBool(b, p, $1, "ApiKeyInfo.configured"); }
  const $2 = m.last4;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "ApiKeyInfo.last4"); }
  const $3 = m.testError;
  if ($3 != null) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$AiError($3, b, start)); } }
  return p;
}

function read$ApiKeyInfo(r: $WireReader, m: ApiKeyInfo): ApiKeyInfo {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.configured = r.bool(); break;
      case 18: m.last4 = r.string(); break;
      case 26: { const end = r.enter(); m.testError = read$AiError(r, m.testError ?? empty$AiError()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ListModelsResponse {
  models: string[];
  defaultModel: string;
  /** The built-in offline demo answers, not a cloud model. */
  demo: boolean;
}

export const ListModelsResponse: $MessageType<ListModelsResponse> = $generatedMessage<ListModelsResponse>({
  typeName: "ListModelsResponse",
  empty: empty$ListModelsResponse,
  write: write$ListModelsResponse,
  read: read$ListModelsResponse,
  fields: () => [
    { name: "models", type: "string", list: true },
    { name: "defaultModel", protoName: "default_model", type: "string" },
    { name: "demo", type: "bool" },
  ],
});

function empty$ListModelsResponse(): ListModelsResponse {
  return {
    models: [],
    defaultModel: "",
    demo: false,
  };
}

function write$ListModelsResponse(m: $MessageInit<ListModelsResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "ListModelsResponse");
  let p = position;
  const $1 = m.models;
  if ($1 != null) {
    $checkList($1, "ListModelsResponse.models");
    for (const v of $1) { b[p++] = 10; p = $writeString(b, p, v, "ListModelsResponse.models"); }
  }
  const $2 = m.defaultModel;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "ListModelsResponse.default_model"); }
  const $3 = m.demo;
  if ($3 != null && $3 !== false) { b[p++] = 24; p = $writeBool(b, p, $3, "ListModelsResponse.demo"); }
  return p;
}

function read$ListModelsResponse(r: $WireReader, m: ListModelsResponse): ListModelsResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.models.push(r.string()); break;
      case 18: m.defaultModel = r.string(); break;
      case 24: m.demo = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Conversation {
  id: bigint;
  title: string;
  model: string;
  createdAtMs: bigint;
  updatedAtMs: bigint;
}

export const Conversation: $MessageType<Conversation> = $generatedMessage<Conversation>({
  typeName: "Conversation",
  empty: empty$Conversation,
  write: write$Conversation,
  read: read$Conversation,
  fields: () => [
    { name: "id", type: "int64" },
    { name: "title", type: "string" },
    { name: "model", type: "string" },
    { name: "createdAtMs", protoName: "created_at_ms", type: "int64" },
    { name: "updatedAtMs", protoName: "updated_at_ms", type: "int64" },
  ],
});

function empty$Conversation(): Conversation {
  return {
    id: 0n,
    title: "",
    model: "",
    createdAtMs: 0n,
    updatedAtMs: 0n,
  };
}

function write$Conversation(m: $MessageInit<Conversation>, b: Buffer, position: number): number {
  $checkMessage(m, "Conversation");
  let p = position;
  const $1 = m.id;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeInt64(b, p, $1, "Conversation.id"); }
  const $2 = m.title;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "Conversation.title"); }
  const $3 = m.model;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "Conversation.model"); }
  const $4 = m.createdAtMs;
  if ($4 != null && $4 !== 0n) { b[p++] = 32; p = $writeInt64(b, p, $4, "Conversation.created_at_ms"); }
  const $5 = m.updatedAtMs;
  if ($5 != null && $5 !== 0n) { b[p++] = 40; p = $writeInt64(b, p, $5, "Conversation.updated_at_ms"); }
  return p;
}

function read$Conversation(r: $WireReader, m: Conversation): Conversation {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.id = r.int64(); break;
      case 18: m.title = r.string(); break;
      case 26: m.model = r.string(); break;
      case 32: m.createdAtMs = r.int64(); break;
      case 40: m.updatedAtMs = r.int64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ConversationRequest {
  token: string;
  conversationId: bigint;
}

export const ConversationRequest: $MessageType<ConversationRequest> = $generatedMessage<ConversationRequest>({
  typeName: "ConversationRequest",
  empty: empty$ConversationRequest,
  write: write$ConversationRequest,
  read: read$ConversationRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "conversationId", protoName: "conversation_id", type: "int64" },
  ],
});

function empty$ConversationRequest(): ConversationRequest {
  return {
    token: "",
    conversationId: 0n,
  };
}

function write$ConversationRequest(m: $MessageInit<ConversationRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "ConversationRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "ConversationRequest.token"); }
  const $2 = m.conversationId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "ConversationRequest.conversation_id"); }
  return p;
}

function read$ConversationRequest(r: $WireReader, m: ConversationRequest): ConversationRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 16: m.conversationId = r.int64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface CreateConversationRequest {
  token: string;
  title: string;
  model: string;
}

export const CreateConversationRequest: $MessageType<CreateConversationRequest> = $generatedMessage<CreateConversationRequest>({
  typeName: "CreateConversationRequest",
  empty: empty$CreateConversationRequest,
  write: write$CreateConversationRequest,
  read: read$CreateConversationRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "title", type: "string" },
    { name: "model", type: "string" },
  ],
});

function empty$CreateConversationRequest(): CreateConversationRequest {
  return {
    token: "",
    title: "",
    model: "",
  };
}

function write$CreateConversationRequest(m: $MessageInit<CreateConversationRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "CreateConversationRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "CreateConversationRequest.token"); }
  const $2 = m.title;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "CreateConversationRequest.title"); }
  const $3 = m.model;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "CreateConversationRequest.model"); }
  return p;
}

function read$CreateConversationRequest(r: $WireReader, m: CreateConversationRequest): CreateConversationRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.title = r.string(); break;
      case 26: m.model = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface RenameConversationRequest {
  token: string;
  conversationId: bigint;
  title: string;
}

export const RenameConversationRequest: $MessageType<RenameConversationRequest> = $generatedMessage<RenameConversationRequest>({
  typeName: "RenameConversationRequest",
  empty: empty$RenameConversationRequest,
  write: write$RenameConversationRequest,
  read: read$RenameConversationRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "conversationId", protoName: "conversation_id", type: "int64" },
    { name: "title", type: "string" },
  ],
});

function empty$RenameConversationRequest(): RenameConversationRequest {
  return {
    token: "",
    conversationId: 0n,
    title: "",
  };
}

function write$RenameConversationRequest(m: $MessageInit<RenameConversationRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "RenameConversationRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "RenameConversationRequest.token"); }
  const $2 = m.conversationId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "RenameConversationRequest.conversation_id"); }
  const $3 = m.title;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "RenameConversationRequest.title"); }
  return p;
}

function read$RenameConversationRequest(r: $WireReader, m: RenameConversationRequest): RenameConversationRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 16: m.conversationId = r.int64(); break;
      case 26: m.title = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ListConversationsRequest {
  token: string;
  /** Searched in titles and text. */
  query: string;
  cursor: string;
  /** 1 to 20. */
  limit: number;
}

export const ListConversationsRequest: $MessageType<ListConversationsRequest> = $generatedMessage<ListConversationsRequest>({
  typeName: "ListConversationsRequest",
  empty: empty$ListConversationsRequest,
  write: write$ListConversationsRequest,
  read: read$ListConversationsRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "query", type: "string" },
    { name: "cursor", type: "string" },
    { name: "limit", type: "uint32" },
  ],
});

function empty$ListConversationsRequest(): ListConversationsRequest {
  return {
    token: "",
    query: "",
    cursor: "",
    limit: 0,
  };
}

function write$ListConversationsRequest(m: $MessageInit<ListConversationsRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "ListConversationsRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "ListConversationsRequest.token"); }
  const $2 = m.query;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "ListConversationsRequest.query"); }
  const $3 = m.cursor;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "ListConversationsRequest.cursor"); }
  const $4 = m.limit;
  if ($4 != null && $4 !== 0) { b[p++] = 32; p = $writeUint32(b, p, $4, "ListConversationsRequest.limit"); }
  return p;
}

function read$ListConversationsRequest(r: $WireReader, m: ListConversationsRequest): ListConversationsRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.query = r.string(); break;
      case 26: m.cursor = r.string(); break;
      case 32: m.limit = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ListConversationsResponse {
  conversations: Conversation[];
  nextCursor: string;
}

export const ListConversationsResponse: $MessageType<ListConversationsResponse> = $generatedMessage<ListConversationsResponse>({
  typeName: "ListConversationsResponse",
  empty: empty$ListConversationsResponse,
  write: write$ListConversationsResponse,
  read: read$ListConversationsResponse,
  fields: () => [
    { name: "conversations", type: { message: Conversation }, list: true },
    { name: "nextCursor", protoName: "next_cursor", type: "string" },
  ],
});

function empty$ListConversationsResponse(): ListConversationsResponse {
  return {
    conversations: [],
    nextCursor: "",
  };
}

function write$ListConversationsResponse(m: $MessageInit<ListConversationsResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "ListConversationsResponse");
  let p = position;
  const $1 = m.conversations;
  if ($1 != null) {
    $checkList($1, "ListConversationsResponse.conversations");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$Conversation(v, b, start)); } }
  }
  const $2 = m.nextCursor;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "ListConversationsResponse.next_cursor"); }
  return p;
}

function read$ListConversationsResponse(r: $WireReader, m: ListConversationsResponse): ListConversationsResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.conversations.push(read$Conversation(r, empty$Conversation())); r.leave(end); break; }
      case 18: m.nextCursor = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ListMessagesRequest {
  token: string;
  conversationId: bigint;
  beforeId: bigint;
  /** 1 to 50. */
  limit: number;
}

export const ListMessagesRequest: $MessageType<ListMessagesRequest> = $generatedMessage<ListMessagesRequest>({
  typeName: "ListMessagesRequest",
  empty: empty$ListMessagesRequest,
  write: write$ListMessagesRequest,
  read: read$ListMessagesRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "conversationId", protoName: "conversation_id", type: "int64" },
    { name: "beforeId", protoName: "before_id", type: "int64" },
    { name: "limit", type: "uint32" },
  ],
});

function empty$ListMessagesRequest(): ListMessagesRequest {
  return {
    token: "",
    conversationId: 0n,
    beforeId: 0n,
    limit: 0,
  };
}

function write$ListMessagesRequest(m: $MessageInit<ListMessagesRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "ListMessagesRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "ListMessagesRequest.token"); }
  const $2 = m.conversationId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "ListMessagesRequest.conversation_id"); }
  const $3 = m.beforeId;
  if ($3 != null && $3 !== 0n) { b[p++] = 24; p = $writeInt64(b, p, $3, "ListMessagesRequest.before_id"); }
  const $4 = m.limit;
  if ($4 != null && $4 !== 0) { b[p++] = 32; p = $writeUint32(b, p, $4, "ListMessagesRequest.limit"); }
  return p;
}

function read$ListMessagesRequest(r: $WireReader, m: ListMessagesRequest): ListMessagesRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 16: m.conversationId = r.int64(); break;
      case 24: m.beforeId = r.int64(); break;
      case 32: m.limit = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** Newest first. */
export interface ListMessagesResponse {
  messages: Message[];
  hasMore: boolean;
  /** The generation that is running, if one is. */
  active?: Active | undefined;
}

export const ListMessagesResponse: $MessageType<ListMessagesResponse> = $generatedMessage<ListMessagesResponse>({
  typeName: "ListMessagesResponse",
  empty: empty$ListMessagesResponse,
  write: write$ListMessagesResponse,
  read: read$ListMessagesResponse,
  fields: () => [
    { name: "messages", type: { message: Message }, list: true },
    { name: "hasMore", protoName: "has_more", type: "bool" },
    { name: "active", type: { message: Active } },
  ],
});

function empty$ListMessagesResponse(): ListMessagesResponse {
  return {
    messages: [],
    hasMore: false,
    active: undefined,
  };
}

function write$ListMessagesResponse(m: $MessageInit<ListMessagesResponse>, b: Buffer, position: number): number {
  $checkMessage(m, "ListMessagesResponse");
  let p = position;
  const $1 = m.messages;
  if ($1 != null) {
    $checkList($1, "ListMessagesResponse.messages");
    for (const v of $1) { b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$Message(v, b, start)); } }
  }
  const $2 = m.hasMore;
  if ($2 != null && $2 !== false) { b[p++] = 16; p = $writeBool(b, p, $2, "ListMessagesResponse.has_more"); }
  const $3 = m.active;
  if ($3 != null) { b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$Active($3, b, start)); } }
  return p;
}

function read$ListMessagesResponse(r: $WireReader, m: ListMessagesResponse): ListMessagesResponse {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.messages.push(read$Message(r, empty$Message())); r.leave(end); break; }
      case 16: m.hasMore = r.bool(); break;
      case 26: { const end = r.enter(); m.active = read$Active(r, m.active ?? empty$Active()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Active {
  generationId: string;
  messageId: bigint;
  lastSeq: number;
}

export const Active: $MessageType<Active> = $generatedMessage<Active>({
  typeName: "Active",
  empty: empty$Active,
  write: write$Active,
  read: read$Active,
  fields: () => [
    { name: "generationId", protoName: "generation_id", type: "string" },
    { name: "messageId", protoName: "message_id", type: "int64" },
    { name: "lastSeq", protoName: "last_seq", type: "uint32" },
  ],
});

function empty$Active(): Active {
  return {
    generationId: "",
    messageId: 0n,
    lastSeq: 0,
  };
}

function write$Active(m: $MessageInit<Active>, b: Buffer, position: number): number {
  $checkMessage(m, "Active");
  let p = position;
  const $1 = m.generationId;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "Active.generation_id"); }
  const $2 = m.messageId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "Active.message_id"); }
  const $3 = m.lastSeq;
  if ($3 != null && $3 !== 0) { b[p++] = 24; p = $writeUint32(b, p, $3, "Active.last_seq"); }
  return p;
}

function read$Active(r: $WireReader, m: Active): Active {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.generationId = r.string(); break;
      case 16: m.messageId = r.int64(); break;
      case 24: m.lastSeq = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Usage {
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

export const Usage: $MessageType<Usage> = $generatedMessage<Usage>({
  typeName: "Usage",
  empty: empty$Usage,
  write: write$Usage,
  read: read$Usage,
  fields: () => [
    { name: "promptTokens", protoName: "prompt_tokens", type: "uint32" },
    { name: "completionTokens", protoName: "completion_tokens", type: "uint32" },
    { name: "reasoningTokens", protoName: "reasoning_tokens", type: "uint32" },
  ],
});

function empty$Usage(): Usage {
  return {
    promptTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
  };
}

function write$Usage(m: $MessageInit<Usage>, b: Buffer, position: number): number {
  $checkMessage(m, "Usage");
  let p = position;
  const $1 = m.promptTokens;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeUint32(b, p, $1, "Usage.prompt_tokens"); }
  const $2 = m.completionTokens;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeUint32(b, p, $2, "Usage.completion_tokens"); }
  const $3 = m.reasoningTokens;
  if ($3 != null && $3 !== 0) { b[p++] = 24; p = $writeUint32(b, p, $3, "Usage.reasoning_tokens"); }
  return p;
}

function read$Usage(r: $WireReader, m: Usage): Usage {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.promptTokens = r.uint32(); break;
      case 16: m.completionTokens = r.uint32(); break;
      case 24: m.reasoningTokens = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface AiError {
  /** AI_... */
  code: string;
  message: string;
  retryAfterMs: number;
  retryable: boolean;
}

export const AiError: $MessageType<AiError> = $generatedMessage<AiError>({
  typeName: "AiError",
  empty: empty$AiError,
  write: write$AiError,
  read: read$AiError,
  fields: () => [
    { name: "code", type: "string" },
    { name: "message", type: "string" },
    { name: "retryAfterMs", protoName: "retry_after_ms", type: "uint32" },
    { name: "retryable", type: "bool" },
  ],
});

function empty$AiError(): AiError {
  return {
    code: "",
    message: "",
    retryAfterMs: 0,
    retryable: false,
  };
}

function write$AiError(m: $MessageInit<AiError>, b: Buffer, position: number): number {
  $checkMessage(m, "AiError");
  let p = position;
  const $1 = m.code;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "AiError.code"); }
  const $2 = m.message;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "AiError.message"); }
  const $3 = m.retryAfterMs;
  if ($3 != null && $3 !== 0) { b[p++] = 24; p = $writeUint32(b, p, $3, "AiError.retry_after_ms"); }
  const $4 = m.retryable;
  if ($4 != null && $4 !== false) { b[p++] = 32; p = $writeBool(b, p, $4, "AiError.retryable"); }
  return p;
}

function read$AiError(r: $WireReader, m: AiError): AiError {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.code = r.string(); break;
      case 18: m.message = r.string(); break;
      case 24: m.retryAfterMs = r.uint32(); break;
      case 32: m.retryable = r.bool(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ContextLine {
  role: Role;
  content: string;
}

export const ContextLine: $MessageType<ContextLine> = $generatedMessage<ContextLine>({
  typeName: "ContextLine",
  empty: empty$ContextLine,
  write: write$ContextLine,
  read: read$ContextLine,
  fields: () => [
    { name: "role", type: { enum: Role } },
    { name: "content", type: "string" },
  ],
});

function empty$ContextLine(): ContextLine {
  return {
    role: 0,
    content: "",
  };
}

function write$ContextLine(m: $MessageInit<ContextLine>, b: Buffer, position: number): number {
  $checkMessage(m, "ContextLine");
  let p = position;
  const $1 = m.role;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeInt32(b, p, $1, "ContextLine.role"); }
  const $2 = m.content;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "ContextLine.content"); }
  return p;
}

function read$ContextLine(r: $WireReader, m: ContextLine): ContextLine {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.role = r.int32() as Role; break;
      case 18: m.content = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Message {
  id: bigint;
  role: Role;
  content: string;
  reasoning: string;
  status: Status;
  usage?: Usage | undefined;
  error?: AiError | undefined;
  createdAtMs: bigint;
  model: string;
}

export const Message: $MessageType<Message> = $generatedMessage<Message>({
  typeName: "Message",
  empty: empty$Message,
  write: write$Message,
  read: read$Message,
  fields: () => [
    { name: "id", type: "int64" },
    { name: "role", type: { enum: Role } },
    { name: "content", type: "string" },
    { name: "reasoning", type: "string" },
    { name: "status", type: { enum: Status } },
    { name: "usage", type: { message: Usage } },
    { name: "error", type: { message: AiError } },
    { name: "createdAtMs", protoName: "created_at_ms", type: "int64" },
    { name: "model", type: "string" },
  ],
});

function empty$Message(): Message {
  return {
    id: 0n,
    role: 0,
    content: "",
    reasoning: "",
    status: 0,
    usage: undefined,
    error: undefined,
    createdAtMs: 0n,
    model: "",
  };
}

function write$Message(m: $MessageInit<Message>, b: Buffer, position: number): number {
  $checkMessage(m, "Message");
  let p = position;
  const $1 = m.id;
  if ($1 != null && $1 !== 0n) { b[p++] = 8; p = $writeInt64(b, p, $1, "Message.id"); }
  const $2 = m.role;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "Message.role"); }
  const $3 = m.content;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "Message.content"); }
  const $4 = m.reasoning;
  if ($4 != null && $4 !== "") { b[p++] = 34; p = $writeString(b, p, $4, "Message.reasoning"); }
  const $5 = m.status;
  if ($5 != null && $5 !== 0) { b[p++] = 40; p = $writeInt32(b, p, $5, "Message.status"); }
  const $6 = m.usage;
  if ($6 != null) { b[p++] = 50; { const start = p + 1; p = $writeLength(b, start, write$Usage($6, b, start)); } }
  const $7 = m.error;
  if ($7 != null) { b[p++] = 58; { const start = p + 1; p = $writeLength(b, start, write$AiError($7, b, start)); } }
  const $8 = m.createdAtMs;
  if ($8 != null && $8 !== 0n) { b[p++] = 64; p = $writeInt64(b, p, $8, "Message.created_at_ms"); }
  const $9 = m.model;
  if ($9 != null && $9 !== "") { b[p++] = 74; p = $writeString(b, p, $9, "Message.model"); }
  return p;
}

function read$Message(r: $WireReader, m: Message): Message {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.id = r.int64(); break;
      case 16: m.role = r.int32() as Role; break;
      case 26: m.content = r.string(); break;
      case 34: m.reasoning = r.string(); break;
      case 40: m.status = r.int32() as Status; break;
      case 50: { const end = r.enter(); m.usage = read$Usage(r, m.usage ?? empty$Usage()); r.leave(end); break; }
      case 58: { const end = r.enter(); m.error = read$AiError(r, m.error ?? empty$AiError()); r.leave(end); break; }
      case 64: m.createdAtMs = r.int64(); break;
      case 74: m.model = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ChatRequest {
  token: string;
  /** 0 creates a conversation, unless `context` is set. */
  conversationId: bigint;
  content: string;
  model: string;
  /** A second call with the same nonce answers for the first one. */
  nonce: string;
  /** Replaces this answer; `content` is empty then. */
  regenerateMessageId: bigint;
  /** false: the end of this stream stops the generation. */
  detachable: boolean;
  /** Set: a one-off, nothing is stored. */
  context: ContextLine[];
  /** Replaces this prompt and all after it. */
  editMessageId: bigint;
}

export const ChatRequest: $MessageType<ChatRequest> = $generatedMessage<ChatRequest>({
  typeName: "ChatRequest",
  empty: empty$ChatRequest,
  write: write$ChatRequest,
  read: read$ChatRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "conversationId", protoName: "conversation_id", type: "int64" },
    { name: "content", type: "string" },
    { name: "model", type: "string" },
    { name: "nonce", type: "string" },
    { name: "regenerateMessageId", protoName: "regenerate_message_id", type: "int64" },
    { name: "detachable", type: "bool" },
    { name: "context", type: { message: ContextLine }, list: true },
    { name: "editMessageId", protoName: "edit_message_id", type: "int64" },
  ],
});

function empty$ChatRequest(): ChatRequest {
  return {
    token: "",
    conversationId: 0n,
    content: "",
    model: "",
    nonce: "",
    regenerateMessageId: 0n,
    detachable: false,
    context: [],
    editMessageId: 0n,
  };
}

function write$ChatRequest(m: $MessageInit<ChatRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "ChatRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "ChatRequest.token"); }
  const $2 = m.conversationId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "ChatRequest.conversation_id"); }
  const $3 = m.content;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "ChatRequest.content"); }
  const $4 = m.model;
  if ($4 != null && $4 !== "") { b[p++] = 34; p = $writeString(b, p, $4, "ChatRequest.model"); }
  const $5 = m.nonce;
  if ($5 != null && $5 !== "") { b[p++] = 42; p = $writeString(b, p, $5, "ChatRequest.nonce"); }
  const $6 = m.regenerateMessageId;
  if ($6 != null && $6 !== 0n) { b[p++] = 48; p = $writeInt64(b, p, $6, "ChatRequest.regenerate_message_id"); }
  const $7 = m.detachable;
  if ($7 != null && $7 !== false) { b[p++] = 56; p = $writeBool(b, p, $7, "ChatRequest.detachable"); }
  const $8 = m.context;
  if ($8 != null) {
    $checkList($8, "ChatRequest.context");
    for (const v of $8) { b[p++] = 66; { const start = p + 1; p = $writeLength(b, start, write$ContextLine(v, b, start)); } }
  }
  const $9 = m.editMessageId;
  if ($9 != null && $9 !== 0n) { b[p++] = 72; p = $writeInt64(b, p, $9, "ChatRequest.edit_message_id"); }
  return p;
}

function read$ChatRequest(r: $WireReader, m: ChatRequest): ChatRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 16: m.conversationId = r.int64(); break;
      case 26: m.content = r.string(); break;
      case 34: m.model = r.string(); break;
      case 42: m.nonce = r.string(); break;
      case 48: m.regenerateMessageId = r.int64(); break;
      case 56: m.detachable = r.bool(); break;
      case 66: { const end = r.enter(); m.context.push(read$ContextLine(r, empty$ContextLine())); r.leave(end); break; }
      case 72: m.editMessageId = r.int64(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface ChatChunk {
  event:
    | { case: "started"; value: Started }
    | { case: "delta"; value: Delta }
    | { case: "done"; value: Done }
    | { case: undefined; value?: undefined };
}

export const ChatChunk: $MessageType<ChatChunk> = $generatedMessage<ChatChunk>({
  typeName: "ChatChunk",
  empty: empty$ChatChunk,
  write: write$ChatChunk,
  read: read$ChatChunk,
  fields: () => [
    { name: "started", type: { message: Started }, oneof: "event" },
    { name: "delta", type: { message: Delta }, oneof: "event" },
    { name: "done", type: { message: Done }, oneof: "event" },
  ],
});

function empty$ChatChunk(): ChatChunk {
  return {
    event: { case: undefined },
  };
}

function write$ChatChunk(m: $MessageInit<ChatChunk>, b: Buffer, position: number): number {
  $checkMessage(m, "ChatChunk");
  let p = position;
  if (m.event?.case === "started") {
    const $1 = m.event.value;
    b[p++] = 10; { const start = p + 1; p = $writeLength(b, start, write$Started($1, b, start)); }
  }
  if (m.event?.case === "delta") {
    const $2 = m.event.value;
    b[p++] = 18; { const start = p + 1; p = $writeLength(b, start, write$Delta($2, b, start)); }
  }
  if (m.event?.case === "done") {
    const $3 = m.event.value;
    b[p++] = 26; { const start = p + 1; p = $writeLength(b, start, write$Done($3, b, start)); }
  }
  return p;
}

function read$ChatChunk(r: $WireReader, m: ChatChunk): ChatChunk {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: { const end = r.enter(); m.event = { case: "started", value: read$Started(r, m.event.case === "started" ? m.event.value : empty$Started()) }; r.leave(end); break; }
      case 18: { const end = r.enter(); m.event = { case: "delta", value: read$Delta(r, m.event.case === "delta" ? m.event.value : empty$Delta()) }; r.leave(end); break; }
      case 26: { const end = r.enter(); m.event = { case: "done", value: read$Done(r, m.event.case === "done" ? m.event.value : empty$Done()) }; r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

export interface AttachRequest {
  token: string;
  generationId: string;
  afterSeq: number;
}

export const AttachRequest: $MessageType<AttachRequest> = $generatedMessage<AttachRequest>({
  typeName: "AttachRequest",
  empty: empty$AttachRequest,
  write: write$AttachRequest,
  read: read$AttachRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "generationId", protoName: "generation_id", type: "string" },
    { name: "afterSeq", protoName: "after_seq", type: "uint32" },
  ],
});

function empty$AttachRequest(): AttachRequest {
  return {
    token: "",
    generationId: "",
    afterSeq: 0,
  };
}

function write$AttachRequest(m: $MessageInit<AttachRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "AttachRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "AttachRequest.token"); }
  const $2 = m.generationId;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "AttachRequest.generation_id"); }
  const $3 = m.afterSeq;
  if ($3 != null && $3 !== 0) { b[p++] = 24; p = $writeUint32(b, p, $3, "AttachRequest.after_seq"); }
  return p;
}

function read$AttachRequest(r: $WireReader, m: AttachRequest): AttachRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.generationId = r.string(); break;
      case 24: m.afterSeq = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface StopRequest {
  token: string;
  generationId: string;
}

export const StopRequest: $MessageType<StopRequest> = $generatedMessage<StopRequest>({
  typeName: "StopRequest",
  empty: empty$StopRequest,
  write: write$StopRequest,
  read: read$StopRequest,
  fields: () => [
    { name: "token", type: "string" },
    { name: "generationId", protoName: "generation_id", type: "string" },
  ],
});

function empty$StopRequest(): StopRequest {
  return {
    token: "",
    generationId: "",
  };
}

function write$StopRequest(m: $MessageInit<StopRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "StopRequest");
  let p = position;
  const $1 = m.token;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "StopRequest.token"); }
  const $2 = m.generationId;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "StopRequest.generation_id"); }
  return p;
}

function read$StopRequest(r: $WireReader, m: StopRequest): StopRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.token = r.string(); break;
      case 18: m.generationId = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Started {
  generationId: string;
  conversationId: bigint;
  userMessageId: bigint;
  messageId: bigint;
  model: string;
  title: string;
}

export const Started: $MessageType<Started> = $generatedMessage<Started>({
  typeName: "Started",
  empty: empty$Started,
  write: write$Started,
  read: read$Started,
  fields: () => [
    { name: "generationId", protoName: "generation_id", type: "string" },
    { name: "conversationId", protoName: "conversation_id", type: "int64" },
    { name: "userMessageId", protoName: "user_message_id", type: "int64" },
    { name: "messageId", protoName: "message_id", type: "int64" },
    { name: "model", type: "string" },
    { name: "title", type: "string" },
  ],
});

function empty$Started(): Started {
  return {
    generationId: "",
    conversationId: 0n,
    userMessageId: 0n,
    messageId: 0n,
    model: "",
    title: "",
  };
}

function write$Started(m: $MessageInit<Started>, b: Buffer, position: number): number {
  $checkMessage(m, "Started");
  let p = position;
  const $1 = m.generationId;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "Started.generation_id"); }
  const $2 = m.conversationId;
  if ($2 != null && $2 !== 0n) { b[p++] = 16; p = $writeInt64(b, p, $2, "Started.conversation_id"); }
  const $3 = m.userMessageId;
  if ($3 != null && $3 !== 0n) { b[p++] = 24; p = $writeInt64(b, p, $3, "Started.user_message_id"); }
  const $4 = m.messageId;
  if ($4 != null && $4 !== 0n) { b[p++] = 32; p = $writeInt64(b, p, $4, "Started.message_id"); }
  const $5 = m.model;
  if ($5 != null && $5 !== "") { b[p++] = 42; p = $writeString(b, p, $5, "Started.model"); }
  const $6 = m.title;
  if ($6 != null && $6 !== "") { b[p++] = 50; p = $writeString(b, p, $6, "Started.title"); }
  return p;
}

function read$Started(r: $WireReader, m: Started): Started {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.generationId = r.string(); break;
      case 16: m.conversationId = r.int64(); break;
      case 24: m.userMessageId = r.int64(); break;
      case 32: m.messageId = r.int64(); break;
      case 42: m.model = r.string(); break;
      case 50: m.title = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

/** seq counts from 1 without holes. */
export interface Delta {
  seq: number;
  text: string;
  reasoning: string;
}

export const Delta: $MessageType<Delta> = $generatedMessage<Delta>({
  typeName: "Delta",
  empty: empty$Delta,
  write: write$Delta,
  read: read$Delta,
  fields: () => [
    { name: "seq", type: "uint32" },
    { name: "text", type: "string" },
    { name: "reasoning", type: "string" },
  ],
});

function empty$Delta(): Delta {
  return {
    seq: 0,
    text: "",
    reasoning: "",
  };
}

function write$Delta(m: $MessageInit<Delta>, b: Buffer, position: number): number {
  $checkMessage(m, "Delta");
  let p = position;
  const $1 = m.seq;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeUint32(b, p, $1, "Delta.seq"); }
  const $2 = m.text;
  if ($2 != null && $2 !== "") { b[p++] = 18; p = $writeString(b, p, $2, "Delta.text"); }
  const $3 = m.reasoning;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "Delta.reasoning"); }
  return p;
}

function read$Delta(r: $WireReader, m: Delta): Delta {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.seq = r.uint32(); break;
      case 18: m.text = r.string(); break;
      case 26: m.reasoning = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface Done {
  seq: number;
  status: Status;
  finishReason: string;
  usage?: Usage | undefined;
  error?: AiError | undefined;
}

export const Done: $MessageType<Done> = $generatedMessage<Done>({
  typeName: "Done",
  empty: empty$Done,
  write: write$Done,
  read: read$Done,
  fields: () => [
    { name: "seq", type: "uint32" },
    { name: "status", type: { enum: Status } },
    { name: "finishReason", protoName: "finish_reason", type: "string" },
    { name: "usage", type: { message: Usage } },
    { name: "error", type: { message: AiError } },
  ],
});

function empty$Done(): Done {
  return {
    seq: 0,
    status: 0,
    finishReason: "",
    usage: undefined,
    error: undefined,
  };
}

function write$Done(m: $MessageInit<Done>, b: Buffer, position: number): number {
  $checkMessage(m, "Done");
  let p = position;
  const $1 = m.seq;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeUint32(b, p, $1, "Done.seq"); }
  const $2 = m.status;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeInt32(b, p, $2, "Done.status"); }
  const $3 = m.finishReason;
  if ($3 != null && $3 !== "") { b[p++] = 26; p = $writeString(b, p, $3, "Done.finish_reason"); }
  const $4 = m.usage;
  if ($4 != null) { b[p++] = 34; { const start = p + 1; p = $writeLength(b, start, write$Usage($4, b, start)); } }
  const $5 = m.error;
  if ($5 != null) { b[p++] = 42; { const start = p + 1; p = $writeLength(b, start, write$AiError($5, b, start)); } }
  return p;
}

function read$Done(r: $WireReader, m: Done): Done {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.seq = r.uint32(); break;
      case 16: m.status = r.int32() as Status; break;
      case 26: m.finishReason = r.string(); break;
      case 34: { const end = r.enter(); m.usage = read$Usage(r, m.usage ?? empty$Usage()); r.leave(end); break; }
      case 42: { const end = r.enter(); m.error = read$AiError(r, m.error ?? empty$AiError()); r.leave(end); break; }
      default: r.skip(tag);
    }
  }
  return m;
}

/** This file as reflection serves it. */
export const file$: $FileDescriptor = $fileDescriptor("ai_server.proto", "Cg9haV9zZXJ2ZXIucHJvdG8iXgoLSW5pdFJlcXVlc3QSFwoHdXNlcl9pZBgBIAEoBVIGdXNlcklkEh0KCnNlc3Npb25faWQYAiABKAVSCXNlc3Npb25JZBIXCgdhcGlfa2V5GAMgASgJUgZhcGlLZXkiSQoMUXVlcnlSZXF1ZXN0EhQKBXRva2VuGAEgASgJUgV0b2tlbhIjCg1xdWVyeV9tZXNzYWdlGAIgASgJUgxxdWVyeU1lc3NhZ2UiOAoPR2VuZXJhbFJlc3BvbnNlEiUKDnJlc3Bvbl9tZXNzYWdlGAEgASgJUg1yZXNwb25NZXNzYWdlIgcKBUVtcHR5IiQKDFRva2VuUmVxdWVzdBIUCgV0b2tlbhgBIAEoCVIFdG9rZW4iQQoQU2V0QXBpS2V5UmVxdWVzdBIUCgV0b2tlbhgBIAEoCVIFdG9rZW4SFwoHYXBpX2tleRgCIAEoCVIGYXBpS2V5ImsKCkFwaUtleUluZm8SHgoKY29uZmlndXJlZBgBIAEoCFIKY29uZmlndXJlZBIUCgVsYXN0NBgCIAEoCVIFbGFzdDQSJwoKdGVzdF9lcnJvchgDIAEoCzIILkFpRXJyb3JSCXRlc3RFcnJvciJlChJMaXN0TW9kZWxzUmVzcG9uc2USFgoGbW9kZWxzGAEgAygJUgZtb2RlbHMSIwoNZGVmYXVsdF9tb2RlbBgCIAEoCVIMZGVmYXVsdE1vZGVsEhIKBGRlbW8YAyABKAhSBGRlbW8ikgEKDENvbnZlcnNhdGlvbhIOCgJpZBgBIAEoA1ICaWQSFAoFdGl0bGUYAiABKAlSBXRpdGxlEhQKBW1vZGVsGAMgASgJUgVtb2RlbBIiCg1jcmVhdGVkX2F0X21zGAQgASgDUgtjcmVhdGVkQXRNcxIiCg11cGRhdGVkX2F0X21zGAUgASgDUgt1cGRhdGVkQXRNcyJUChNDb252ZXJzYXRpb25SZXF1ZXN0EhQKBXRva2VuGAEgASgJUgV0b2tlbhInCg9jb252ZXJzYXRpb25faWQYAiABKANSDmNvbnZlcnNhdGlvbklkIl0KGUNyZWF0ZUNvbnZlcnNhdGlvblJlcXVlc3QSFAoFdG9rZW4YASABKAlSBXRva2VuEhQKBXRpdGxlGAIgASgJUgV0aXRsZRIUCgVtb2RlbBgDIAEoCVIFbW9kZWwicAoZUmVuYW1lQ29udmVyc2F0aW9uUmVxdWVzdBIUCgV0b2tlbhgBIAEoCVIFdG9rZW4SJwoPY29udmVyc2F0aW9uX2lkGAIgASgDUg5jb252ZXJzYXRpb25JZBIUCgV0aXRsZRgDIAEoCVIFdGl0bGUidAoYTGlzdENvbnZlcnNhdGlvbnNSZXF1ZXN0EhQKBXRva2VuGAEgASgJUgV0b2tlbhIUCgVxdWVyeRgCIAEoCVIFcXVlcnkSFgoGY3Vyc29yGAMgASgJUgZjdXJzb3ISFAoFbGltaXQYBCABKA1SBWxpbWl0InEKGUxpc3RDb252ZXJzYXRpb25zUmVzcG9uc2USMwoNY29udmVyc2F0aW9ucxgBIAMoCzINLkNvbnZlcnNhdGlvblINY29udmVyc2F0aW9ucxIfCgtuZXh0X2N1cnNvchgCIAEoCVIKbmV4dEN1cnNvciKHAQoTTGlzdE1lc3NhZ2VzUmVxdWVzdBIUCgV0b2tlbhgBIAEoCVIFdG9rZW4SJwoPY29udmVyc2F0aW9uX2lkGAIgASgDUg5jb252ZXJzYXRpb25JZBIbCgliZWZvcmVfaWQYAyABKANSCGJlZm9yZUlkEhQKBWxpbWl0GAQgASgNUgVsaW1pdCJ4ChRMaXN0TWVzc2FnZXNSZXNwb25zZRIkCghtZXNzYWdlcxgBIAMoCzIILk1lc3NhZ2VSCG1lc3NhZ2VzEhkKCGhhc19tb3JlGAIgASgIUgdoYXNNb3JlEh8KBmFjdGl2ZRgDIAEoCzIHLkFjdGl2ZVIGYWN0aXZlImcKBkFjdGl2ZRIjCg1nZW5lcmF0aW9uX2lkGAEgASgJUgxnZW5lcmF0aW9uSWQSHQoKbWVzc2FnZV9pZBgCIAEoA1IJbWVzc2FnZUlkEhkKCGxhc3Rfc2VxGAMgASgNUgdsYXN0U2VxIoQBCgVVc2FnZRIjCg1wcm9tcHRfdG9rZW5zGAEgASgNUgxwcm9tcHRUb2tlbnMSKwoRY29tcGxldGlvbl90b2tlbnMYAiABKA1SEGNvbXBsZXRpb25Ub2tlbnMSKQoQcmVhc29uaW5nX3Rva2VucxgDIAEoDVIPcmVhc29uaW5nVG9rZW5zInsKB0FpRXJyb3ISEgoEY29kZRgBIAEoCVIEY29kZRIYCgdtZXNzYWdlGAIgASgJUgdtZXNzYWdlEiQKDnJldHJ5X2FmdGVyX21zGAMgASgNUgxyZXRyeUFmdGVyTXMSHAoJcmV0cnlhYmxlGAQgASgIUglyZXRyeWFibGUiQgoLQ29udGV4dExpbmUSGQoEcm9sZRgBIAEoDjIFLlJvbGVSBHJvbGUSGAoHY29udGVudBgCIAEoCVIHY29udGVudCKFAgoHTWVzc2FnZRIOCgJpZBgBIAEoA1ICaWQSGQoEcm9sZRgCIAEoDjIFLlJvbGVSBHJvbGUSGAoHY29udGVudBgDIAEoCVIHY29udGVudBIcCglyZWFzb25pbmcYBCABKAlSCXJlYXNvbmluZxIfCgZzdGF0dXMYBSABKA4yBy5TdGF0dXNSBnN0YXR1cxIcCgV1c2FnZRgGIAEoCzIGLlVzYWdlUgV1c2FnZRIeCgVlcnJvchgHIAEoCzIILkFpRXJyb3JSBWVycm9yEiIKDWNyZWF0ZWRfYXRfbXMYCCABKANSC2NyZWF0ZWRBdE1zEhQKBW1vZGVsGAkgASgJUgVtb2RlbCK2AgoLQ2hhdFJlcXVlc3QSFAoFdG9rZW4YASABKAlSBXRva2VuEicKD2NvbnZlcnNhdGlvbl9pZBgCIAEoA1IOY29udmVyc2F0aW9uSWQSGAoHY29udGVudBgDIAEoCVIHY29udGVudBIUCgVtb2RlbBgEIAEoCVIFbW9kZWwSFAoFbm9uY2UYBSABKAlSBW5vbmNlEjIKFXJlZ2VuZXJhdGVfbWVzc2FnZV9pZBgGIAEoA1ITcmVnZW5lcmF0ZU1lc3NhZ2VJZBIeCgpkZXRhY2hhYmxlGAcgASgIUgpkZXRhY2hhYmxlEiYKB2NvbnRleHQYCCADKAsyDC5Db250ZXh0TGluZVIHY29udGV4dBImCg9lZGl0X21lc3NhZ2VfaWQYCSABKANSDWVkaXRNZXNzYWdlSWQidwoJQ2hhdENodW5rEiQKB3N0YXJ0ZWQYASABKAsyCC5TdGFydGVkSABSB3N0YXJ0ZWQSHgoFZGVsdGEYAiABKAsyBi5EZWx0YUgAUgVkZWx0YRIbCgRkb25lGAMgASgLMgUuRG9uZUgAUgRkb25lQgcKBWV2ZW50ImcKDUF0dGFjaFJlcXVlc3QSFAoFdG9rZW4YASABKAlSBXRva2VuEiMKDWdlbmVyYXRpb25faWQYAiABKAlSDGdlbmVyYXRpb25JZBIbCglhZnRlcl9zZXEYAyABKA1SCGFmdGVyU2VxIkgKC1N0b3BSZXF1ZXN0EhQKBXRva2VuGAEgASgJUgV0b2tlbhIjCg1nZW5lcmF0aW9uX2lkGAIgASgJUgxnZW5lcmF0aW9uSWQiygEKB1N0YXJ0ZWQSIwoNZ2VuZXJhdGlvbl9pZBgBIAEoCVIMZ2VuZXJhdGlvbklkEicKD2NvbnZlcnNhdGlvbl9pZBgCIAEoA1IOY29udmVyc2F0aW9uSWQSJgoPdXNlcl9tZXNzYWdlX2lkGAMgASgDUg11c2VyTWVzc2FnZUlkEh0KCm1lc3NhZ2VfaWQYBCABKANSCW1lc3NhZ2VJZBIUCgVtb2RlbBgFIAEoCVIFbW9kZWwSFAoFdGl0bGUYBiABKAlSBXRpdGxlIksKBURlbHRhEhAKA3NlcRgBIAEoDVIDc2VxEhIKBHRleHQYAiABKAlSBHRleHQSHAoJcmVhc29uaW5nGAMgASgJUglyZWFzb25pbmcinAEKBERvbmUSEAoDc2VxGAEgASgNUgNzZXESHwoGc3RhdHVzGAIgASgOMgcuU3RhdHVzUgZzdGF0dXMSIwoNZmluaXNoX3JlYXNvbhgDIAEoCVIMZmluaXNoUmVhc29uEhwKBXVzYWdlGAQgASgLMgYuVXNhZ2VSBXVzYWdlEh4KBWVycm9yGAUgASgLMgguQWlFcnJvclIFZXJyb3IqNQoEUm9sZRIUChBST0xFX1VOU1BFQ0lGSUVEEAASCAoEVVNFUhABEg0KCUFTU0lTVEFOVBACKlMKBlN0YXR1cxIWChJTVEFUVVNfVU5TUEVDSUZJRUQQABIMCghDT01QTEVURRABEgsKB1NUT1BQRUQQAhIJCgVFUlJPUhADEgsKB1JVTk5JTkcQBDLkBQoIQWlTZXJ2ZXISLQoLU2V0SW5pdEluZm8SDC5Jbml0UmVxdWVzdBoQLkdlbmVyYWxSZXNwb25zZRIoCgVRdWVyeRINLlF1ZXJ5UmVxdWVzdBoQLkdlbmVyYWxSZXNwb25zZRIkCgtSZXZva2VUb2tlbhINLlRva2VuUmVxdWVzdBoGLkVtcHR5EisKCVNldEFwaUtleRIRLlNldEFwaUtleVJlcXVlc3QaCy5BcGlLZXlJbmZvEicKCUdldEFwaUtleRINLlRva2VuUmVxdWVzdBoLLkFwaUtleUluZm8SKAoKVGVzdEFwaUtleRINLlRva2VuUmVxdWVzdBoLLkFwaUtleUluZm8SMAoKTGlzdE1vZGVscxINLlRva2VuUmVxdWVzdBoTLkxpc3RNb2RlbHNSZXNwb25zZRI/ChJDcmVhdGVDb252ZXJzYXRpb24SGi5DcmVhdGVDb252ZXJzYXRpb25SZXF1ZXN0Gg0uQ29udmVyc2F0aW9uEkoKEUxpc3RDb252ZXJzYXRpb25zEhkuTGlzdENvbnZlcnNhdGlvbnNSZXF1ZXN0GhouTGlzdENvbnZlcnNhdGlvbnNSZXNwb25zZRI/ChJSZW5hbWVDb252ZXJzYXRpb24SGi5SZW5hbWVDb252ZXJzYXRpb25SZXF1ZXN0Gg0uQ29udmVyc2F0aW9uEjIKEkRlbGV0ZUNvbnZlcnNhdGlvbhIULkNvbnZlcnNhdGlvblJlcXVlc3QaBi5FbXB0eRI7CgxMaXN0TWVzc2FnZXMSFC5MaXN0TWVzc2FnZXNSZXF1ZXN0GhUuTGlzdE1lc3NhZ2VzUmVzcG9uc2USIgoEQ2hhdBIMLkNoYXRSZXF1ZXN0GgouQ2hhdENodW5rMAESJgoGQXR0YWNoEg4uQXR0YWNoUmVxdWVzdBoKLkNoYXRDaHVuazABEhwKBFN0b3ASDC5TdG9wUmVxdWVzdBoGLkVtcHR5YgZwcm90bzM=");

export const AiServer: $Service<{
  /** Makes a token for a user: respon_message is the token. */
  readonly setInitInfo: $Method<"unary", InitRequest, GeneralResponse>;
  /** One question, one whole answer, no history kept. */
  readonly query: $Method<"unary", QueryRequest, GeneralResponse>;
  /** The token is no longer valid: the end of a session. */
  readonly revokeToken: $Method<"unary", TokenRequest, Empty>;
  /** Saves the user's own API key; an empty one deletes it. */
  readonly setApiKey: $Method<"unary", SetApiKeyRequest, ApiKeyInfo>;
  readonly getApiKey: $Method<"unary", TokenRequest, ApiKeyInfo>;
  readonly testApiKey: $Method<"unary", TokenRequest, ApiKeyInfo>;
  readonly listModels: $Method<"unary", TokenRequest, ListModelsResponse>;
  readonly createConversation: $Method<"unary", CreateConversationRequest, Conversation>;
  readonly listConversations: $Method<"unary", ListConversationsRequest, ListConversationsResponse>;
  readonly renameConversation: $Method<"unary", RenameConversationRequest, Conversation>;
  readonly deleteConversation: $Method<"unary", ConversationRequest, Empty>;
  readonly listMessages: $Method<"unary", ListMessagesRequest, ListMessagesResponse>;
  /** Started once, Delta with seq 1.., exactly one Done. A failure before Started is an RPC error. */
  readonly chat: $Method<"serverStream", ChatRequest, ChatChunk>;
  /** The deltas of a generation after `after_seq`, then live, then Done. */
  readonly attach: $Method<"serverStream", AttachRequest, ChatChunk>;
  readonly stop: $Method<"unary", StopRequest, Empty>;
}> = $service("AiServer", {
  setInitInfo: { name: "SetInitInfo", kind: "unary", request: InitRequest, response: GeneralResponse },
  query: { name: "Query", kind: "unary", request: QueryRequest, response: GeneralResponse },
  revokeToken: { name: "RevokeToken", kind: "unary", request: TokenRequest, response: Empty },
  setApiKey: { name: "SetApiKey", kind: "unary", request: SetApiKeyRequest, response: ApiKeyInfo },
  getApiKey: { name: "GetApiKey", kind: "unary", request: TokenRequest, response: ApiKeyInfo },
  testApiKey: { name: "TestApiKey", kind: "unary", request: TokenRequest, response: ApiKeyInfo },
  listModels: { name: "ListModels", kind: "unary", request: TokenRequest, response: ListModelsResponse },
  createConversation: { name: "CreateConversation", kind: "unary", request: CreateConversationRequest, response: Conversation },
  listConversations: { name: "ListConversations", kind: "unary", request: ListConversationsRequest, response: ListConversationsResponse },
  renameConversation: { name: "RenameConversation", kind: "unary", request: RenameConversationRequest, response: Conversation },
  deleteConversation: { name: "DeleteConversation", kind: "unary", request: ConversationRequest, response: Empty },
  listMessages: { name: "ListMessages", kind: "unary", request: ListMessagesRequest, response: ListMessagesResponse },
  chat: { name: "Chat", kind: "serverStream", request: ChatRequest, response: ChatChunk },
  attach: { name: "Attach", kind: "serverStream", request: AttachRequest, response: ChatChunk },
  stop: { name: "Stop", kind: "unary", request: StopRequest, response: Empty },
}, file$);
