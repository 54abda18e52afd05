/** The details that are given most, in one call each. */
import { BadRequest, ErrorInfo, RetryInfo } from "../gen/google/rpc/error_details.ts";
import { described } from "../codec/wrong-value.ts";
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { MAX_DURATION_MS, durationFromMs } from "../well-known/duration.ts";
import { type ErrorDetail, detail } from "./error-detail.ts";

/**
 * What is wrong with one field of the request. For several, `detail(BadRequest, { fieldViolations })`.
 *
 * @param field its path: `user.emails[2].address`. @param description why its value is bad.
 */
export function badRequest(field: string, description: string): ErrorDetail {
  return detail(BadRequest, { fieldViolations: [{ field, description }] });
}

/**
 * When the call may be made again.
 *
 * @param delayMs milliseconds, 0 or more.
 * @throws {@link RpcError} INVALID_ARGUMENT below 0 and beyond 10,000 years.
 */
export function retryInfo(delayMs: number): ErrorDetail {
  if (!(delayMs >= 0 && delayMs <= MAX_DURATION_MS)) {
    const range = `delayMs from 0 to ${MAX_DURATION_MS}`;
    throw new RpcError(Status.InvalidArgument, `retryInfo: expected ${range}, got ${described(delayMs)}`);
  }
  return detail(RetryInfo, { retryDelay: durationFromMs(delayMs) });
}

/**
 * Why the call failed, for programs.
 *
 * @param reason stable within the domain: `CREDIT_TOO_LOW`. @param domain who defined it: `billing.example.com`.
 * @param metadata facts, for the text that people read.
 */
export function errorInfo(
  reason: string,
  domain: string,
  metadata: Readonly<Record<string, string>> = {},
): ErrorDetail {
  return detail(ErrorInfo, { reason, domain, metadata });
}
