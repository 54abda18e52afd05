/** `KeyValue { key = 1; value = 2 }`. */
import { FieldReader } from "./fields.ts";

const reader = new FieldReader();

/** @returns undefined when `buffer[start, end)` is no pair. */
export function readPair(buffer: Buffer, start: number, end: number): { key: string; value: string } | undefined {
  let key = "";
  let value = "";
  reader.open(buffer, start, end);
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return reader.failed ? undefined : { key, value };
}
