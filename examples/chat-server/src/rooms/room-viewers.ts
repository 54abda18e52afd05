import type { Logger } from "@servertech/core";
import type { RedisPool, Subscription } from "@servertech/redis-pool";
import type { User } from "../auth/accounts.ts";
import type { Presence } from "./presence.ts";
import { typingChannel } from "./room-keys.ts";

/** A socket that has a room on screen. */
export interface RoomViewer {
  readonly userId: number;
  show(frame: string): void;
}

interface ViewedRoom {
  readonly viewers: Set<RoomViewer>;
  /** Who the viewers have been told is online. */
  told: ReadonlyMap<number, string>;
  readonly subscribed: Promise<Subscription>;
}

export interface RoomViewersParts {
  readonly redis: RedisPool;
  readonly presence: Presence;
  readonly logger: Logger;
}

/** Users named at once; of more there is the number only. */
const MAX_NAMED = 200;
/** A typist is one for this long, unless they go on. */
const TYPING_TTL_MS = 5_000;

/** Who looks at which room on this instance; they see who is online there, and who types. */
export class RoomViewers {
  readonly #parts: RoomViewersParts;
  readonly #rooms = new Map<string, ViewedRoom>();
  /** Viewed rooms in which somebody has come or gone. */
  readonly #changed = new Set<string>();

  constructor(parts: RoomViewersParts) {
    this.#parts = parts;
    parts.presence.onChange((roomIds) => {
      for (const roomId of this.#rooms.keys()) if (roomIds.has(roomId)) this.#changed.add(roomId);
    });
  }

  /** The viewer sees the room from now on. Gives what is to be known at first. */
  async enter(roomId: string, viewer: RoomViewer): Promise<object> {
    let room = this.#rooms.get(roomId);
    if (room === undefined) {
      const subscribed = this.#parts.redis.subscribe(typingChannel(roomId), (text) =>
        this.#onTyping(roomId, JSON.parse(text) as User),
      );
      room = { viewers: new Set(), told: this.#parts.presence.online(roomId), subscribed };
      this.#rooms.set(roomId, room);
    }
    room.viewers.add(viewer);
    try {
      await room.subscribed;
    } catch (error) {
      this.leave(roomId, viewer);
      throw error;
    }
    const online = this.#parts.presence.online(roomId);
    // The others are told first what has changed since they came.
    if (room.viewers.size === 1) room.told = online;
    return { roomId, online: online.size, users: named(online) };
  }

  leave(roomId: string, viewer: RoomViewer): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined || !room.viewers.delete(viewer) || room.viewers.size > 0) return;
    this.#rooms.delete(roomId);
    this.#changed.delete(roomId);
    room.subscribed
      .then((subscription) => subscription.close())
      .catch((error: unknown) => this.#parts.logger.debug({ err: error }, "cannot unsubscribe from a room's typing"));
  }

  /** Tells all who look at the room, on every instance, that somebody types. */
  async typing(roomId: string, { id, username }: User): Promise<void> {
    await this.#parts.redis.commands.publish(typingChannel(roomId), JSON.stringify({ id, username }));
  }

  #onTyping(roomId: string, user: User): void {
    const frame = JSON.stringify({ type: "typing", payload: { roomId, user, ttlMs: TYPING_TTL_MS } });
    for (const viewer of this.#rooms.get(roomId)?.viewers ?? []) if (viewer.userId !== user.id) viewer.show(frame);
  }

  /** To be called every 2 s: tells viewers who has come and gone since. */
  tellChanges(): void {
    for (const roomId of this.#changed) {
      const room = this.#rooms.get(roomId);
      if (room !== undefined) this.#tellChange(roomId, room);
    }
    this.#changed.clear();
  }

  #tellChange(roomId: string, room: ViewedRoom): void {
    const now = this.#parts.presence.online(roomId);
    const joined = [...now].filter(([id]) => !room.told.has(id));
    const left = [...room.told.keys()].filter((id) => !now.has(id));
    room.told = now;
    if (joined.length === 0 && left.length === 0) return;
    const online = now.size;
    const few = joined.length <= MAX_NAMED && left.length <= MAX_NAMED;
    const frame = few
      ? { type: "presence", payload: { roomId, online, joined: named(joined), left } }
      : { type: "roomPresence", payload: { roomId, online, users: named(now) } };
    const text = JSON.stringify(frame);
    for (const viewer of room.viewers) viewer.show(text);
  }
}

function named(users: Iterable<readonly [id: number, username: string]>): User[] {
  return [...users].slice(0, MAX_NAMED).map(([id, username]) => ({ id, username }));
}
