/** What a call takes over from the call that it is part of, and its metadata as it travels. */
import {
  METADATA_FIELD,
  type Metadata,
  type MetadataInit,
  type MetadataList,
  encodeMetadata,
  metadataList,
} from "../metadata.ts";
import { rpcError } from "../rpc-error.ts";
import type { CallContext } from "../server/handlers.ts";
import { Status } from "../status.ts";

/** What carries a trace: https://www.w3.org/TR/trace-context/ */
const TRACE_KEYS = ["traceparent", "tracestate"];

const known = new WeakMap<MetadataInit, Buffer>();

/** Callers often give the same object with each call: a frozen one is encoded once. */
export function encoded(metadata: MetadataInit | undefined): Buffer | undefined {
  if (metadata === undefined) return undefined;
  if (!Object.isFrozen(metadata)) return encodeMetadata(metadataList(metadata), METADATA_FIELD);
  const before = known.get(metadata);
  if (before !== undefined) return before;
  const bytes = encodeMetadata(metadataList(metadata), METADATA_FIELD);
  if (bytes !== undefined) known.set(metadata, bytes);
  return bytes;
}

/** The call's own metadata, and the trace of its parent unless it has one itself. */
export function listed(metadata: MetadataInit | undefined, parent: CallContext | undefined): MetadataList {
  const list = metadataList(metadata ?? {});
  if (parent === undefined) return list;
  for (const key of TRACE_KEYS) {
    const value = parent.metadata.get(key);
    if (value !== undefined && !list.has(key)) list.append(key, value);
  }
  return list;
}

export function encodedList(metadata: Metadata): Buffer | undefined {
  return encodeMetadata(metadata, METADATA_FIELD);
}

/** The shorter of a time-out and of what its parent has left. @throws RpcError DEADLINE_EXCEEDED when nothing is left. */
export function timeoutWithin(parent: CallContext | undefined, timeoutMs: number): number {
  const left = parent?.remainingMs ?? Infinity;
  if (left === Infinity) return timeoutMs;
  if (left <= 0)
    throw rpcError(Status.DeadlineExceeded, "the deadline of the parent call has passed", { retryable: false });
  return timeoutMs === 0 ? Math.ceil(left) : Math.min(timeoutMs, Math.ceil(left));
}
