/** From what the caller gives, the options of the channel and the call it is part of to what a call begins with. */
import { isTraced, optionChecks } from "@servertech/core";
import { currentContext } from "../context-propagation.ts";
import { clientCalls } from "../tracing.ts";
import type { HashKey } from "./balancing/balancer.ts";
import type { CallInit, CallOwner } from "./call.ts";
import { startTrace } from "./call-trace.ts";
import type { CalledMethod } from "./called-method.ts";
import { type CallOptions, type ResolvedChannelOptions, checkCallOptions } from "./options.ts";
import { encoded, encodedList, listed, timeoutWithin } from "./parent.ts";

/**
 * @param timeoutMs unless the options give one; 0 = none.
 * @throws OptionError; the reason of an aborted signal; DEADLINE_EXCEEDED when the parent has no time left.
 */
export function callInit(
  owner: CallOwner & { readonly options: ResolvedChannelOptions },
  method: CalledMethod,
  request: unknown,
  options: CallOptions | undefined,
  timeoutMs: number,
  hedged: boolean,
): CallInit {
  const { waitForReady, balancer } = owner.options;
  const { idempotent } = method;
  const parent = options?.parent ?? currentContext();
  const traced = isTraced(clientCalls);
  const key = typeof balancer === "string" ? undefined : keyOf(balancer.hash, request, options);
  // Written out: spreading objects would cost more than all else here.
  if (options === undefined && parent === undefined && !traced)
    return {
      owner,
      method,
      request,
      metadata: undefined,
      timeoutMs,
      waitForReady,
      idempotent,
      trace: undefined,
      key,
      hedged,
      once: false,
    };
  if (options !== undefined) checkCallOptions(options);
  options?.signal?.throwIfAborted();
  const { metadata } = options ?? {};
  const timeLimitMs = timeoutWithin(parent, options?.timeoutMs ?? timeoutMs);
  const trace = traced ? startTrace(method, listed(metadata, parent), owner) : undefined;
  return {
    owner,
    method,
    request,
    metadata:
      trace === undefined && parent === undefined
        ? encoded(metadata)
        : encodedList(trace?.metadata ?? listed(metadata, parent)),
    trace,
    timeoutMs: timeLimitMs,
    waitForReady: options?.waitForReady ?? waitForReady,
    idempotent: options?.idempotent ?? idempotent,
    key,
    hedged,
    once: false,
  };
}

function keyOf(hash: HashKey, request: unknown, options: CallOptions | undefined): string {
  const key: unknown = options?.hash ?? hash(request, options?.metadata ?? {});
  if (typeof key === "string") return key;
  const check = optionChecks({}, []);
  check.problem("balancer.hash", "must give a string", key);
  return check.done("");
}
