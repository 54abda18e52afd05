import { createHash, timingSafeEqual } from "node:crypto";
import type { Logger } from "@servertech/core";
import { type CallContext, type Interceptor, RpcError, Status } from "@servertech/rpc";
import { AiFault } from "../llm/faults.ts";
import { rpcErrorFrom } from "./errors.ts";
import type { AiService } from "./service.ts";

/** The service as the RPC server takes it: whatever goes wrong becomes an RpcError, and what is our fault is logged. */
export function handlersOf(service: AiService, logger: Logger) {
  const failed = (error: unknown, { method, signal }: CallContext): RpcError => {
    if (!(error instanceof AiFault) && !signal.aborted)
      logger.error({ err: error, method: method.name }, "a call failed");
    return rpcErrorFrom(error);
  };
  const unary =
    <Request, Reply>(handle: (request: Request, context: CallContext) => Promise<Reply>) =>
    async (request: Request, context: CallContext): Promise<Reply> => {
      try {
        return await handle(request, context);
      } catch (error) {
        throw failed(error, context);
      }
    };
  const stream = <Request, Chunk>(handle: (request: Request, context: CallContext) => AsyncIterable<Chunk>) =>
    async function* (request: Request, context: CallContext): AsyncGenerator<Chunk, void, undefined> {
      try {
        yield* handle(request, context);
      } catch (error) {
        throw failed(error, context);
      }
    };
  return {
    setInitInfo: unary(service.setInitInfo.bind(service)),
    query: unary(service.query.bind(service)),
    revokeToken: unary(service.revokeToken.bind(service)),
    setApiKey: unary(service.setApiKey.bind(service)),
    getApiKey: unary(service.getApiKey.bind(service)),
    testApiKey: unary(service.testApiKey.bind(service)),
    listModels: unary(service.listModels.bind(service)),
    createConversation: unary(service.createConversation.bind(service)),
    listConversations: unary(service.listConversations.bind(service)),
    renameConversation: unary(service.renameConversation.bind(service)),
    deleteConversation: unary(service.deleteConversation.bind(service)),
    listMessages: unary(service.listMessages.bind(service)),
    chat: stream(service.chat.bind(service)),
    attach: stream(service.attach.bind(service)),
    stop: unary(service.stop.bind(service)),
  };
}

/** What probes ask has no secret in it, and they know none. */
const OPEN_SERVICE = "grpc.health.v1.Health";

/** Lets only callers through that know the secret: `SetInitInfo` makes tokens for any user. Without one all are. */
export function requireSecret(secret: string | undefined): Interceptor {
  if (secret === undefined) return (call, next) => next(call);
  const expected = digest(secret);
  return async (call, next) => {
    if (call.method.service === OPEN_SERVICE) return next(call);
    // Digests have one length, so the comparison tells nothing about that of the secret.
    if (!timingSafeEqual(digest(call.metadata.get("x-servertech-secret") ?? ""), expected))
      throw new RpcError(Status.PermissionDenied, "the shared secret is missing or wrong");
    return next(call);
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
