import type { Logger } from "@servertech/core";
import type { AiClient } from "../ai/ai-client.ts";
import type { Generations } from "../ai/generations.ts";
import type { RoomAi } from "../ai/room-ai.ts";
import type { User } from "../auth/accounts.ts";
import type { RateLimits } from "../auth/rate-limit.ts";
import type { Deletions } from "../rooms/deletions.ts";
import type { LimitName } from "../config.ts";
import type { History } from "../rooms/history.ts";
import type { Posting } from "../rooms/post.ts";
import type { Presence } from "../rooms/presence.ts";
import type { ReadMarks } from "../rooms/read-marks.ts";
import type { RoomFeeds } from "../rooms/room-feed.ts";
import type { RoomViewers } from "../rooms/room-viewers.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { ClientSocket } from "./socket.ts";
import type { Notice, UserHub } from "./user-hub.ts";

export type AuditEvent = "AI key set" | "AI key deleted" | "limit";

/** A signed-in client. */
export interface Connection {
  /** Unique over all instances and restarts. */
  readonly id: string;
  readonly user: User;
  readonly socket: ClientSocket;
  /** Writes what the user did into the audit log: who, from where, when, and never what was said. */
  audit(event: AuditEvent, limit?: LimitName): void;
  /** Ends the session and closes all its sockets, this one with `code`. */
  logout(code: number): Promise<void>;
}

/** What is behind the sockets. */
export interface ConnectionParts {
  readonly rooms: Rooms;
  readonly feeds: RoomFeeds;
  readonly history: History;
  readonly posting: Posting;
  readonly deletions: Deletions;
  readonly readMarks: ReadMarks;
  readonly presence: Presence;
  readonly viewers: RoomViewers;
  /** Undefined: `@ai` is a word like any other. */
  readonly roomAi: RoomAi | undefined;
  readonly limits: RateLimits;
  readonly hub: UserHub;
  readonly ai: AiClient;
  readonly generations: Generations;
  readonly nonceTtlS: number;
  readonly logger: Logger;
}

/** What is spoken on a connection. */
export interface Dialect {
  /** Sends what a client gets first. */
  open(): Promise<void>;
  onFrame(frame: Buffer): Promise<void>;
  onNotice(notice: Notice): void;
  /** The socket is gone. */
  close(): void;
  /** The process is about to end. */
  onShutdown?(): void;
  onAiStatus?(): void;
}
