import { Call } from "./call.ts";
import type { ServerAddress } from "./connect-string.ts";
import { Connection } from "./connection.ts";
import { isZooKeeperError, serverError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { JuteReader } from "./jute.ts";
import type { ClientSettings } from "./options.ts";
import {
  authRequest,
  connectRequest,
  Opcode,
  pingRequest,
  readConnectResponse,
  readReplyHeader,
  readWatcherEvent,
  request,
  setWatchesRequests,
  setXid,
  type WatcherEvent,
  writeAcls,
  Xid,
} from "./records.ts";
import {
  type ClientState,
  heartbeatMs,
  initialState,
  type SessionAction,
  type SessionEvent,
  type SessionState,
  transition,
  type UnlinkReason,
} from "./session-machine.ts";
import { pathAndParents } from "./node-path.ts";
import { PersistentWatches } from "./persistent-watches.ts";

export interface SessionHandlers {
  connected(isNewSession: boolean): void;
  changed(state: "suspended" | "lost" | "closed"): void;
  watch(event: WatcherEvent): void;
  authFailed(): void;
}

/** Sent first on every connection. */
interface Credential {
  readonly frame: Buffer;
  /** Who added it, until a server took it. */
  added: Call | undefined;
}

const MAX_XID = 2 ** 31 - 1;
const ignore = (): void => {};

/** Runs the session machine on real sockets and timers, and matches replies to calls. Knows nodes only by their full paths. */
export class Session {
  readonly #settings: ClientSettings;
  readonly #servers: readonly ServerAddress[];
  readonly #handlers: SessionHandlers;
  readonly #machineSettings: { hosts: number; sessionTimeoutMs: number; backoff: ClientSettings["backoff"] };
  /** Full paths. */
  readonly watches: PersistentWatches = new PersistentWatches();
  /** Calls that wait for a connection. */
  readonly #queued = new Set<Call>();
  /** Calls on the wire, in the order of their replies. */
  readonly #sent = new Fifo<Call>();
  #credentials: Credential[];
  /** Those that this connection has no answer to yet: all have the same xid. */
  readonly #unanswered = new Fifo<Credential>();
  #machine: SessionState;
  #connection: Connection | undefined;
  #opened = false;
  #wasUp = false;
  /** This session's server has answered whether the chroot could be made. */
  #chrootTried = false;
  /** The connection takes calls: what has to come first was sent. */
  #greeted = false;
  #nextXid = 1;
  #lastZxid = 0n;
  #heardAtMs = 0;
  #sentAtMs = 0;
  #linkTimer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #lastError: Error | undefined;
  #counts = { bytesIn: 0, bytesOut: 0, reconnects: 0, expirations: 0, protocolErrors: 0 };

  constructor(settings: ClientSettings, handlers: SessionHandlers, random: () => number = Math.random) {
    this.#settings = settings;
    this.#handlers = handlers;
    // Clients that all began with the first server would pile up on it.
    this.#servers = shuffled(settings.servers, random);
    const { sessionTimeoutMs, backoff } = settings;
    this.#machineSettings = { hosts: this.#servers.length, sessionTimeoutMs, backoff };
    this.#machine = initialState(this.#machineSettings);
    this.#credentials = settings.auth.map(({ scheme, auth }) => ({
      frame: authRequest(scheme, auth),
      added: undefined,
    }));
  }

  get state(): ClientState {
    return this.#machine.state;
  }

  get id(): bigint {
    return this.#machine.sessionId;
  }

  get timeoutMs(): number {
    return this.#machine.timeoutMs;
  }

  /** Why the last connection or attempt ended. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  counts(): Readonly<Record<"bytesIn" | "bytesOut" | "reconnects" | "expirations" | "protocolErrors", number>> & {
    readonly inFlight: number;
    readonly queued: number;
  } {
    return { ...this.#counts, inFlight: this.#sent.size, queued: this.#queued.size };
  }

  start(): void {
    if (this.#machine.link !== "none" || this.#machine.state === "closed") return;
    this.#heardAtMs = performance.now();
    this.#dispatch({ type: "start" });
    this.#beat();
  }

  call(call: Call): void {
    this.start();
    if (this.#greeted) this.#send(call);
    else this.#queued.add(call);
  }

  /** Its frame is sent first on every connection from now on, unless a server refuses it. */
  addCredential(call: Call): void {
    this.start();
    const credential = { frame: call.frame, added: call };
    this.#credentials.push(credential);
    if (this.#greeted) this.#sendCredential(credential);
  }

  /** Those of a call that failed are not kept. */
  credentialSettled(call: Call): void {
    this.#credentials = this.#credentials.filter(({ added }) => added !== call);
  }

  /** A call that settled without a reply: one that was not sent is forgotten, one on the wire keeps its place. */
  settled(call: Call): void {
    this.#queued.delete(call);
  }

  /** Fails what was not sent, and all later calls are not to be made. */
  rejectQueued(why: string): void {
    // Each takes itself out as it settles.
    for (const call of this.#queued) call.end("ZK_CLOSED", why);
    for (const { added } of this.#credentials) added?.end("ZK_CLOSED", why);
  }

  close(): void {
    this.#failSent("ZK_CLOSED", "the client was closed before the reply came");
    this.#dispatch({ type: "close" });
    this.rejectQueued("the client was closed");
    clearInterval(this.#heartbeat);
    clearTimeout(this.#linkTimer);
  }

  #dispatch(event: SessionEvent): void {
    const before = this.#machine;
    const moment = {
      nowMs: performance.now(),
      heardAtMs: this.#heardAtMs,
      sentAtMs: this.#sentAtMs,
      random: Math.random,
    };
    const { state, actions } = transition(before, event, moment, this.#machineSettings);
    this.#machine = state;
    if (before.link === "up" && state.link !== "up") this.#failSent("ZK_CONNECTION_LOSS", "the connection ended");
    for (const action of actions) {
      this.#act(action);
      // A listener closed the client: the rest is not to be done any more.
      if (this.#machine !== state) break;
    }
  }

  #act(action: SessionAction): void {
    switch (action.do) {
      case "open":
        this.#open(action.host);
        return;
      case "unlink":
        this.#connection?.destroy();
        this.#connection = undefined;
        return;
      case "retryIn":
        this.#connection = undefined;
        this.#later(action.ms, { type: "retry" });
        return;
      case "greet":
        this.#greet(action.isNewSession);
        return;
      case "ping":
        this.#write(pingRequest());
        return;
      case "forgetZxid":
        this.#lastZxid = 0n;
        this.#counts.expirations += 1;
        return;
      case "emit":
        this.#handlers.changed(action.event);
        return;
    }
  }

  #open(host: number): void {
    const server = this.#servers[host] as ServerAddress;
    this.#opened = false;
    const connection = new Connection(server, this.#settings, {
      opened: () => {
        this.#opened = true;
        const { sessionId, password } = this.#machine;
        const timeoutMs = this.#settings.sessionTimeoutMs;
        this.#write(connectRequest({ lastZxid: this.#lastZxid, timeoutMs, sessionId, password }));
      },
      heard: (bytes) => {
        this.#counts.bytesIn += bytes;
        this.#heardAtMs = performance.now();
      },
      frame: (frame) => this.#receive(frame),
      ended: (error, fault) => this.#ended(error, fault),
    });
    this.#connection = connection;
    this.#later(this.#settings.connectTimeoutMs, { type: "connectDeadline" });
  }

  /** One timer for both: there is either an attempt or a wait for the next. */
  #later(ms: number, event: SessionEvent): void {
    clearTimeout(this.#linkTimer);
    this.#linkTimer = setTimeout(() => {
      // After a pause of the process the timers come first: what the socket holds is to be read before it is judged.
      setImmediate(() => this.#dispatch(event));
    }, ms).unref();
  }

  #beat(): void {
    clearInterval(this.#heartbeat);
    if (this.#machine.state === "closed") return;
    const look = () => this.#dispatch({ type: "tick" });
    this.#heartbeat = setInterval(() => setImmediate(look), heartbeatMs(this.#machine.timeoutMs)).unref();
  }

  #ended(error: Error | undefined, fault: boolean): void {
    this.#lastError = error ?? new Error("the server closed the connection");
    let reason: UnlinkReason = "cut";
    if (fault) reason = "fault";
    else if (this.#machine.link === "opening") reason = this.#opened ? "mute" : "unreachable";
    if (fault) this.#counts.protocolErrors += 1;
    this.#dispatch({ type: "unlinked", reason });
  }

  /** What came makes no sense, or the server does not want us: away from this connection. */
  #fault(error: Error): void {
    this.#lastError = error;
    this.#connection?.destroy();
    this.#dispatch({ type: "unlinked", reason: "fault" });
  }

  #greet(isNewSession: boolean): void {
    const connection = this.#connection;
    clearTimeout(this.#linkTimer);
    if (this.#wasUp) this.#counts.reconnects += 1;
    this.#wasUp = true;
    this.#beat();
    for (const credential of this.#credentials) this.#sendCredential(credential);
    for (const frame of setWatchesRequests(this.#lastZxid, this.watches.set)) {
      const init = { op: "setWatches", path: "", isWrite: false, frame, read: ignore };
      this.#sendAs(new Call<unknown>(init, { resolve: ignore, reject: ignore }, ignore), Xid.setWatches);
    }
    if (isNewSession) this.#chrootTried = false;
    if (!this.#chrootTried) this.#createChroot();
    this.#greeted = true;
    const waiting = [...this.#queued];
    this.#queued.clear();
    this.#handlers.connected(isNewSession);
    for (const call of waiting) {
      // A listener may have closed the client, or the connection may be gone.
      if (call.settled) continue;
      if (this.#connection === connection && this.#greeted) this.#send(call);
      else if (this.#machine.state === "closed") call.end("ZK_CLOSED", "the client was closed");
      else this.#queued.add(call);
    }
  }

  /** Sent before everything else of the session; that it is there already, or may not be made, is no error. */
  #createChroot(): void {
    for (const path of pathAndParents(this.#settings.chroot)) {
      const tried = () => {
        this.#chrootTried = path === this.#settings.chroot;
      };
      const reject = (error: unknown) => {
        if (!isZooKeeperError(error, "ZK_CONNECTION_LOSS")) tried();
      };
      const writer = request(Opcode.create).string(path).buffer(null);
      const frame = writeAcls(writer, this.#settings.acl).int(0).frame();
      const init = { op: "create", path, isWrite: true, frame, read: ignore };
      this.#send(new Call<unknown>(init, { resolve: tried, reject }, ignore));
    }
  }

  #send(call: Call): void {
    this.#sendAs(call, this.#nextXid);
    this.#nextXid = this.#nextXid === MAX_XID ? 1 : this.#nextXid + 1;
  }

  #sendAs(call: Call, xid: number): void {
    call.xid = xid;
    setXid(call.frame, xid);
    this.#sent.push(call);
    this.#write(call.frame);
  }

  #sendCredential(credential: Credential): void {
    if (credential.added !== undefined) credential.added.xid = Xid.auth;
    this.#unanswered.push(credential);
    this.#write(credential.frame);
  }

  #write(frame: Buffer): void {
    this.#sentAtMs = performance.now();
    this.#counts.bytesOut += frame.length;
    this.#connection?.write(frame);
  }

  #receive(frame: Buffer): void {
    const reader = new JuteReader(frame);
    let work: (() => void) | undefined;
    try {
      work = this.#machine.link === "up" ? this.#reply(reader) : this.#sessionReply(reader);
    } catch (error) {
      this.#counts.protocolErrors += 1;
      this.#fault(error as Error);
    }
    work?.();
  }

  #sessionReply(reader: JuteReader): () => void {
    const { timeoutMs, sessionId, password } = readConnectResponse(reader);
    if (timeoutMs > 0 && sessionId === 0n) throw new Error("a session reply without a session");
    if (timeoutMs <= 0) return () => this.#dispatch({ type: "refused" });
    return () => this.#dispatch({ type: "accepted", timeoutMs, sessionId, password });
  }

  /** What is to be done about a reply. Handlers run outside of the caller's `catch`: their errors are not the server's. */
  #reply(reader: JuteReader): (() => void) | undefined {
    const { xid, zxid, errno } = readReplyHeader(reader);
    if (xid === Xid.ping) return undefined;
    if (xid === Xid.watchEvent) {
      const event = readWatcherEvent(reader);
      return () => this.#handlers.watch(event);
    }
    if (xid === Xid.auth) return this.#authReply(errno, reader);
    // Notifications carry -1, replies to auth 0.
    if (zxid > 0n) this.#lastZxid = zxid;
    const call = this.#sent.peek();
    if (call === undefined || call.xid !== xid)
      throw new Error(`a reply to request ${xid}, expected was ${call?.xid ?? "none"}`);
    if (errno === 0) call.succeed(reader);
    this.#sent.shift();
    if (errno !== 0) call.fail(serverError(errno, call.op, call.path));
    return undefined;
  }

  #authReply(errno: number, reader: JuteReader): (() => void) | undefined {
    const credential = this.#unanswered.shift();
    if (credential === undefined) throw new Error("a reply to credentials that were not sent");
    const call = credential.added;
    if (errno === 0) {
      credential.added = undefined;
      call?.succeed(reader);
      return undefined;
    }
    return () => {
      // Taken back: with it no connection would last.
      call?.fail(serverError(errno, call.op, call.path));
      this.#authFailed();
    };
  }

  #authFailed(): void {
    this.#fault(new Error("the server refused the credentials"));
    this.#handlers.authFailed();
  }

  #failSent(code: "ZK_CONNECTION_LOSS" | "ZK_CLOSED", why: string): void {
    this.#greeted = false;
    for (const call of this.#sent.drain()) call.end(code, why, this.#lastError);
    // The next connection sends them again, with their callers waiting.
    this.#unanswered.drain();
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
