import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Logger, isServertechError } from "@servertech/core";
import { type WebSocket, WebSocketServer } from "ws";
import type { Accounts, User } from "../auth/accounts.ts";
import { type Sessions, sessionHash } from "../auth/sessions.ts";
import type { LimitName } from "../config.ts";
import { sessionIdOf } from "../http/cookies.ts";
import { type OriginRules, clientAddress, isAllowedOrigin } from "../http/origin.ts";
import { COMMON_HEADERS } from "../http/responses.ts";
import { BaseDialect } from "./base-dialect.ts";
import type { AuditEvent, Connection, ConnectionParts, Dialect } from "./connection.ts";
import { MAX_FRAME_BYTES } from "./parse.ts";
import { Close, ClientSocket } from "./socket.ts";
import type { HubMember, Notice } from "./user-hub.ts";
import { V2Dialect } from "./v2-dialect.ts";
import { PROTOCOL } from "./v2-events.ts";

export interface GatewayParts extends ConnectionParts {
  readonly sessions: Sessions;
  readonly accounts: Accounts;
}

export interface GatewayOptions extends OriginRules {
  readonly maxSockets: number;
  readonly maxSocketsPerUser: number;
}

interface MemberParts {
  readonly user: User;
  readonly socket: ClientSocket;
  readonly session: string;
  /** Where the client is. */
  readonly ip: string;
  readonly logger: Logger;
  readonly endSession: (member: Member, code: number) => Promise<void>;
}

/** Somebody who keeps running into a limit is written down at most this often. */
const LIMIT_NOTED_EVERY_MS = 60_000;

/** A client that is signed in. */
class Member implements HubMember, Connection {
  readonly id = randomBytes(9).toString("base64url");
  readonly #parts: MemberParts;
  readonly #limitsNoted = new Map<LimitName, number>();
  dialect: Dialect | undefined;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  get user(): User {
    return this.#parts.user;
  }

  get socket(): ClientSocket {
    return this.#parts.socket;
  }

  get session(): string {
    return this.#parts.session;
  }

  audit(event: AuditEvent, limit?: LimitName): void {
    if (limit !== undefined) {
      const now = performance.now();
      const noted = this.#limitsNoted.get(limit);
      if (noted !== undefined && now - noted < LIMIT_NOTED_EVERY_MS) return;
      this.#limitsNoted.set(limit, now);
    }
    const { user, ip, logger } = this.#parts;
    logger.info({ event, userId: user.id, ip, ...(limit === undefined ? {} : { limit }) }, event);
  }

  get userId(): number {
    return this.user.id;
  }

  logout(code: number): Promise<void> {
    return this.#parts.endSession(this, code);
  }

  onNotice(notice: Notice): void {
    if (notice.type !== "sessionEnded") this.dialect?.onNotice(notice);
    else if (notice.session === sessionHash(this.session)) this.socket.close(notice.code, "session ended");
  }
}

/** Accepts WebSockets, finds out whose they are, and keeps them until they end. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #options: GatewayOptions;
  readonly #server: WebSocketServer;
  readonly #members = new Set<Member>();
  #closing = false;

  constructor(parts: GatewayParts, options: GatewayOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    });
    parts.ai.onStatus(() => {
      for (const { dialect } of this.#members) dialect?.onAiStatus?.();
    });
  }

  get sockets(): number {
    return this.#server.clients.size;
  }

  /** The handler of `upgrade`. A browser cannot see why an upgrade was refused, so nearly all are accepted first. */
  readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    if (!isAllowedOrigin(request, this.#options)) return refuse(socket, "403 Forbidden");
    this.#server.handleUpgrade(request, socket, head, (ws) => void this.#welcome(ws, request));
  };

  async #welcome(ws: WebSocket, request: IncomingMessage): Promise<void> {
    const { logger } = this.#parts;
    const socket = new ClientSocket(ws, logger);
    try {
      if (this.#closing) return socket.close(Close.GoingAway);
      if (this.#server.clients.size > this.#options.maxSockets) return socket.close(Close.TryAgainLater);
      const session = sessionIdOf(request.headers.cookie);
      const user = session === undefined ? undefined : await this.#userOf(session);
      if (session === undefined || user === undefined) return socket.close(Close.PolicyViolation, "sign in");
      if (!socket.isOpen) return;
      const ip = clientAddress(request, this.#options);
      const member = new Member({ user, socket, session, ip, logger, endSession: this.#endSession });
      await this.#admit(member, ws.protocol === PROTOCOL);
    } catch (error) {
      if (isServertechError(error)) logger.warn({ err: error }, "cannot welcome a client");
      else logger.error({ err: error }, "cannot welcome a client");
      // Not 1008: that would sign the user out.
      socket.close(Close.ServerError);
    }
  }

  async #userOf(session: string): Promise<User | undefined> {
    const id = await this.#parts.sessions.userOf(session);
    return id === undefined ? undefined : this.#parts.accounts.byId(id);
  }

  async #admit(member: Member, speaksV2: boolean): Promise<void> {
    const { hub, logger } = this.#parts;
    const { socket, user } = member;
    if (hub.membersOf(user.id).size >= this.#options.maxSocketsPerUser) return socket.close(Close.TooManySockets);
    const dialect = speaksV2 ? new V2Dialect(member, this.#parts) : new BaseDialect(member, this.#parts);
    member.dialect = dialect;
    this.#members.add(member);
    socket.onClose(() => {
      this.#members.delete(member);
      hub.leave(member);
      dialect.close();
    });
    await hub.join(member);
    logger.debug({ userId: user.id, v2: speaksV2 }, "client connected");
    // A session that ended before the hub could say so.
    if ((await this.#parts.sessions.userOf(member.session)) === undefined) return socket.close(Close.PolicyViolation);
    await dialect.open();
    socket.handleWith((frame) => dialect.onFrame(frame));
  }

  readonly #endSession = async (member: Member, code: number): Promise<void> => {
    await this.endSession(member.session, member.user.id, Close.PolicyViolation);
    member.socket.close(code);
  };

  /** Deletes a session and closes its sockets on all instances with `code`. */
  async endSession(session: string, userId: number, code: number): Promise<void> {
    const { sessions, hub, ai } = this.#parts;
    await sessions.delete(session);
    await hub.publish(userId, { type: "sessionEnded", session: sessionHash(session), code });
    if (hub.membersOf(userId).size <= 1) await ai.revoke(userId);
  }

  /** To be called every few seconds: pings whose time has come, and cuts off clients that answer none. */
  ping(): void {
    for (const { socket } of this.#members) socket.ping();
  }

  /** To be called at least every 60 s: closes the sockets of sessions that expired. */
  async closeExpired(): Promise<void> {
    const members = [...this.#members];
    const PAGE = 500;
    for (let start = 0; start < members.length; start += PAGE) {
      const page = members.slice(start, start + PAGE);
      const gone = await this.#parts.sessions.gone([...new Set(page.map(({ session }) => session))]);
      for (const { session, socket } of page)
        if (gone.has(session)) socket.close(Close.PolicyViolation, "session expired");
    }
  }

  /** Tells every client to come back later, elsewhere. */
  async close({ timeoutMs = 5_000 }: { timeoutMs?: number | undefined } = {}): Promise<void> {
    this.#closing = true;
    for (const { dialect, socket } of this.#members) {
      dialect?.onShutdown?.();
      socket.close(Close.GoingAway, "server shutdown");
    }
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const late = setTimeout(() => {
      for (const ws of this.#server.clients) ws.terminate();
    }, timeoutMs);
    await closed;
    clearTimeout(late);
  }
}

function refuse(socket: Duplex, status: string): void {
  const headers = Object.entries(COMMON_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join("")}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
