/** What callers of ai-server need: the service, its messages, and its errors. */
import { isRpcError } from "@servertech/rpc";
import { AiError } from "./gen/ai_server.ts";

export * from "./gen/ai_server.ts";

/** What an ai-server says about a failed call; undefined when the call did not get so far. */
export function aiErrorOf(error: unknown): AiError | undefined {
  return isRpcError(error) ? error.detail<AiError>(AiError) : undefined;
}
