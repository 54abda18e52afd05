/* eslint-disable */
// Made by `servertech-rpc gen` from echo.proto: change that file, not this one.
import {
  type MessageInit as $MessageInit,
  type MessageType as $MessageType,
  type Method as $Method,
  type Service as $Service,
  type WireReader as $WireReader,
  checkMessage as $checkMessage,
  generatedMessage as $generatedMessage,
  service as $service,
  writeString as $writeString,
  writeUint32 as $writeUint32,
} from "@servertech/rpc";

export interface Payload {
  text: string;
}

export const Payload: $MessageType<Payload> = $generatedMessage<Payload>({
  typeName: "bench.Payload",
  empty: empty$Payload,
  write: write$Payload,
  read: read$Payload,
  fields: () => [
    { name: "text", type: "string" },
  ],
});

function empty$Payload(): Payload {
  return {
    text: "",
  };
}

function write$Payload(m: $MessageInit<Payload>, b: Buffer, position: number): number {
  $checkMessage(m, "bench.Payload");
  let p = position;
  const $1 = m.text;
  if ($1 != null && $1 !== "") { b[p++] = 10; p = $writeString(b, p, $1, "bench.Payload.text"); }
  return p;
}

function read$Payload(r: $WireReader, m: Payload): Payload {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 10: m.text = r.string(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export interface FeedRequest {
  /** length of each message's text */
  bytes: number;
  /** 0: until the reader leaves */
  messages: number;
}

export const FeedRequest: $MessageType<FeedRequest> = $generatedMessage<FeedRequest>({
  typeName: "bench.FeedRequest",
  empty: empty$FeedRequest,
  write: write$FeedRequest,
  read: read$FeedRequest,
  fields: () => [
    { name: "bytes", type: "uint32" },
    { name: "messages", type: "uint32" },
  ],
});

function empty$FeedRequest(): FeedRequest {
  return {
    bytes: 0,
    messages: 0,
  };
}

function write$FeedRequest(m: $MessageInit<FeedRequest>, b: Buffer, position: number): number {
  $checkMessage(m, "bench.FeedRequest");
  let p = position;
  const $1 = m.bytes;
  if ($1 != null && $1 !== 0) { b[p++] = 8; p = $writeUint32(b, p, $1, "bench.FeedRequest.bytes"); }
  const $2 = m.messages;
  if ($2 != null && $2 !== 0) { b[p++] = 16; p = $writeUint32(b, p, $2, "bench.FeedRequest.messages"); }
  return p;
}

function read$FeedRequest(r: $WireReader, m: FeedRequest): FeedRequest {
  while (r.more()) {
    const tag = r.tag();
    switch (tag) {
      case 8: m.bytes = r.uint32(); break;
      case 16: m.messages = r.uint32(); break;
      default: r.skip(tag);
    }
  }
  return m;
}

export const Echo: $Service<{
  readonly unary: $Method<"unary", Payload, Payload>;
  readonly feed: $Method<"serverStream", FeedRequest, Payload>;
}> = $service("bench.Echo", {
  unary: { name: "Unary", kind: "unary", request: Payload, response: Payload },
  feed: { name: "Feed", kind: "serverStream", request: FeedRequest, response: Payload },
});
