/** `data/echo.proto` with a codec written by hand. */
import { FieldReader, bytesField, textField, varintField } from "../src/wire/fields.ts";
import {
  type Codec,
  type Handlers,
  type MessageInit,
  type MessageType,
  type Method,
  type NamedCodec,
  RpcError,
  detail,
} from "../src/index.ts";

export interface EchoRequest {
  id: string;
  data: Uint8Array;
  seq: bigint;
  count: number;
  delayMs: number;
  failCode: number;
}

export interface EchoResponse {
  id: string;
  data: Uint8Array;
  seq: bigint;
  metadata: Record<string, string>;
  deadlineMs: bigint;
}

const EMPTY: Uint8Array = new Uint8Array(0);
const U64 = 2n ** 64n;

function int64Field(field: number, value: bigint): Buffer {
  if (value === 0n) return Buffer.alloc(0);
  const bytes = [field << 3];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** All int64 values of the fixtures: small ones, and the smallest of all, of which the reader gives -1. */
function toInt64(value: number): bigint {
  return value < 0 ? -(U64 / 2n) : BigInt(value);
}

const encodeRequest = (m: MessageInit<EchoRequest>): Uint8Array => {
  if (typeof (m.id ?? "") !== "string") throw new TypeError("id must be a string");
  const data = m.data ?? EMPTY;
  return Buffer.concat([
    textField(1, m.id ?? ""),
    data.length === 0 ? EMPTY : bytesField(2, data),
    int64Field(3, m.seq ?? 0n),
    varintField(4, m.count ?? 0),
    varintField(5, m.delayMs ?? 0),
    varintField(6, m.failCode ?? 0),
  ]);
};

const encodeResponse = (m: MessageInit<EchoResponse>): Uint8Array => {
  if (typeof (m.id ?? "") !== "string") throw new TypeError("id must be a string");
  const data = m.data ?? EMPTY;
  const pairs = Object.entries(m.metadata ?? {}).map(([key, value]) =>
    bytesField(4, Buffer.concat([textField(1, key), textField(2, value ?? "")])),
  );
  return Buffer.concat([
    textField(1, m.id ?? ""),
    data.length === 0 ? EMPTY : bytesField(2, data),
    int64Field(3, m.seq ?? 0n),
    ...pairs,
    int64Field(5, m.deadlineMs ?? 0n),
  ]);
};

function decode(bytes: Uint8Array): EchoRequest & EchoResponse {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const m = { id: "", data: EMPTY, seq: 0n, count: 0, delayMs: 0, failCode: 0, metadata: {}, deadlineMs: 0n };
  const reader = new FieldReader().open(buffer, 0, buffer.length);
  while (reader.next()) {
    if (reader.field === 1) m.id = reader.text();
    else if (reader.field === 2) {
      reader.bytes();
      m.data = buffer.subarray(reader.start, reader.end);
    } else if (reader.field === 3) m.seq = toInt64(reader.varint());
    else if (reader.field === 4 || reader.field === 5 || reader.field === 6)
      m[(["count", "delayMs", "failCode"] as const)[reader.field - 4] ?? "count"] = reader.varint();
    else reader.skip();
  }
  if (reader.failed) throw new Error("no EchoRequest");
  return m;
}

function decodeResponse(bytes: Uint8Array): EchoResponse {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const m: EchoResponse = { id: "", data: EMPTY, seq: 0n, metadata: {}, deadlineMs: 0n };
  const reader = new FieldReader().open(buffer, 0, buffer.length);
  while (reader.next()) {
    if (reader.field === 1) m.id = reader.text();
    else if (reader.field === 2) {
      reader.bytes();
      m.data = buffer.subarray(reader.start, reader.end);
    } else if (reader.field === 3) m.seq = toInt64(reader.varint());
    else if (reader.field === 4) {
      reader.bytes();
      const pair = new FieldReader().open(buffer, reader.start, reader.end);
      let key = "";
      let value = "";
      while (pair.next()) {
        if (pair.field === 1) key = pair.text();
        else value = pair.text();
      }
      m.metadata[key] = value;
    } else if (reader.field === 5) m.deadlineMs = toInt64(reader.varint());
    else reader.skip();
  }
  if (reader.failed) throw new Error("no EchoResponse");
  return m;
}

/** `codec` with the one-pass `writeTo` that generated types have. */
function inPlace<T>(codec: NamedCodec<T>): NamedCodec<T> & Pick<MessageType<T>, "writeTo"> {
  return {
    ...codec,
    writeTo(message: MessageInit<T>, buffer: Buffer, position: number): number {
      const bytes = codec.encode(message as T);
      if (position + bytes.length <= buffer.length) buffer.set(bytes, position);
      return position + bytes.length;
    },
  };
}

const plainRequest: NamedCodec<EchoRequest> = { typeName: "bench.echo.v1.EchoRequest", encode: encodeRequest, decode };
const plainResponse: NamedCodec<EchoResponse> = {
  typeName: "bench.echo.v1.EchoResponse",
  encode: encodeResponse,
  decode: decodeResponse,
};

export const EchoRequest: NamedCodec<EchoRequest> = inPlace(plainRequest);
export const EchoResponse: NamedCodec<EchoResponse> = inPlace(plainResponse);

function echo(request: Codec<EchoRequest>, response: Codec<EchoResponse>) {
  return {
    name: "bench.echo.v1.Echo",
    methods: {
      unary: { name: "Unary", kind: "unary", request, response } satisfies Method<"unary", EchoRequest, EchoResponse>,
      serverStream: { name: "ServerStream", kind: "serverStream", request, response } satisfies Method<
        "serverStream",
        EchoRequest,
        EchoResponse
      >,
      clientStream: { name: "ClientStream", kind: "clientStream", request, response } satisfies Method<
        "clientStream",
        EchoRequest,
        EchoResponse
      >,
      bidi: { name: "Bidi", kind: "bidi", request, response } satisfies Method<"bidi", EchoRequest, EchoResponse>,
    },
  } as const;
}

export const Echo = echo(EchoRequest, EchoResponse);
/** The same with codecs that can only make bytes of their own. */
export const EchoOfBytes = echo(plainRequest, plainResponse);

const detailOf = { typeName: plainRequest.typeName, encode: encodeRequest };

/** What the Go server of the recorded sessions does. */
export const echoHandlers: Handlers<typeof Echo.methods> = {
  unary({ id, data, seq, failCode }, { metadata, deadline }) {
    if (failCode !== 0)
      throw new RpcError(failCode, "asked to fail", { details: [detail(detailOf, { id: "detail" })] });
    const names = new Set([...metadata.entries()].map(([key]) => key));
    const pairs = [...names].map((key) => [key, `${metadata.getAll(key).length}:${metadata.get(key)}`]);
    return {
      id,
      data,
      seq,
      metadata: Object.fromEntries(pairs) as Record<string, string>,
      deadlineMs: deadline === undefined ? 0n : 4_999n,
    };
  },
  async *serverStream({ id, count, failCode }) {
    for (let i = 0; i < count; i++) yield { id, seq: BigInt(i) };
    if (failCode !== 0) throw new RpcError(failCode, "asked to fail");
  },
  async clientStream(requests) {
    let last = "";
    let count = 0n;
    for await (const { id } of requests) {
      last = id;
      count += 1n;
    }
    return { id: last, seq: count };
  },
  async *bidi(requests) {
    for await (const { id, data, seq, failCode } of requests) {
      if (failCode !== 0) throw new RpcError(failCode, "asked to fail");
      yield { id, data, seq };
    }
  },
};
