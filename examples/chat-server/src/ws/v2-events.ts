/** What `servertech.v2` puts on the wire besides what the clients send. */
import type { Message } from "../rooms/room-message.ts";
import { MAX_FRAME_BYTES, MAX_MESSAGES_PER_EVENT, MAX_MESSAGE_CHARS } from "./parse.ts";

export const PROTOCOL = "servertech.v2";
export const HISTORY_PAGE = 50;

/** A request that cannot be fulfilled; answered by one `error` with the request's `ref`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly extra: RefusalDetails;

  constructor(code: RefusalCode, message: string, extra: RefusalDetails = {}) {
    super(message);
    this.code = code;
    this.extra = extra;
  }
}

export type RefusalCode =
  | "BAD_EVENT"
  | "ROOM_UNKNOWN"
  | "NOT_MEMBER"
  | "NOT_OWNER"
  | "TOO_LONG"
  | "TOO_MANY"
  | "RATE_LIMITED"
  | "UNAVAILABLE"
  | `AI_${string}`;

export interface RefusalDetails {
  readonly retryAfterMs?: number;
  readonly roomId?: string;
  readonly nonces?: readonly string[];
}

export interface WireMessage {
  readonly id: string;
  readonly seq: number;
  readonly content: string;
  readonly user: { readonly id: number; readonly username: string };
  readonly timestamp: number;
  readonly nonce?: string;
}

export function wireMessage({ id, seq, content, userId, username, timestamp, nonce }: Message): WireMessage {
  const user = { id: userId, username };
  return { id, seq, content, user, timestamp, ...(nonce === undefined ? {} : { nonce }) };
}

export const limits = (nonceTtlS: number) => ({
  messageChars: MAX_MESSAGE_CHARS,
  messagesPerEvent: MAX_MESSAGES_PER_EVENT,
  frameBytes: MAX_FRAME_BYTES,
  historyPage: HISTORY_PAGE,
  nonceTtlMs: nonceTtlS * 1_000,
});
