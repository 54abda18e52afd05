import { flat, jsonString } from "./json-string.ts";

const SLOTS = 64;
const MAX_KEPT_LENGTH = 4_096;

interface Head {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  json: string;
  /** Whether it was seen a second time; its JSON is in one piece from then on. */
  again: boolean;
}

const heads: (Head | undefined)[] = Array.from({ length: SLOTS });

/**
 * How the JSON of an error begins: `{"type":…,"message":…,"stack":…`. The same few errors come again and again, and stacks
 * are long, so the last ones are kept.
 */
export function errorHead(type: string, message: string, stack: string): string {
  // The length says where: a hash of the stack would cost about as much as its JSON.
  const slot = stack.length % SLOTS;
  const known = heads[slot];
  if (known === undefined || known.stack !== stack || known.message !== message || known.type !== type) {
    const json = `{"type":${jsonString(type)},"message":${jsonString(message)},"stack":${jsonString(stack)}`;
    if (json.length <= MAX_KEPT_LENGTH) heads[slot] = { type, message, stack, json, again: false };
    return json;
  }
  if (!known.again) {
    known.again = true;
    known.json = flat(known.json);
  }
  return known.json;
}
