import { randomBytes } from "node:crypto";
import type { DbPool } from "@servertech/db-pool";

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly kind: "builtin" | "public";
}

/** The rooms of servertech-chat, in its order. Everybody is in them. */
export const BUILTIN_ROOMS: readonly Room[] = [
  { id: "beast", name: "Boost.Beast", kind: "builtin" },
  { id: "async", name: "Boost.Async", kind: "builtin" },
  { id: "db", name: "Database connectors", kind: "builtin" },
  { id: "wasm", name: "Web assembly", kind: "builtin" },
];

export const MAX_MEMBERSHIPS = 200;

const ROOM_ID = /^[a-z0-9_]{1,32}$/;

/** Rooms and who is in them, in MySQL. */
export class Rooms {
  readonly #db: DbPool;
  /** Rooms are never renamed or removed: what was found once stays true. */
  readonly #known = new Map(BUILTIN_ROOMS.map((room) => [room.id, room]));

  constructor(db: DbPool) {
    this.#db = db;
  }

  /** A text becomes part of a key only after it was found here. */
  async get(id: string): Promise<Room | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined || !ROOM_ID.test(id)) return known;
    const found = await this.#db.maybeOne<Room>("SELECT id, name, kind FROM rooms WHERE id = ?", [id]);
    if (found !== undefined) this.#known.set(id, found);
    return found;
  }

  /** The rooms of a user: the builtin ones, then those joined, oldest membership first. */
  async of(userId: number): Promise<Room[]> {
    const sql = `SELECT r.id, r.name, r.kind FROM memberships m JOIN rooms r ON r.id = m.room_id
      WHERE m.user_id = ? AND m.left_at IS NULL AND r.kind = 'public' ORDER BY m.joined_at, r.id LIMIT ${MAX_MEMBERSHIPS}`;
    return [...BUILTIN_ROOMS, ...(await this.#db.query<Room>(sql, [userId]))];
  }

  /** Public rooms by name, those after `after` (a name), at most `limit`. */
  async search(query: string, after: string, limit: number): Promise<Room[]> {
    const like = `%${query.replaceAll(/[\\%_]/g, "\\$&")}%`;
    const sql = `SELECT id, name, kind FROM rooms WHERE kind = 'public' AND name LIKE ? AND name > ? ORDER BY name LIMIT ${limit}`;
    return this.#db.query<Room>(sql, [like, after]);
  }

  async create(userId: number, name: string): Promise<Room> {
    const room: Room = { id: `r${randomBytes(8).toString("hex")}`, name, kind: "public" };
    const sql = "INSERT INTO rooms (id, name, kind, created_by, created_at) VALUES (?, ?, 'public', ?, ?)";
    await this.#db.run(sql, [room.id, name, userId, Date.now()]);
    await this.join(userId, room.id);
    return room;
  }

  async join(userId: number, roomId: string): Promise<void> {
    const now = Date.now();
    const sql = `INSERT INTO memberships (user_id, room_id, joined_at, left_at) VALUES (?, ?, ?, NULL)
      ON DUPLICATE KEY UPDATE joined_at = IF(left_at IS NULL, joined_at, ?), left_at = NULL`;
    await this.#db.run(sql, [userId, roomId, now, now]);
  }

  async leave(userId: number, roomId: string): Promise<void> {
    const sql = "UPDATE memberships SET left_at = ? WHERE user_id = ? AND room_id = ? AND left_at IS NULL";
    await this.#db.run(sql, [Date.now(), userId, roomId]);
  }
}
