/** The records that travel, field by field as the server declares them in zookeeper.jute. */
import type { Acl } from "./acl.ts";
import { type JuteReader, JuteWriter } from "./jute.ts";

export const Opcode = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  removeWatches: 18,
  createContainer: 19,
  auth: 100,
  setWatches2: 105,
  addWatch: 106,
  closeSession: -11,
} as const;

/** xids with a meaning of their own; requests count from 1. */
export const Xid = { watchEvent: -1, ping: -2, auth: -4, setWatches: -8 } as const;

export const CreateFlags = { persistent: 0, ephemeral: 1, persistentSequential: 2, ephemeralSequential: 3 } as const;
export const CONTAINER_FLAGS = 4;

/** How a node of {@link ZooKeeperClient.create} lives. */
export type CreateMode = keyof typeof CreateFlags;

export const WatchModes = { persistent: 0, persistentRecursive: 1 } as const;
/** A watch that stays: on a node and its children, or on a node and all below it. */
export type WatchMode = keyof typeof WatchModes;

const EVENT_TYPES = {
  1: "created",
  2: "deleted",
  3: "dataChanged",
  4: "childrenChanged",
} as const;

/** What happened to a node. A recursive watch never tells `childrenChanged`. */
export type WatchEventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/** A node's state, as the server keeps it. Times in milliseconds since 1970. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** The session that an ephemeral node lives with, `0n` of other nodes. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
}

export const PASSWORD_BYTES = 16;

export interface ConnectRequest {
  readonly lastZxid: bigint;
  readonly timeoutMs: number;
  /** `0n` asks for a new session. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
}

/** The first frame of a connection: no header. */
export function connectRequest({ lastZxid, timeoutMs, sessionId, password }: ConnectRequest): Buffer {
  return new JuteWriter().int(0).long(lastZxid).int(timeoutMs).long(sessionId).buffer(password).boolean(false).frame();
}

export interface ConnectResponse {
  /** 0 or less: the session is refused. */
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Buffer;
}

/** The trailing `readOnly` may be absent and is not used. */
export function readConnectResponse(reader: JuteReader): ConnectResponse {
  reader.int();
  const timeoutMs = reader.int();
  const sessionId = reader.long();
  return { timeoutMs, sessionId, password: reader.buffer() ?? Buffer.alloc(PASSWORD_BYTES) };
}

const XID_OFFSET = 4;

/** A writer that has the header of a request; the xid is set by {@link setXid}, once it is sent. */
export function request(opcode: number): JuteWriter {
  return new JuteWriter().int(0).int(opcode);
}

export function setXid(frame: Buffer, xid: number): void {
  frame.writeInt32BE(xid, XID_OFFSET);
}

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: bigint;
  /** Not 0: the call failed, and no body follows. */
  readonly errno: number;
}

export function readReplyHeader(reader: JuteReader): ReplyHeader {
  return { xid: reader.int(), zxid: reader.long(), errno: reader.int() };
}

export interface WatcherEvent {
  /** Undefined for what is no change of a node, such as the end of a watch. */
  readonly type: WatchEventType | undefined;
  readonly path: string;
}

export function readWatcherEvent(reader: JuteReader): WatcherEvent {
  const type = reader.int();
  reader.int();
  return { type: (EVENT_TYPES as Record<number, WatchEventType | undefined>)[type], path: reader.string() ?? "" };
}

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: reader.long(),
    mzxid: reader.long(),
    ctimeMs: Number(reader.long()),
    mtimeMs: Number(reader.long()),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.long(),
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: reader.long(),
  };
}

export function writeAcls(writer: JuteWriter, acls: readonly Acl[]): JuteWriter {
  return writer.vector(acls, (w, { perms, scheme, id }) => w.int(perms).string(scheme).string(id));
}

export function authRequest(scheme: string, auth: string): Buffer {
  const frame = request(Opcode.auth).int(0).string(scheme).buffer(Buffer.from(auth)).frame();
  setXid(frame, Xid.auth);
  return frame;
}

export function pingRequest(): Buffer {
  const frame = request(Opcode.ping).frame();
  setXid(frame, Xid.ping);
  return frame;
}

/** Java's client splits at this length: its server reads no longer frame of watches by default. */
const MAX_WATCHES_BYTES = 131_072;

/** Frames that set watches again on a new connection, as many as it takes. */
export function setWatchesRequests(
  lastZxid: bigint,
  watches: ReadonlyMap<string, { readonly mode: WatchMode }>,
): Buffer[] {
  const frames: Buffer[] = [];
  let persistent: string[] = [];
  let recursive: string[] = [];
  let bytes = 0;
  const flush = () => {
    const writer = request(Opcode.setWatches2).long(lastZxid);
    for (const paths of [[], [], [], persistent, recursive]) writer.vector(paths, (w, path) => w.string(path));
    const frame = writer.frame();
    setXid(frame, Xid.setWatches);
    frames.push(frame);
    persistent = [];
    recursive = [];
    bytes = 0;
  };
  for (const [path, { mode }] of watches) {
    const cost = 4 + Buffer.byteLength(path);
    if (bytes > 0 && bytes + cost > MAX_WATCHES_BYTES) flush();
    (mode === "persistent" ? persistent : recursive).push(path);
    bytes += cost;
  }
  if (bytes > 0) flush();
  return frames;
}
