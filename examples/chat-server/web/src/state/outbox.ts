import type { Outgoing } from "./state.ts";

/** After this share of the time that the server remembers nonces, a message is no longer sent again by itself. */
const TRUSTED_SHARE = 0.5;

/** What is to be done with the unconfirmed messages of a room when the connection is back: in the order written. */
export function afterReconnect(
  outbox: readonly Outgoing[],
  now: number,
  nonceTtlMs: number,
): { readonly send: readonly Outgoing[]; readonly expired: readonly Outgoing[] } {
  const open = outbox.filter(({ state }) => state !== "failed");
  return {
    send: open.filter(({ at }) => !isExpired(at, now, nonceTtlMs)),
    expired: open.filter(({ at }) => isExpired(at, now, nonceTtlMs)),
  };
}

/**
 * The nonce for another try by hand: the same one while the server surely remembers it, so that a message that was
 * stored after all does not appear twice; else a new one.
 */
export function retryNonce({ nonce, at }: Outgoing, now: number, nonceTtlMs: number, fresh: () => string): string {
  return isExpired(at, now, nonceTtlMs) ? fresh() : nonce;
}

function isExpired(at: number, now: number, nonceTtlMs: number): boolean {
  return now - at > nonceTtlMs * TRUSTED_SHARE;
}
