import { sleep } from "@servertech/core";
import { type InterceptedReply, runChain } from "../interceptor.ts";
import { NO_METADATA } from "../metadata.ts";
import { isRpcError } from "../rpc-error.ts";
import type { CalledMethod } from "./called-method.ts";
import type { RpcChannel } from "./channel.ts";
import { ClientCallView, optionsWithin } from "./intercepted-call.ts";
import { type CallOptions, checkCallOptions } from "./options.ts";
import { timeoutWithin } from "./parent.ts";
import type { Rejected, Replied } from "./unary-call.ts";

/** A unary call with interceptors around each attempt: the channel says whether another one is made. */
export function attemptedUnary(
  channel: RpcChannel,
  method: CalledMethod,
  request: unknown,
  options: CallOptions = {},
  resolve: Replied,
  reject: Rejected,
): void {
  const run = async (): Promise<InterceptedReply> => {
    checkCallOptions(options);
    options.signal?.throwIfAborted();
    const timeoutMs = timeoutWithin(options.parent, options.timeoutMs ?? channel.options.timeoutMs);
    const signal = options.signal ?? new AbortController().signal;
    const view = new ClientCallView(method, request, options, timeoutMs, signal);
    for (let attempts = 1; ; attempts++) {
      try {
        return await once(channel, method, view, options);
      } catch (error) {
        const afterMs = isRpcError(error)
          ? channel.nextAttemptMs(
              { idempotent: options.idempotent ?? method.idempotent, attempts, repeatable: true },
              error,
            )
          : undefined;
        if (afterMs === undefined || afterMs >= view.remainingMs) throw error;
        await sleep(afterMs, { signal });
      }
    }
  };
  run().then((reply) => resolve(reply?.message, reply?.trailers ?? NO_METADATA), reject);
}

function once(
  channel: RpcChannel,
  method: CalledMethod,
  view: ClientCallView,
  options: CallOptions,
): Promise<InterceptedReply> {
  return runChain(
    channel.options.attemptInterceptors,
    view,
    (call) =>
      new Promise((done, failed) =>
        channel.attempt(
          method,
          call.request,
          // An attempt is one attempt: the loop around it makes the next.
          { ...optionsWithin(call, options), idempotent: false },
          (message, trailers) => done({ message, trailers }),
          failed,
        ),
      ),
  );
}
