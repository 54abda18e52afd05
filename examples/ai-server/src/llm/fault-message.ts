import type { AiError } from "../gen/ai_server.ts";
import type { AiFault } from "./faults.ts";

/** A fault as it goes over the wire: without its cause and what only the log may have. */
export function aiErrorFrom({ code, message, retryAfterMs, retryable }: AiFault): AiError {
  return { code, message, retryAfterMs, retryable };
}
