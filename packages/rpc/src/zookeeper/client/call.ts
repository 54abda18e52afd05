import { type Deadline, deadlineIn, onAbort } from "@servertech/core";
import { ZooKeeperError } from "./errors.ts";
import type { JuteReader } from "./jute.ts";

export interface CallInit<T> {
  readonly op: string;
  /** As the caller named it. */
  readonly path: string;
  /** Whether it changes something: then a lost reply leaves open whether it did. */
  readonly isWrite: boolean;
  readonly frame: Buffer;
  read(reader: JuteReader): T;
}

interface Settling<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** One request on its way: settles once, whatever comes first of reply, deadline, abort and the connection's end. */
export class Call<T = unknown> {
  readonly op: string;
  readonly path: string;
  readonly frame: Buffer;
  /** 0 until it is sent. */
  xid = 0;
  readonly #isWrite: boolean;
  readonly #read: (reader: JuteReader) => T;
  readonly #settling: Settling<T>;
  readonly #onSettled: (call: Call<T>) => void;
  #deadline: Deadline | undefined;
  #stopAbort: (() => void) | undefined;
  #settled = false;

  constructor(init: CallInit<T>, settling: Settling<T>, onSettled: (call: Call<T>) => void) {
    this.op = init.op;
    this.path = init.path;
    this.frame = init.frame;
    this.#isWrite = init.isWrite;
    this.#read = (reader) => init.read(reader);
    this.#settling = settling;
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Bounds the wait. Without it the call waits as long as its connection lives.
   *
   * @param whyUnreachable why no server was reached, when none was.
   */
  limit(timeoutMs: number, signal: AbortSignal | undefined, whyUnreachable: () => unknown): void {
    this.#deadline = deadlineIn(timeoutMs, () => {
      // The timers of a process that was stopped fire before its sockets are read: the reply may be there already.
      setImmediate(() => this.fail(this.#lateError(timeoutMs, whyUnreachable)));
    });
    this.#stopAbort = onAbort(signal, (reason) => this.fail(reason));
  }

  /** @throws JuteError when the body is not what it should be; the call is not settled then. */
  succeed(reader: JuteReader): void {
    if (this.#settled) return;
    const value = this.#read(reader);
    this.#settle();
    this.#settling.resolve(value);
  }

  fail(reason: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#settling.reject(reason);
  }

  /** Fails because the connection or the client ended. */
  end(code: "ZK_CONNECTION_LOSS" | "ZK_CLOSED", why: string, cause?: unknown): void {
    if (this.#settled) return;
    this.fail(this.#error(code, why, cause));
  }

  #lateError(timeoutMs: number, whyUnreachable: () => unknown): ZooKeeperError {
    if (this.xid === 0)
      return this.#error("ZK_CONNECTION_LOSS", `no server was reachable for ${timeoutMs} ms`, whyUnreachable());
    return this.#error("ZK_TIMEOUT", `no reply within ${timeoutMs} ms`);
  }

  #error(code: "ZK_CONNECTION_LOSS" | "ZK_TIMEOUT" | "ZK_CLOSED", why: string, cause?: unknown): ZooKeeperError {
    const { op, path } = this;
    const maybeExecuted = this.xid !== 0 && this.#isWrite;
    const origin = cause === undefined ? {} : { cause };
    return new ZooKeeperError(code, `${op} ${path}: ${why}`, { ...origin, op, path, maybeExecuted });
  }

  #settle(): void {
    this.#settled = true;
    this.#deadline?.cancel();
    this.#stopAbort?.();
    this.#onSettled(this);
  }
}
