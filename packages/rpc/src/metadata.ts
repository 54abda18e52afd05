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
}

export class MetadataList implements Metadata {
  readonly #pairs: (readonly [string, string])[] = [];

  add(key: string, value: string): void {
    this.#pairs.push([key.toLowerCase(), value]);
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
}

export const NO_METADATA: Metadata = new MetadataList();

/** What breaks lines of logs and strings of C. */
const FORBIDDEN = /[\r\n\0]/;

/** Whether a key or a value has a character that may not travel. */
export function isForbidden(text: string): boolean {
  return FORBIDDEN.test(text);
}

const METADATA_FIELD = 5;

/**
 * Metadata as it stands in a Request: field 5, once per value.
 *
 * @throws RpcError INVALID_ARGUMENT naming the key.
 */
export function encodeMetadata(metadata: MetadataInit): Buffer | undefined {
  const fields: Buffer[] = [];
  for (const [name, values] of Object.entries(metadata)) {
    const key = name.toLowerCase();
    // What is no array is one value, and refused below unless it is a string.
    for (const value of Array.isArray(values) ? (values as readonly string[]) : [values as string]) {
      if (key === "" || isForbidden(key) || typeof value !== "string" || isForbidden(value))
        throw rpcError(
          Status.InvalidArgument,
          `metadata ${JSON.stringify(key)}: keys are not empty, values are strings, neither has CR, LF or NUL`,
        );
      fields.push(bytesField(METADATA_FIELD, Buffer.concat([textField(1, key), textField(2, value)])));
    }
  }
  return fields.length === 0 ? undefined : Buffer.concat(fields);
}
