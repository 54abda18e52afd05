import { EventEmitter } from "node:events";
import {
  backoffMs,
  CloseOnce,
  type CloseOptions,
  type Deadline,
  abortable,
  deadlineIn,
  type Logger,
  onAbort,
  sleep,
  withDeadline,
} from "@servertech/core";
import type { Acl } from "./client/acl.ts";
import { isZooKeeperError, ZooKeeperError } from "./client/errors.ts";
import { KeepAlive } from "./client/keep-alive.ts";
import type { ZooKeeperClient } from "./client/zookeeper-client.ts";
import type { Registration, RegistrationState, ServiceMeta } from "./registry-types.ts";
import type { RecordCodec } from "./record-codec.ts";
import { checkMeta, type ServiceRecord } from "./service-record.ts";

export interface RegistrationSettings {
  /** The parent of the node. */
  readonly folder: string;
  readonly acl: readonly Acl[] | undefined;
  readonly jitterMs: number;
  readonly requestTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly codec: RecordCodec;
  readonly healthGate: (() => Promise<boolean> | boolean) | undefined;
  readonly logger: Logger;
  /** Whether another registration has this node now. */
  isTaken(path: string, by: ServiceRegistration): boolean;
  /** `isGone` says whether the node is; if not, {@link ServiceRegistration.sweep} is to be called with each connection. */
  closed(registration: ServiceRegistration, isGone: boolean): void;
}

/** A caller that waits until a revision of the record is written. */
interface Waiter {
  readonly revision: number;
  settle(error?: unknown): void;
}

const RETRY = { minMs: 50, maxMs: 2_000, jitter: 0.5 };
const CLOSE_TIMEOUT_MS = 1_000;
const ATTEMPTS = 5;

/** Waiting on does not help: the caller of `register` is told at once. */
const FINAL: ReadonlySet<string> = new Set([
  "ZK_NO_AUTH",
  "ZK_INVALID_ACL",
  "ZK_TOO_LARGE",
  "ZK_BAD_ARGUMENTS",
  "ZK_UNIMPLEMENTED",
  "ZK_NO_CHILDREN_FOR_EPHEMERALS",
  "ZK_QUOTA_EXCEEDED",
]);

/**
 * Keeps one ephemeral node there. One loop writes it, so that no write of an older session or record comes after that of
 * a newer one, and none after the close.
 */
export class ServiceRegistration extends EventEmitter<{ state: [RegistrationState] }> implements Registration {
  readonly #client: ZooKeeperClient;
  readonly #settings: RegistrationSettings;
  readonly #path: string;
  readonly #waiters = new Set<Waiter>();
  /** Held until the close: a server that lost its connection is not to end for want of anything to do. */
  readonly #alive = new KeepAlive();
  readonly #closing: CloseOnce<boolean>;
  #record: ServiceRecord;
  /** Counts the changes of the record. */
  #revision = 1;
  #writtenRevision = 0;
  /** The session of the last attempt to create the node. */
  #owner = 0n;
  /** The session in which the node is known to be there. */
  #registeredIn = 0n;
  #state: RegistrationState = "pending";
  #loop: Promise<void> | undefined;
  /** Requests of the loop that wait for a connection are not to be sent once it is closed. */
  #stopLoop = new AbortController();
  #sweeping: Promise<boolean> | undefined;
  #kicked = false;
  #everRegistered = false;
  /** The last answer of the health gate. */
  #healthy = true;

  constructor(record: ServiceRecord, client: ZooKeeperClient, settings: RegistrationSettings) {
    super();
    this.#record = record;
    this.#client = client;
    this.#settings = settings;
    this.#path = `${settings.folder}/${record.id}`;
    this.#closing = new CloseOnce(({ force }) => this.#close(force));
    this.#checkSize(record);
    this.#alive.hold();
  }

  get id(): string {
    return this.#record.id;
  }

  get path(): string {
    return this.#path;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** Resolves once the node is there; rejects when it cannot be, or with the signal's reason. */
  async registered(signal: AbortSignal | undefined): Promise<void> {
    this.kick();
    await this.#written(undefined, signal);
  }

  async update(meta: ServiceMeta): Promise<void> {
    await this.#change({ ...this.#record, meta: checkMeta(meta) });
  }

  async setEnabled(enabled: boolean): Promise<void> {
    if (typeof enabled !== "boolean")
      throw new ZooKeeperError("REGISTRY_INVALID_SERVICE", `enabled must be true or false, got ${String(enabled)}`);
    await this.#change({ ...this.#record, enabled });
  }

  close(options: CloseOptions = {}): Promise<boolean> {
    return this.#closing.close({ ...options, timeoutMs: options.timeoutMs ?? CLOSE_TIMEOUT_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The session is lost, or another took its place. */
  lost(): void {
    this.#registeredIn = 0n;
    this.#become("pending");
  }

  /** A connection is up, or there is something to write. */
  kick(): void {
    this.#kicked = true;
    if (this.#closing.started || this.#loop !== undefined) return;
    this.#loop = this.#run().finally(() => {
      this.#loop = undefined;
      // Something came up after the loop's last look.
      if (this.#kicked) this.kick();
    });
  }

  /**
   * Deletes what the close could not delete in time: else it would stay for as long as the session does.
   *
   * @returns whether nothing is left to be done.
   */
  sweep(): Promise<boolean> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** Those who wait for the first registration are told; the registration goes on all the same. */
  refuse(error: ZooKeeperError): void {
    if (this.#everRegistered) return;
    for (const waiter of this.#waiters) waiter.settle(error);
  }

  async #change(record: ServiceRecord): Promise<void> {
    if (this.#closing.started) throw this.#closedError();
    this.#checkSize(record);
    this.#record = record;
    this.#revision += 1;
    const written = this.#written(this.#settings.requestTimeoutMs, undefined);
    this.kick();
    await written;
  }

  #checkSize(record: ServiceRecord): void {
    const bytes = this.#settings.codec.encode(record).length;
    // The path, the rights and the header share the frame.
    const limit = this.#settings.maxRequestBytes - this.#path.length * 4 - 512;
    if (bytes <= limit) return;
    const why = `the service's record has ${bytes} bytes, allowed are ${limit}`;
    throw new ZooKeeperError("ZK_TOO_LARGE", why, { op: "register", path: this.#path });
  }

  #written(timeoutMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let deadline: Deadline | undefined;
      let stopAbort: (() => void) | undefined;
      const waiter: Waiter = {
        revision: this.#revision,
        settle: (error) => {
          if (!this.#waiters.delete(waiter)) return;
          deadline?.cancel();
          stopAbort?.();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiters.add(waiter);
      if (timeoutMs !== undefined) deadline = deadlineIn(timeoutMs, () => waiter.settle(this.#lateError(timeoutMs)));
      stopAbort = onAbort(signal, (reason) => waiter.settle(reason));
    });
  }

  get #isWritten(): boolean {
    const session = this.#client.sessionId;
    return this.#registeredIn === session && session !== 0n && this.#writtenRevision === this.#revision;
  }

  async #run(): Promise<void> {
    let failures = 0;
    const signal = this.#stopLoop.signal;
    const pause = (ms: number) => sleep(ms, { signal, ref: false }).catch(() => {}); // ended early by close
    this.#kicked = false;
    // All owners of a lost session come back together: each at a time of its own.
    if (this.#everRegistered && this.#registeredIn === 0n) await pause(Math.random() * this.#settings.jitterMs);
    while (!this.#closing.started && this.#client.state === "connected" && !this.#isWritten) {
      this.#kicked = false;
      try {
        if (await this.#mayWrite(signal)) {
          await this.#write();
          failures = 0;
          continue;
        }
      } catch (error) {
        if (!this.#closing.started) this.#report(error, failures);
      }
      await pause(backoffMs(failures, RETRY));
      failures += 1;
    }
  }

  /** A node that is there already in this session only changes. */
  async #mayWrite(signal: AbortSignal): Promise<boolean> {
    const { healthGate, requestTimeoutMs, logger } = this.#settings;
    if (healthGate === undefined || this.#registeredIn === this.#client.sessionId) return true;
    let healthy = false;
    let cause: unknown;
    try {
      const answer = abortable(Promise.resolve(healthGate()), signal);
      const late = () => new Error(`no answer within ${requestTimeoutMs} ms`);
      healthy = await withDeadline(answer, requestTimeoutMs, late);
    } catch (error) {
      cause = error;
    }
    if (healthy !== this.#healthy && !this.#closing.started) {
      const fields = { path: this.#path, ...(cause === undefined ? {} : { err: cause }) };
      if (healthy) logger.info(fields, "a service's health gate is open again");
      else logger.warn(fields, "a service's health gate is closed: it is not registered");
      this.#healthy = healthy;
    }
    return healthy;
  }

  async #write(): Promise<void> {
    const revision = this.#revision;
    const data = this.#settings.codec.encode(this.#record);
    const session = this.#client.sessionId;
    if (this.#registeredIn !== session || !(await this.#overwrite(data))) await this.#create(data, session);
    // A session that ended meanwhile took the node with it.
    if (this.#client.sessionId !== session || this.#closing.started) return;
    this.#registeredIn = session;
    this.#writtenRevision = revision;
    this.#everRegistered = true;
    this.#become("registered");
    for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.settle();
  }

  /** Resolves to false when the node is gone. */
  async #overwrite(data: Uint8Array): Promise<boolean> {
    try {
      await this.#client.setData(this.#path, data, { signal: this.#stopLoop.signal });
      return true;
    } catch (error) {
      if (isZooKeeperError(error, "ZK_NO_NODE")) return false;
      throw error;
    }
  }

  async #create(data: Uint8Array, session: bigint): Promise<void> {
    const acl = this.#settings.acl;
    const { signal } = this.#stopLoop;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#closing.started) return;
      this.#owner = session;
      try {
        await this.#client.create(this.#path, data, { mode: "ephemeral", acl, signal });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        if (isZooKeeperError(error, "ZK_NO_NODE")) {
          // A server removes empty containers at any time.
          await this.#client.mkdirp(this.#settings.folder, { container: true, signal });
        } else if (isZooKeeperError(error, "ZK_NODE_EXISTS")) {
          if (await this.#takeOver(data, session)) return;
        } else throw error;
      }
    }
  }

  /** The node is there already. Resolves to true when it is this session's and holds `data` now. */
  async #takeOver(data: Uint8Array, session: bigint): Promise<boolean> {
    const { signal } = this.#stopLoop;
    const stat = await this.#client.exists(this.#path, { signal });
    if (stat === undefined) return false;
    // Ours: the reply to an earlier attempt was lost, and the record may have changed since.
    if (stat.ephemeralOwner === session) return this.#overwrite(data);
    // An older session's, which would take the node with it when it expires.
    try {
      await this.#client.delete(this.#path, { version: stat.version, signal });
    } catch (error) {
      // Gone or replaced in between: look again.
      if (!isZooKeeperError(error, "ZK_NO_NODE") && !isZooKeeperError(error, "ZK_BAD_VERSION")) throw error;
    }
    return false;
  }

  #report(error: unknown, failures: number): void {
    // They need not wait for their deadline; the record stays, and is tried again: rights may come back.
    if (error instanceof ZooKeeperError && FINAL.has(error.code))
      for (const waiter of this.#waiters) waiter.settle(error);
    if (failures > 0 || isZooKeeperError(error, "ZK_CONNECTION_LOSS")) return;
    this.#settings.logger.warn({ err: error, path: this.#path }, "a service could not be registered: trying again");
  }

  async #close(force: AbortSignal): Promise<boolean> {
    this.#stopLoop.abort();
    this.#become("closed");
    for (const waiter of this.#waiters) waiter.settle(this.#closedError());
    let isGone = false;
    try {
      isGone = await this.#remove(force);
      return isGone;
    } finally {
      this.#alive.release();
      this.#settings.closed(this, isGone);
      this.removeAllListeners();
    }
  }

  async #remove(force: AbortSignal): Promise<boolean> {
    await this.#loop;
    if (this.#owner === 0n) return true;
    for (let failures = 0; !force.aborted; failures += 1) {
      if (await this.#removeOnce(force)) return true;
      if (this.#client.state === "closed") return false;
      await sleep(backoffMs(failures, RETRY), { signal: force }).catch(() => {}); // time is up: the loop ends
    }
    return false;
  }

  async #sweep(): Promise<boolean> {
    for (let failures = 0; this.#client.state === "connected"; failures += 1) {
      // It went with its session, or will.
      if (this.#client.sessionId !== this.#owner) return true;
      if (await this.#removeOnce(undefined)) return true;
      await sleep(backoffMs(failures, RETRY), { ref: false });
    }
    return this.#client.state === "closed";
  }

  /** Resolves to true when the node is gone, or is no more this registration's. */
  async #removeOnce(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#settings.isTaken(this.#path, this)) return true;
    try {
      const stat = await this.#client.exists(this.#path, { signal });
      // Another process may have registered the same id since.
      if (stat === undefined || stat.ephemeralOwner !== this.#owner) return true;
      // Of this version: one that was taken over meanwhile has another.
      await this.#client.delete(this.#path, { version: stat.version, signal });
      return true;
    } catch (error) {
      return isZooKeeperError(error, "ZK_NO_NODE");
    }
  }

  #become(state: RegistrationState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.emit("state", state);
  }

  #lateError(timeoutMs: number): ZooKeeperError {
    const why = `not written within ${timeoutMs} ms; it will be with the next registration`;
    return new ZooKeeperError("ZK_TIMEOUT", `update ${this.#path}: ${why}`, {
      op: "update",
      path: this.#path,
      maybeExecuted: true,
    });
  }

  #closedError(): ZooKeeperError {
    return new ZooKeeperError("ZK_CLOSED", `the registration of ${this.#path} is closed`, { path: this.#path });
  }
}
