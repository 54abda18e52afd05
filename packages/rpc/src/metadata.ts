/** What travels beside a message: lower-case keys, one or several values each. */
import { rpcError } from "./rpc-error.ts";
import { Status } from "./status.ts";
import { bytesField, textField } from "./wire/fields.ts";

/** Metadata as a caller writes it. Keys become lower case; several values by an array. No CR, LF or NUL anywhere. */
export type MetadataInit = Readonly<Record<string, string | readonly string[]>>;

/** The metadata of a call, as a handler reads it. */
export interface Metadata {
  /** The first value of `key`. */
  get(key: string): string | undefined;
  getAll(key: string): readonly string[];
  has(key: string): boolean;
  /** One pair per value, in the order they came. */
  entries(): IterableIterator<readonly [key: string, value: string]>;
  [Symbol.iterator](): IterableIterator<readonly [key: string, value: string]>;
  /** As a caller would write it: text, or a list of texts. */
  toJSON(): Record<string, string | readonly string[]>;
}

/** Metadata that may be added to: trailers, and the metadata of a call in interceptors. */
export interface MutableMetadata extends Metadata {
  /** Replaces all values of `key`. @throws RpcError INVALID_ARGUMENT for an empty key, and for CR, LF or NUL. */
  set(key: string, value: string | readonly string[]): this;
  /** Adds a value of `key`. @throws RpcError as `set`. */
  append(key: string, value: string): this;
  delete(key: string): this;
}

export class MetadataList implements MutableMetadata {
  #pairs: (readonly [string, string])[] = [];

  /** @internal What came from the wire: nothing is checked. */
  add(key: string, value: string): void {
    this.#pairs.push([key.toLowerCase(), value]);
  }

  get size(): number {
    return this.#pairs.length;
  }

  get(key: string): string | undefined {
    const wanted = key.toLowerCase();
    return this.#pairs.find(([name]) => name === wanted)?.[1];
  }

  getAll(key: string): readonly string[] {
    const wanted = key.toLowerCase();
    return this.#pairs.filter(([name]) => name === wanted).map(([, value]) => value);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  entries(): IterableIterator<readonly [string, string]> {
    return this.#pairs.values();
  }

  [Symbol.iterator](): IterableIterator<readonly [string, string]> {
    return this.entries();
  }

  toJSON(): Record<string, string | readonly string[]> {
    const plain = Object.create(null) as Record<string, string | readonly string[]>;
    for (const [key] of this.#pairs) {
      const values = this.getAll(key);
      plain[key] = values.length === 1 ? (values[0] as string) : values;
    }
    return plain;
  }

  set(key: string, value: string | readonly string[]): this {
    const values = Array.isArray(value) ? (value as readonly string[]) : [value as string];
    for (const each of values) checkPair(key, each);
    this.delete(key);
    for (const each of values) this.add(key, each);
    return this;
  }

  append(key: string, value: string): this {
    checkPair(key, value);
    this.add(key, value);
    return this;
  }

  delete(key: string): this {
    const wanted = key.toLowerCase();
    this.#pairs = this.#pairs.filter(([name]) => name !== wanted);
    return this;
  }
}

/** One for all that have none: what one call added would be seen by all the others. */
class NoMetadata extends MetadataList {
  override add(key: string): never {
    throw rpcError(Status.FailedPrecondition, `metadata ${JSON.stringify(key)}: what was received is not changed`);
  }

  override set(key: string): never {
    return this.add(key);
  }

  override append(key: string): never {
    return this.add(key);
  }
}

/** Without pairs; adding to it throws. */
export const NO_METADATA: Metadata = new NoMetadata();

/** What breaks lines of logs and strings of C. */
const FORBIDDEN = /[\r\n\0]/;

/** Whether a key or a value has a character that may not travel. */
export function isForbidden(text: string): boolean {
  return FORBIDDEN.test(text);
}

function checkPair(key: string, value: string): void {
  if (typeof key === "string" && key !== "" && !isForbidden(key) && typeof value === "string" && !isForbidden(value))
    return;
  throw rpcError(
    Status.InvalidArgument,
    `metadata ${JSON.stringify(key)}: keys are not empty, values are strings, neither has CR, LF or NUL`,
  );
}

/** @throws RpcError INVALID_ARGUMENT naming the key. */
export function metadataList(metadata: MetadataInit): MetadataList {
  const list = new MetadataList();
  // What is no array is one value, and refused unless it is a string.
  for (const [key, values] of Object.entries(metadata))
    for (const value of Array.isArray(values) ? (values as readonly string[]) : [values as string])
      list.append(key, value);
  return list;
}

export function metadataCopy(metadata: Metadata): MetadataList {
  const list = new MetadataList();
  for (const [key, value] of metadata.entries()) list.add(key, value);
  return list;
}

/** Field numbers of metadata: in a Request, and of trailers in a Response. */
export const METADATA_FIELD = 5;
export const TRAILERS_FIELD = 15;

/** Metadata as it stands in an envelope: one field per value; undefined when there is none. */
export function encodeMetadata(metadata: Metadata, field: number): Buffer | undefined {
  const fields: Buffer[] = [];
  for (const [key, value] of metadata.entries())
    fields.push(bytesField(field, Buffer.concat([textField(1, key), textField(2, value)])));
  return fields.length === 0 ? undefined : Buffer.concat(fields);
}
