/** Checks of what callers send. Each throws `AI_BAD_REQUEST` with the field, its range and, where it is no secret, the value. */
import { AiFault } from "../llm/faults.ts";

const MAX_PROMPT_BYTES = 32_768;
const MAX_CONTEXT_LINES = 100;
const MAX_TITLE_CHARS = 100;
const MAX_QUERY_CHARS = 200;
const MAX_ID = 10n ** 15n;

function bad(message: string): AiFault {
  return new AiFault("AI_BAD_REQUEST", {}, message);
}

export function checkPrompt(name: string, content: string): string {
  const bytes = Buffer.byteLength(content);
  if (bytes > MAX_PROMPT_BYTES) throw bad(`${name}: must be at most ${MAX_PROMPT_BYTES} bytes, got ${bytes}`);
  if (content.trim() === "") throw bad(`${name}: must not be empty`);
  return content;
}

export function checkContext<T extends { readonly content: string }>(lines: readonly T[]): readonly T[] {
  if (lines.length > MAX_CONTEXT_LINES)
    throw bad(`context: must have at most ${MAX_CONTEXT_LINES} lines, got ${lines.length}`);
  for (const { content } of lines)
    if (Buffer.byteLength(content) > MAX_PROMPT_BYTES)
      throw bad(`context: a line must be at most ${MAX_PROMPT_BYTES} bytes`);
  return lines;
}

export function checkNonce(nonce: string): string {
  if (!/^[A-Za-z0-9_-]{0,64}$/.test(nonce)) throw bad("nonce: must be at most 64 of A-Z a-z 0-9 _ -");
  return nonce;
}

export function checkTitle(title: string): string {
  const trimmed = title.trim();
  if (trimmed.length < 1 || trimmed.length > MAX_TITLE_CHARS)
    throw bad(`title: must be 1 to ${MAX_TITLE_CHARS} characters, got ${trimmed.length}`);
  if (/\p{Cc}/u.test(trimmed)) throw bad("title: must not have control characters");
  return trimmed;
}

export function checkQuery(query: string): string {
  if (query.length > MAX_QUERY_CHARS)
    throw bad(`query: must be at most ${MAX_QUERY_CHARS} characters, got ${query.length}`);
  return query;
}

/** @returns `max` for 0, which is what a caller that says nothing sends. */
export function checkLimit(limit: number, max: number): number {
  if (limit > max) throw bad(`limit: must be 1 to ${max}, got ${limit}`);
  return limit === 0 ? max : limit;
}

/** An id of a row. One that cannot be one is not found. */
export function checkId(id: bigint): number {
  if (id < 1n || id >= MAX_ID) throw new AiFault("AI_NOT_FOUND");
  return Number(id);
}

/** @returns undefined for 0: none was given. */
export function optionalId(id: bigint): number | undefined {
  return id === 0n ? undefined : checkId(id);
}

export function checkUserId(userId: number): number {
  if (userId < 1) throw bad(`user_id: must be at least 1, got ${userId}`);
  return userId;
}

export function checkApiKey(apiKey: string): string {
  if (!/^[\x21-\x7e]{8,200}$/.test(apiKey)) throw bad("api_key: must be 8 to 200 printable ASCII characters");
  return apiKey;
}
