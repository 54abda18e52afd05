import { isServertechError } from "@servertech/core";
import { RpcError, Status, detail } from "@servertech/rpc";
import { AiError } from "../gen/ai_server.ts";
import { aiErrorFrom } from "../llm/fault-message.ts";
import { AiFault, type AiFaultCode } from "../llm/faults.ts";

/**
 * The status of each code. UNAVAILABLE and DEADLINE_EXCEEDED are kept for faults of this server: callers take a server that
 * answers with them out of use, and a provider's fault is none of this server.
 */
const STATUSES: Readonly<Record<AiFaultCode, number>> = {
  AI_STREAM_CUT: Status.Internal,
  AI_UPSTREAM_ERROR: Status.Internal,
  AI_BAD_RESPONSE: Status.Internal,
  AI_TIMEOUT: Status.Internal,
  AI_UNREACHABLE: Status.Internal,
  AI_TLS: Status.Internal,
  AI_INTERRUPTED: Status.Aborted,
  AI_KEY_MISSING: Status.FailedPrecondition,
  AI_KEY_REFUSED: Status.FailedPrecondition,
  AI_CONTEXT_LENGTH: Status.FailedPrecondition,
  AI_QUOTA: Status.ResourceExhausted,
  AI_RATE_LIMITED: Status.ResourceExhausted,
  AI_BUSY: Status.Aborted,
  AI_NOT_FOUND: Status.NotFound,
  AI_TOKEN_EXPIRED: Status.Unauthenticated,
  AI_BAD_REQUEST: Status.InvalidArgument,
  AI_UNAVAILABLE: Status.Unavailable,
};

/** What a caller gets for what went wrong in a handler: a status, and the {@link AiError} as its detail. */
export function rpcErrorFrom(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  const fault = error instanceof AiFault ? error : unexpected(error);
  return new RpcError(STATUSES[fault.code], fault.message, {
    cause: error,
    details: [detail(AiError, aiErrorFrom(fault))],
  });
}

/** A fault that no user can mend. What a pool reports means that MySQL or Redis is away. */
function unexpected(error: unknown): AiFault {
  if (isServertechError(error, "KEY_UNREADABLE")) return new AiFault("AI_KEY_MISSING", { cause: error });
  return new AiFault("AI_UNAVAILABLE", { cause: error });
}
