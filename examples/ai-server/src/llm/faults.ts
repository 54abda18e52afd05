import { ServertechError } from "@servertech/core";

/**
 * What a user of the AI can be told.
 *
 * - `AI_STREAM_CUT`: the answer ended before its end.
 * - `AI_UPSTREAM_ERROR`: the provider failed, in its own words an error.
 * - `AI_BAD_RESPONSE`: what came is no answer of a model: a portal page, a redirect, bad JSON.
 * - `AI_TIMEOUT`: the provider was silent too long, or the whole answer took too long.
 * - `AI_UNREACHABLE`: no connection, or the provider failed so often that it is left alone for a while.
 * - `AI_TLS`: the provider's certificate is not trusted.
 * - `AI_KEY_MISSING`, `AI_KEY_REFUSED`: there is no API key, or the provider refuses it.
 * - `AI_QUOTA`: the account has no credit left.
 * - `AI_RATE_LIMITED`: too many requests; `retryAfterMs` says when again.
 * - `AI_CONTEXT_LENGTH`: the conversation is too long for the model.
 * - `AI_INTERRUPTED`: the ai-server ended before the answer did.
 * - `AI_BUSY`: the conversation has an answer under way.
 * - `AI_NOT_FOUND`: no such conversation, message or generation of this user.
 * - `AI_TOKEN_EXPIRED`: the token is unknown, malformed, revoked or expired.
 * - `AI_BAD_REQUEST`: a field of the request has a wrong value.
 * - `AI_UNAVAILABLE`: MySQL or Redis is away, or this server is closing.
 */
export type AiFaultCode =
  | "AI_STREAM_CUT"
  | "AI_UPSTREAM_ERROR"
  | "AI_BAD_RESPONSE"
  | "AI_TIMEOUT"
  | "AI_UNREACHABLE"
  | "AI_TLS"
  | "AI_KEY_MISSING"
  | "AI_KEY_REFUSED"
  | "AI_QUOTA"
  | "AI_RATE_LIMITED"
  | "AI_CONTEXT_LENGTH"
  | "AI_INTERRUPTED"
  | "AI_BUSY"
  | "AI_NOT_FOUND"
  | "AI_TOKEN_EXPIRED"
  | "AI_BAD_REQUEST"
  | "AI_UNAVAILABLE";

/** What each code says to a user, and whether asking again can help. */
const FAULTS: Readonly<Record<AiFaultCode, readonly [message: string, retryable: boolean]>> = {
  AI_STREAM_CUT: ["the answer was cut off", true],
  AI_UPSTREAM_ERROR: ["the provider reported an error", true],
  AI_BAD_RESPONSE: ["what came is not an answer of the provider", true],
  AI_TIMEOUT: ["the provider did not go on in time", true],
  AI_UNREACHABLE: ["the provider cannot be reached", true],
  AI_TLS: ["the provider's certificate is not trusted", false],
  AI_KEY_MISSING: ["there is no API key", false],
  AI_KEY_REFUSED: ["the provider refused the key", false],
  AI_QUOTA: ["the provider's account has no credit left", false],
  AI_RATE_LIMITED: ["the provider takes no more requests for now", true],
  AI_CONTEXT_LENGTH: ["the conversation is too long for the model", false],
  AI_INTERRUPTED: ["the ai-server ended before the answer did", true],
  AI_BUSY: ["the conversation has an answer under way", true],
  AI_NOT_FOUND: ["there is no such thing of this user", false],
  AI_TOKEN_EXPIRED: ["the token is not valid", false],
  AI_BAD_REQUEST: ["the request is not valid", false],
  AI_UNAVAILABLE: ["the AI service is not available", true],
};

export interface AiFaultOptions {
  cause?: unknown;
  /** When asking again makes sense, in milliseconds. @default 0: not known */
  retryAfterMs?: number | undefined;
  /** For the log only: what the provider said, without the key. Never shown as an answer. */
  detail?: string | undefined;
}

export class AiFault extends ServertechError<AiFaultCode> {
  override readonly name = "AiFault";
  readonly retryAfterMs: number;
  readonly detail: string | undefined;

  constructor(code: AiFaultCode, { cause, retryAfterMs = 0, detail }: AiFaultOptions = {}, message?: string) {
    super(code, message ?? FAULTS[code][0], { cause, retryable: FAULTS[code][1] });
    this.retryAfterMs = retryAfterMs;
    this.detail = detail;
  }
}

/** A fault as it was stored: its code only. A code that is not known any more reads as the provider's fault. */
export function storedFault(code: string): AiFault {
  return new AiFault(Object.hasOwn(FAULTS, code) ? (code as AiFaultCode) : "AI_UPSTREAM_ERROR");
}

/** Longest piece of a provider's error text in the log. */
const MAX_DETAIL = 500;

/** What the provider said, fit for the log: short and without keys, as some providers repeat the key they refuse. */
export function loggable(text: string, apiKey: string | undefined): string {
  const clean = apiKey === undefined || apiKey === "" ? text : text.replaceAll(apiKey, "[key]");
  return clean.replaceAll(/\b(sk|key|pk)-[\w*-]{4,}/gi, "[key]").slice(0, MAX_DETAIL);
}

/** The error object of a provider, in a 4xx or 5xx answer or inside a stream. */
export interface ProviderError {
  readonly status: number | undefined;
  readonly code: string;
  readonly type: string;
  readonly message: string;
}

/** Reads `{error: {message, type, code}}`, `{error: "text"}` or what else came. */
export function parseProviderError(body: unknown, status?: number): ProviderError {
  const inner = isObject(body) ? (body.error ?? body) : body;
  if (!isObject(inner)) return { status, code: "", type: "", message: textOf(inner) };
  const code = textOf(inner.code);
  return {
    status: status ?? (/^[45]\d\d$/.test(code) ? Number(code) : undefined),
    code,
    type: textOf(inner.type),
    message: textOf(inner.message),
  };
}

/** The code a user gets for a provider's error. */
export function faultCodeOf({ status, code, type, message }: ProviderError): AiFaultCode {
  const words = `${code} ${type}`.toLowerCase();
  if (/quota|billing|insufficient_(balance|credit|funds)|payment_required/.test(words) || status === 402)
    return "AI_QUOTA";
  if (/rate_?limit|too_many_requests/.test(words) || status === 429) return "AI_RATE_LIMITED";
  if (/invalid_api_key|authentication|permission_denied|invalid_key/.test(words) || status === 401 || status === 403)
    return "AI_KEY_REFUSED";
  const tooLong = /context_length|context_window|string_above_max_length/.test(words);
  if (tooLong || (status === 400 && /context (length|window)|maximum context|too many tokens/i.test(message)))
    return "AI_CONTEXT_LENGTH";
  return "AI_UPSTREAM_ERROR";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
