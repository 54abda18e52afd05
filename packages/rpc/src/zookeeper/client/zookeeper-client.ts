import { EventEmitter } from "node:events";
import {
  abortable,
  CloseOnce,
  type CloseOptions,
  onAbort,
  optionChecks,
  type ReadyOptions,
  withDeadline,
} from "@servertech/core";
import type { Acl } from "./acl.ts";
import { Call, type CallInit } from "./call.ts";
import { isZooKeeperError, ZooKeeperError } from "./errors.ts";
import type { JuteReader, JuteWriter } from "./jute.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Chroot, pathAndParents } from "./node-path.ts";
import {
  checkAcls,
  checkAuth,
  type ClientSettings,
  resolveClientOptions,
  type ZooKeeperAuth,
  type ZooKeeperClientOptions,
} from "./options.ts";
import {
  authRequest,
  CONTAINER_FLAGS,
  CreateFlags,
  type CreateMode,
  Opcode,
  readStat,
  request,
  type Stat,
  WatchModes,
  type WatchEventType,
  type WatchMode,
  writeAcls,
} from "./records.ts";
import { Session } from "./session.ts";
import type { ClientState } from "./session-machine.ts";

/** What a watch tells. */
export interface WatchEvent {
  readonly type: WatchEventType;
  /** Relative to the chroot. */
  readonly path: string;
}

/** What the client tells of itself. */
export interface ZooKeeperClientEvents {
  /** A connection is up, its watches are set again, and its session is confirmed. Queued requests are sent after this. */
  connected: [isNewSession: boolean];
  /** There is a new session: ephemeral nodes of the one before are gone, or will be. Comes before `connected`. */
  session: [id: bigint];
  /** The connection is gone; the session may live on. */
  suspended: [];
  /** Nothing was heard for the session timeout, or the server ended the session. Once per loss. */
  lost: [];
  /** A change under a path of {@link ZooKeeperClient.addWatch}. */
  watch: [event: WatchEvent];
  /** The server refused the credentials of `auth`. */
  authFailed: [];
  closed: [];
}

/** What every request takes. */
export interface RequestOptions {
  /** Its abort rejects with its reason; a request on the wire may be carried out all the same. */
  signal?: AbortSignal | undefined;
}

/** What reads take. */
export interface ReadOptions extends RequestOptions {
  /**
   * Tells of the next change by one `watch` event: of the node's existence (`exists`), of its data (`getData`), of its
   * children's names (`getChildren`). Not kept over reconnects; {@link ZooKeeperClient.addWatch} is. @default false
   */
  watch?: boolean | undefined;
}

/** Options of `create`. */
export interface CreateOptions extends RequestOptions {
  /** @default "persistent" */
  mode?: CreateMode | undefined;
  /** @default the client's `acl` */
  acl?: readonly Acl[] | undefined;
}

/** Options of a change that may depend on the version of the node. */
export interface VersionOptions extends RequestOptions {
  /** The version that the node must have. @default -1, any */
  version?: number | undefined;
}

/** A snapshot. Counts from the client's start. */
export interface ZooKeeperClientStats {
  readonly state: ClientState;
  /** `0n` without a session. */
  readonly sessionId: bigint;
  /** As the server answered, in milliseconds; before, as asked for. */
  readonly sessionTimeoutMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly reconnects: number;
  readonly expirations: number;
  readonly protocolErrors: number;
  /** Requests on the wire. */
  readonly inFlight: number;
  /** Requests that wait for a connection. */
  readonly queued: number;
  readonly watches: number;
}

/** Where a request goes. */
interface Sending {
  send(call: Call): void;
  /** It has its result, whatever it is. */
  settled(call: Call): void;
}

interface ReadyWaiter {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A client of one ZooKeeper ensemble: one session at a time, over one connection, renewed by itself.
 *
 * It connects on first use. Every request settles within `requestTimeoutMs`. Paths are relative to the chroot, in results
 * and events, too. All methods that make a request reject with {@link ZooKeeperError}.
 */
export class ZooKeeperClient extends EventEmitter<ZooKeeperClientEvents> implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #chroot: Chroot;
  readonly #session: Session;
  readonly #alive = new KeepAlive();
  readonly #closing: CloseOnce;
  /** Callers of `ready`: not listeners, of which Node allows ten. */
  readonly #waiters = new Set<ReadyWaiter>();
  readonly #requests: Sending = {
    send: (call) => this.#session.call(call),
    settled: (call) => this.#session.settled(call),
  };
  readonly #credentials: Sending = {
    send: (call) => this.#session.addCredential(call),
    settled: (call) => this.#session.credentialSettled(call),
  };

  /** @throws OptionError */
  constructor(options: ZooKeeperClientOptions) {
    super();
    this.#settings = resolveClientOptions(options);
    this.#chroot = new Chroot(this.#settings.chroot);
    this.#closing = new CloseOnce(({ force }) => this.#close(force));
    this.#session = new Session(this.#settings, {
      connected: (isNewSession) => {
        if (isNewSession) this.emit("session", this.#session.id);
        this.emit("connected", isNewSession);
        for (const waiter of this.#waiters) waiter.resolve();
      },
      changed: (state) => {
        this.emit(state);
        if (state === "closed") for (const waiter of this.#waiters) waiter.reject(closedError("ready"));
      },
      watch: ({ type, path }) => {
        if (type !== undefined) this.emit("watch", { type, path: this.#chroot.toUser(path) });
      },
      authFailed: () => this.emit("authFailed"),
    });
  }

  get state(): ClientState {
    return this.#session.state;
  }

  /** `0n` without a session. */
  get sessionId(): bigint {
    return this.#session.id;
  }

  /** Begins to connect, and does not wait: events tell what comes of it. Every request does so, too. */
  connect(): void {
    this.#refuseClosed("connect");
    this.#session.start();
  }

  /**
   * Connects, and resolves once there is a session.
   *
   * @param options `timeoutMs`: by default `requestTimeoutMs`.
   * @throws {@link ZooKeeperError} `ZK_CONNECTION_LOSS` with the last cause when no server answers in time, `ZK_CLOSED`.
   */
  async ready(options: ReadyOptions = {}): Promise<void> {
    const check = optionChecks(options, ["timeoutMs", "signal"]);
    const asked = options.timeoutMs ?? this.#settings.requestTimeoutMs;
    const timeoutMs = check.done(check.duration("timeoutMs", asked, { min: 1 }));
    options.signal?.throwIfAborted();
    this.#refuseClosed("ready");
    this.#session.start();
    if (this.state === "connected") return;
    let waiter: ReadyWaiter | undefined;
    const connected = new Promise<void>((resolve, reject) => {
      waiter = { resolve, reject };
      this.#waiters.add(waiter);
    });
    this.#alive.hold();
    try {
      await withDeadline(abortable(connected, options.signal), timeoutMs, () => {
        const cause = this.#session.lastError;
        const origin = cause === undefined ? {} : { cause };
        const why = `no server answered within ${timeoutMs} ms`;
        return new ZooKeeperError("ZK_CONNECTION_LOSS", `ready: ${why}`, { ...origin, op: "ready" });
      });
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      this.#alive.release();
    }
  }

  /**
   * Creates a node.
   *
   * @returns its path, which for a sequential one has its number.
   */
  async create(path: string, data: Uint8Array | null = null, options: CreateOptions = {}): Promise<string> {
    const { mode = "persistent", signal } = options;
    const acl = this.#aclOf(options);
    const flags: number | undefined = CreateFlags[mode];
    if (flags === undefined)
      throw badArgument("create", path, `mode: must be one of ${Object.keys(CreateFlags).join(", ")}`);
    const writer = this.#request(Opcode.create, "create", path).buffer(bytesOf("create", path, data));
    const read = (reader: JuteReader) => this.#chroot.toUser(reader.string() ?? "");
    return this.#call("create", path, true, writeAcls(writer, acl).int(flags), read, signal);
  }

  /** Creates a node that the server removes some time after its last child is gone. */
  async createContainer(path: string, options: Omit<CreateOptions, "mode"> = {}): Promise<void> {
    const { signal } = options;
    const acl = this.#aclOf(options);
    const writer = this.#request(Opcode.createContainer, "createContainer", path).buffer(null);
    await this.#call("createContainer", path, true, writeAcls(writer, acl).int(CONTAINER_FLAGS), nothing, signal);
  }

  /**
   * Creates the node and all above it, as far as they are missing. With `container` as container nodes, plain ones on a
   * server before 3.5.3, which has none.
   */
  async mkdirp(
    path: string,
    options: Omit<CreateOptions, "mode"> & { container?: boolean | undefined } = {},
  ): Promise<void> {
    const { container = false, ...rest } = options;
    this.#chroot.toServer(path, "mkdirp");
    const created = pathAndParents(path).map(async (one) => {
      try {
        await (container ? this.createContainer(one, rest) : this.create(one, null, rest));
      } catch (error) {
        if (!isZooKeeperError(error, "ZK_NODE_EXISTS")) return error;
      }
      return undefined;
    });
    // All are on the wire at once. One that may not be created can be there: the last tells.
    const errors = await Promise.all(created);
    const last = errors.at(-1);
    if (last === undefined) return;
    if (!container || !errors.some((error) => isZooKeeperError(error, "ZK_UNIMPLEMENTED"))) throw last;
    await this.mkdirp(path, rest);
  }

  async delete(path: string, { version = -1, signal }: VersionOptions = {}): Promise<void> {
    const writer = this.#request(Opcode.delete, "delete", path).int(version);
    return this.#call("delete", path, true, writer, nothing, signal);
  }

  /** The node's state, undefined when there is none. */
  async exists(path: string, { signal, watch = false }: ReadOptions = {}): Promise<Stat | undefined> {
    const writer = this.#request(Opcode.exists, "exists", path).boolean(watch);
    try {
      return await this.#call("exists", path, false, writer, readStat, signal);
    } catch (error) {
      if (isZooKeeperError(error, "ZK_NO_NODE")) return undefined;
      throw error;
    }
  }

  async getData(
    path: string,
    { signal, watch = false }: ReadOptions = {},
  ): Promise<{ data: Buffer | null; stat: Stat }> {
    const writer = this.#request(Opcode.getData, "getData", path).boolean(watch);
    return this.#call("getData", path, false, writer, readData, signal);
  }

  async setData(path: string, data: Uint8Array | null, { version = -1, signal }: VersionOptions = {}): Promise<Stat> {
    const writer = this.#request(Opcode.setData, "setData", path)
      .buffer(bytesOf("setData", path, data))
      .int(version);
    return this.#call("setData", path, true, writer, readStat, signal);
  }

  /** The names of the node's children, in no order. */
  async getChildren(
    path: string,
    { signal, watch = false }: ReadOptions = {},
  ): Promise<{ children: string[]; stat: Stat }> {
    const writer = this.#request(Opcode.getChildren2, "getChildren", path).boolean(watch);
    return this.#call("getChildren", path, false, writer, readChildren, signal);
  }

  /** Has the server that we are on catch up with the ensemble: a read after it sees all writes confirmed before it. */
  async sync(path: string, { signal }: RequestOptions = {}): Promise<void> {
    const writer = this.#request(Opcode.sync, "sync", path);
    return this.#call("sync", path, false, writer, readPath, signal);
  }

  /**
   * Watches a node, which need not exist, and with `persistentRecursive` all below it. The watch stays, over reconnects
   * and new sessions, until {@link removeWatch}; its events are the client's `watch`. What happens while the connection
   * is down is not told later: read again on `connected`. Needs ZooKeeper 3.6.
   */
  async addWatch(path: string, mode: WatchMode, { signal }: RequestOptions = {}): Promise<void> {
    const code: number | undefined = WatchModes[mode];
    if (code === undefined)
      throw badArgument("addWatch", path, `mode: must be one of ${Object.keys(WatchModes).join(", ")}`);
    const full = this.#chroot.toServer(path, "addWatch");
    const { watches } = this.#session;
    const writer = this.#request(Opcode.addWatch, "addWatch", path).int(code);
    const watch = watches.ask(full, mode);
    // The server would replace the one by the other.
    if (watch.mode !== mode) throw badArgument("addWatch", path, `is watched as ${watch.mode} already`);
    try {
      await this.#call("addWatch", path, false, writer, nothing, signal);
    } catch (error) {
      watches.answered(full, watch, false);
      throw error;
    }
    if (watches.answered(full, watch, true)) await this.#removeWatches(path, signal);
  }

  /** Ends the watch of this path; without one it does nothing. */
  async removeWatch(path: string, { signal }: RequestOptions = {}): Promise<void> {
    const full = this.#chroot.toServer(path, "removeWatch");
    // Without a connection it is enough that the next one does not set it again.
    const isSet = this.#session.watches.remove(full);
    if (isSet && this.state === "connected") await this.#removeWatches(path, signal);
  }

  /** Adds credentials to those of the option `auth`, for this connection and all later ones. Refused ones are not kept. */
  async addAuth({ scheme, auth }: ZooKeeperAuth, { signal }: RequestOptions = {}): Promise<void> {
    const check = optionChecks(undefined, []);
    check.done(checkAuth(check, [{ scheme, auth }]));
    const init = { op: "addAuth", path: "", isWrite: false, frame: authRequest(scheme, auth), read: nothing };
    await this.#settled(init, signal, this.#credentials);
  }

  async #removeWatches(path: string, signal: AbortSignal | undefined): Promise<void> {
    const writer = this.#request(Opcode.removeWatches, "removeWatch", path).int(ANY_WATCH);
    try {
      await this.#call("removeWatch", path, false, writer, nothing, signal);
    } catch (error) {
      // A reconnect in between left it out.
      if (!isZooKeeperError(error, "ZK_NO_WATCHER")) throw error;
    }
  }

  stats(): ZooKeeperClientStats {
    const { id, timeoutMs, watches, state } = this.#session;
    return Object.freeze({
      state,
      sessionId: id,
      sessionTimeoutMs: timeoutMs,
      ...this.#session.counts(),
      watches: watches.set.size,
    });
  }

  /**
   * Refuses new requests, lets those on the wire finish, ends the session, whose ephemeral nodes the server then
   * removes, and the connection. Without a connection there is nothing to wait for, and the session expires by itself.
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(force: AbortSignal): Promise<void> {
    this.#session.rejectQueued("the client was closed");
    if (this.state === "connected" && !force.aborted) {
      this.#alive.hold();
      try {
        await this.#endSession(force);
      } finally {
        this.#alive.release();
      }
    }
    this.#session.close();
  }

  /** Replies come in order: once this one is there, so are all before it. */
  async #endSession(force: AbortSignal): Promise<void> {
    const init = {
      op: "closeSession",
      path: "",
      isWrite: true,
      frame: request(Opcode.closeSession).frame(),
      read: nothing,
    };
    await new Promise<void>((resolve) => {
      const settling = { resolve: () => resolve(), reject: () => resolve() };
      const call = new Call<unknown>(init, settling, (one) => this.#session.settled(one));
      this.once("suspended", resolve);
      onAbort(force, () => resolve());
      this.#session.call(call);
    });
  }

  #aclOf({ acl }: { acl?: readonly Acl[] | undefined }): readonly Acl[] {
    if (acl === undefined) return this.#settings.acl;
    const check = optionChecks(undefined, []);
    return check.done(checkAcls(check, acl));
  }

  #request(opcode: number, op: string, path: string): JuteWriter {
    return request(opcode).string(this.#chroot.toServer(path, op));
  }

  #call<T>(
    op: string,
    path: string,
    isWrite: boolean,
    writer: JuteWriter,
    read: (reader: JuteReader) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const init = { op, path, isWrite, frame: writer.frame(), read };
    return this.#settled(init, signal, this.#requests);
  }

  /** Sends a request, and sees to it that it settles. */
  #settled<T>(init: CallInit<T>, signal: AbortSignal | undefined, by: Sending): Promise<T> {
    const { op, path, frame } = init;
    this.#refuseClosed(op);
    signal?.throwIfAborted();
    const { maxRequestBytes, requestTimeoutMs } = this.#settings;
    if (frame.length > maxRequestBytes) {
      const why = `${frame.length} bytes, allowed are ${maxRequestBytes}`;
      throw new ZooKeeperError("ZK_TOO_LARGE", `${op} ${path}: ${why}`, { op, path });
    }
    this.#alive.hold();
    return new Promise<T>((resolve, reject) => {
      const call = new Call<T>(init, { resolve, reject }, (one) => {
        this.#alive.release();
        by.settled(one as Call);
      });
      call.limit(requestTimeoutMs, signal, () => this.#session.lastError);
      by.send(call as Call);
    });
  }

  #refuseClosed(op: string): void {
    if (this.#closing.started) throw closedError(op);
  }
}

/** A client of one ensemble. It connects on first use. @throws OptionError */
export function createZooKeeperClient(options: ZooKeeperClientOptions): ZooKeeperClient {
  return new ZooKeeperClient(options);
}

// WatcherType.ANY: whatever watches there are on the path.
const ANY_WATCH = 3;

function nothing(): void {}

function bytesOf(op: string, path: string, data: Uint8Array | null): Uint8Array | null {
  if (data === null || data instanceof Uint8Array) return data;
  throw badArgument(op, path, `data must be bytes or null, got a ${typeof data}`);
}

/** That the reply names the path again matters to nobody; that it is there does. */
function readPath(reader: JuteReader): void {
  reader.string();
}

function readData(reader: JuteReader): { data: Buffer | null; stat: Stat } {
  return { data: reader.buffer(), stat: readStat(reader) };
}

function readChildren(reader: JuteReader): { children: string[]; stat: Stat } {
  return { children: reader.vector((one) => one.string() ?? ""), stat: readStat(reader) };
}

function closedError(op: string): ZooKeeperError {
  return new ZooKeeperError("ZK_CLOSED", `${op}: the client is closed`, { op });
}

function badArgument(op: string, path: string, why: string): ZooKeeperError {
  return new ZooKeeperError("ZK_BAD_ARGUMENTS", `${op} ${path}: ${why}`, { op, path });
}
