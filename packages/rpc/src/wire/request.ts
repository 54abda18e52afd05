/**
 * `Request { service = 1; method = 2; payload = 3; timeout_nano = 4; metadata = 5; attempt = 15; encoding = 16; flow = 17 }`,
 * read in place. The last three are extensions.
 */
import { type Metadata, MetadataList, NO_METADATA, isForbidden } from "../metadata.ts";
import { FieldReader, textField, varintField } from "./fields.ts";
import { readPair } from "./pair.ts";

export interface MetadataLimits {
  readonly maxMetadataBytes: number;
  readonly maxMetadataPairs: number;
}

export interface KnownMethod {
  readonly info: { readonly service: string; readonly name: string };
  readonly prefix: Buffer;
}

const reader = new FieldReader();

/** A Request as `read` found it; the same object is read into again and again. */
export class RequestEnvelope {
  service = "";
  method = "";
  payloadStart = 0;
  payloadEnd = 0;
  /** 0 = none, negative = passed. What exceeds 2^53 is not exact. */
  timeoutNano = 0;
  metadata: Metadata = NO_METADATA;
  /** 0 = not said. */
  attempt = 0;
  /** How messages of this call may be compressed; empty = not at all. */
  encoding = "";
  /** The client honours windows for what it sends on this stream. */
  flow = false;
  /** What is wrong with the metadata. */
  refused: "tooMuch" | "forbidden" | undefined;

  /**
   * @param known the method called last: when the Request begins as one for it, its names are not decoded again.
   * @returns whether `buffer[start, end)` is a Request.
   */
  read(buffer: Buffer, start: number, end: number, limits: MetadataLimits, known?: KnownMethod): boolean {
    const same = known !== undefined && beginsWith(buffer, start, end, known.prefix);
    this.service = same ? known.info.service : "";
    this.method = same ? known.info.name : "";
    this.payloadStart = this.payloadEnd = start;
    this.timeoutNano = 0;
    this.metadata = NO_METADATA;
    this.refused = undefined;
    this.attempt = 0;
    this.encoding = "";
    this.flow = false;
    let list: MetadataList | undefined;
    let bytes = 0;
    let pairs = 0;
    reader.open(buffer, same ? start + known.prefix.length : start, end);
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.service = reader.text();
          break;
        case 2:
          this.method = reader.text();
          break;
        case 3:
          reader.bytes();
          this.payloadStart = reader.start;
          this.payloadEnd = reader.end;
          break;
        case 4:
          this.timeoutNano = reader.varint();
          break;
        case 5:
          reader.bytes();
          pairs += 1;
          bytes += reader.end - reader.start;
          if (reader.failed) break;
          if (pairs > limits.maxMetadataPairs || bytes > limits.maxMetadataBytes) this.refused = "tooMuch";
          else this.#addPair((list ??= new MetadataList()), buffer, reader.start, reader.end);
          break;
        case 15:
          this.attempt = reader.varint();
          break;
        case 16:
          this.encoding = reader.text();
          break;
        case 17:
          this.flow = reader.varint() !== 0;
          break;
        default:
          reader.skip();
      }
    }
    if (list !== undefined) this.metadata = list;
    return !reader.failed;
  }

  #addPair(list: MetadataList, buffer: Buffer, start: number, end: number): void {
    const pair = readPair(buffer, start, end);
    if (pair === undefined) reader.failed = true;
    else if (isForbidden(pair.key) || isForbidden(pair.value)) this.refused ??= "forbidden";
    else list.add(pair.key, pair.value);
  }
}

/** Fields 15 to 17; undefined when there is nothing to say. Only for a server that speaks extensions. */
export function requestExtras(attempt: number, encoding: string, flow: boolean): Buffer | undefined {
  if (attempt === 0 && encoding === "" && !flow) return undefined;
  return Buffer.concat([varintField(15, attempt), textField(16, encoding), varintField(17, flow ? 1 : 0)]);
}

/** Fields 1 and 2: the same in every call of a method, so they are encoded once. */
export function requestPrefix(service: string, method: string): Buffer {
  return Buffer.concat([textField(1, service), textField(2, method)]);
}

function beginsWith(buffer: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (buffer[start + i] !== prefix[i]) return false;
  return true;
}
