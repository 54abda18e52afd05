import { deadlineIn, isServertechError, onAbort } from "@servertech/core";
import { PoolError } from "./errors.ts";
import type { CreateContext } from "./options.ts";

/** A resource as it came from `create`. */
export interface Opened<R> {
  readonly ok: true;
  readonly resource: R;
  /** The resource has died by itself. */
  lost: boolean;
  /** Called when it does. */
  onLost: ((reason: unknown) => void) | undefined;
}

/** A failed open. Each failure is an object of its own: the store keeps books by identity. */
interface FailedOpen {
  readonly ok: false;
  readonly error: PoolError;
  /** Of an open that was given up: `create` has ended, and what it brought is destroyed. Undefined when nothing is left. */
  readonly leftover: Promise<void> | undefined;
}

export type OpenResult<R> = Opened<R> | FailedOpen;

export interface OpenOptions<R> {
  readonly create: (context: CreateContext) => R | PromiseLike<R>;
  readonly connectTimeoutMs: number;
  readonly name: string;
  /** Aborts when the pool closes. */
  readonly closing: AbortSignal;
  /** Gets a resource that arrives when nobody waits for it any more. Resolves when it is gone. */
  readonly late: (resource: R) => Promise<void>;
}

/** Runs `create` with a deadline. Never rejects and never throws, whatever `create` does. */
export function boundedOpen<R>({
  create,
  connectTimeoutMs,
  name,
  closing,
  late,
}: OpenOptions<R>): Promise<OpenResult<R>> {
  return new Promise<OpenResult<R>>((resolve) => {
    const controller = new AbortController();
    let settled = false;
    let stopListening: (() => void) | undefined;
    let lost: { reason: unknown } | undefined;
    let opened: Opened<R> | undefined;
    let creating: Promise<R> | undefined;
    const settle = (result: OpenResult<R>): void => {
      settled = true;
      deadline.cancel();
      stopListening?.();
      resolve(result);
    };
    const giveUp = (error: PoolError): void => {
      settle({ ok: false, error, leftover: creating?.then(late, () => {}) });
      controller.abort(error);
    };
    const deadline = deadlineIn(connectTimeoutMs, () =>
      giveUp(new PoolError("POOL_CONNECT_TIMEOUT", `pool ${name}: opening took longer than ${connectTimeoutMs} ms`)),
    );
    stopListening = onAbort(closing, () => giveUp(new PoolError("POOL_CLOSED", `pool ${name}: closed while opening`)));
    if (settled) return;
    const context: CreateContext = {
      signal: controller.signal,
      lost: (reason) => {
        if (lost !== undefined) return;
        lost = { reason };
        if (opened === undefined) return;
        opened.lost = true;
        opened.onLost?.(reason);
      },
    };
    creating = attempt(create, context);
    creating.then(
      (resource) => {
        if (!settled) settle((opened = { ok: true, resource, lost: lost !== undefined, onLost: undefined }));
      },
      (error: unknown) => {
        if (!settled) settle({ ok: false, error: connectError(error, name), leftover: undefined });
      },
    );
  });
}

/** `create` may throw before it returns a promise. */
async function attempt<R>(create: (context: CreateContext) => R | PromiseLike<R>, context: CreateContext): Promise<R> {
  return create(context);
}

function connectError(error: unknown, name: string): PoolError {
  if (error instanceof PoolError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const code = isServertechError(error, "POOL_REFUSED_AUTH") ? "POOL_REFUSED_AUTH" : "POOL_CONNECT_FAILED";
  return new PoolError(code, `pool ${name}: opening failed: ${detail}`, { cause: error });
}
