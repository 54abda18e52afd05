/** `Response { status = 1; payload = 2; trailers = 15 }` and `Status { code = 1; message = 2; details = 3 }`. */
import { type Metadata, MetadataList, NO_METADATA, TRAILERS_FIELD, encodeMetadata } from "../metadata.ts";
import type { ErrorDetail } from "../rpc-error.ts";
import { readPair } from "./pair.ts";
import { FieldReader, bytesField, textField, varintField } from "./fields.ts";

export interface WireStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
}

const reader = new FieldReader();
const statusReader = new FieldReader();
const anyReader = new FieldReader();

/** What a closing server says, as UNAVAILABLE, of a call that it does not begin with. */
export const NOT_PROCESSED = "not processed";

/** A Response as `read` found it; the same object is read into again and again. */
export class ResponseEnvelope {
  /** Undefined = OK. */
  status: WireStatus | undefined;
  payloadStart = 0;
  payloadEnd = 0;
  trailers: Metadata = NO_METADATA;

  /** @returns whether `buffer[start, end)` is a Response. */
  read(buffer: Buffer, start: number, end: number): boolean {
    this.status = undefined;
    this.payloadStart = this.payloadEnd = start;
    this.trailers = NO_METADATA;
    let trailers: MetadataList | undefined;
    reader.open(buffer, start, end);
    while (reader.next()) {
      if (reader.field === 1) {
        reader.bytes();
        if (reader.failed) break;
        const status = readStatus(buffer, reader.start, reader.end);
        if (status === undefined) return false;
        this.status = status.code === 0 ? undefined : status;
      } else if (reader.field === 2) {
        reader.bytes();
        this.payloadStart = reader.start;
        this.payloadEnd = reader.end;
      } else if (reader.field === TRAILERS_FIELD) {
        reader.bytes();
        const pair = reader.failed ? undefined : readPair(buffer, reader.start, reader.end);
        if (pair === undefined) return false;
        trailers ??= new MetadataList();
        trailers.add(pair.key, pair.value);
      } else reader.skip();
    }
    if (trailers !== undefined) this.trailers = trailers;
    return !reader.failed;
  }
}

function readStatus(buffer: Buffer, start: number, end: number): WireStatus | undefined {
  let code = 0;
  let message = "";
  const details: ErrorDetail[] = [];
  statusReader.open(buffer, start, end);
  while (statusReader.next()) {
    if (statusReader.field === 1) code = statusReader.varint();
    else if (statusReader.field === 2) message = statusReader.text();
    else if (statusReader.field === 3) {
      statusReader.bytes();
      if (statusReader.failed) break;
      const any = readAny(buffer, statusReader.start, statusReader.end);
      if (any === undefined) return undefined;
      details.push(any);
    } else statusReader.skip();
  }
  return statusReader.failed ? undefined : { code, message, details };
}

function readAny(buffer: Buffer, start: number, end: number): ErrorDetail | undefined {
  let typeUrl = "";
  let value: Uint8Array = buffer.subarray(0, 0);
  anyReader.open(buffer, start, end);
  while (anyReader.next()) {
    if (anyReader.field === 1) typeUrl = anyReader.text();
    else if (anyReader.field === 2) {
      anyReader.bytes();
      if (!anyReader.failed) value = Uint8Array.prototype.slice.call(buffer, anyReader.start, anyReader.end);
    } else anyReader.skip();
  }
  return anyReader.failed ? undefined : { typeUrl, value };
}

/** The body of a Response without a payload: a status, trailers, or nothing at all. */
export function encodeStatusResponse(status: WireStatus | undefined, trailers: Metadata | undefined): Buffer {
  const parts: Buffer[] = [];
  if (status !== undefined) {
    const anys = status.details.map(({ typeUrl, value }) =>
      bytesField(
        3,
        Buffer.concat([textField(1, typeUrl), value.length === 0 ? Buffer.alloc(0) : bytesField(2, value)]),
      ),
    );
    parts.push(bytesField(1, Buffer.concat([varintField(1, status.code), textField(2, status.message), ...anys])));
  }
  const pairs = trailers === undefined ? undefined : encodeMetadata(trailers, TRAILERS_FIELD);
  if (pairs !== undefined) parts.push(pairs);
  return Buffer.concat(parts);
}
