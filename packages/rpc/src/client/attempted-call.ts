import { sleep } from "@servertech/core";
import { type InterceptedReply, runChain } from "../interceptor.ts";
import { NO_METADATA } from "../metadata.ts";
import { isRpcError } from "../rpc-error.ts";
import type { CalledMethod } from "./called-method.ts";
import type { EarlierAttempts, RpcChannel } from "./channel.ts";
import { ClientCallView, optionsWithin } from "./intercepted-call.ts";
import type { CallOptions } from "./options.ts";
import { Patience } from "./patience.ts";
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
    const patience = new Patience(options, channel.options.timeoutMs, method.fullName);
    return patience.wait(attempts(channel, method, request, options, patience));
  };
  run().then(
    (reply) => resolve(reply?.message, reply?.trailers ?? NO_METADATA),
    (error: unknown) => {
      channel.failed();
      reject(error);
    },
  );
}

async function attempts(
  channel: RpcChannel,
  method: CalledMethod,
  request: unknown,
  options: CallOptions,
  patience: Patience,
): Promise<InterceptedReply> {
  const { timeoutMs, signal } = patience;
  const endsAt = timeoutMs === 0 ? Infinity : performance.now() + timeoutMs;
  let earlier: EarlierAttempts = { attempts: 0, failedEndpoint: undefined };
  for (;;) {
    const leftMs = endsAt === Infinity ? 0 : Math.max(1, endsAt - performance.now());
    // Each attempt begins with what the caller gave: what interceptors add does not pile up.
    const view = new ClientCallView(method, request, options, { timeoutMs: leftMs, signal });
    const attempt = { failedEndpoint: earlier.failedEndpoint };
    try {
      return await once(channel, method, view, options, patience, earlier, attempt);
    } catch (error) {
      const made = earlier.attempts + 1;
      const idempotent = options.idempotent ?? method.idempotent;
      const afterMs =
        isRpcError(error) && !signal.aborted
          ? channel.nextAttemptMs({ idempotent, attempts: made, repeatable: true }, error)
          : undefined;
      if (afterMs === undefined || performance.now() + afterMs >= endsAt) throw error;
      await sleep(afterMs, { signal });
      earlier = { attempts: made, failedEndpoint: attempt.failedEndpoint };
    }
  }
}

function once(
  channel: RpcChannel,
  method: CalledMethod,
  view: ClientCallView,
  options: CallOptions,
  patience: Patience,
  earlier: EarlierAttempts,
  attempt: { failedEndpoint: string | undefined },
): Promise<InterceptedReply> {
  return runChain(channel.options.attemptInterceptors, view, async (inner) => {
    const within = optionsWithin(inner, options, patience);
    return patience.within(
      new Promise((done, failed) => {
        const call = channel.attempt(
          method,
          inner.request,
          within,
          (message, trailers) => done({ message, trailers }),
          (error) => {
            attempt.failedEndpoint = call?.failedEndpoint ?? attempt.failedEndpoint;
            failed(error);
          },
          earlier,
        );
      }),
    );
  });
}
