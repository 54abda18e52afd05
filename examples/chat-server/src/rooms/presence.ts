import type { Logger } from "@servertech/core";
import type { RedisPool, Subscription } from "@servertech/redis-pool";
import type { User } from "../auth/accounts.ts";
import { INSTANCES_KEY, PRESENCE_CHANNEL, presenceKey } from "./room-keys.ts";
import { BUILTIN_ROOMS } from "./rooms.ts";

/** A user who is online, and the rooms they are in besides those that everybody is in. */
interface OnlineUser {
  readonly username: string;
  readonly rooms: readonly string[];
}

/** What instances tell each other. `n` counts those of an instance: a gap shows that one was lost. */
type Announcement =
  | {
      readonly from: string;
      readonly n: number;
      readonly came: readonly (readonly [userId: number, user: OnlineUser])[];
      readonly went: readonly number[];
    }
  | { readonly from: string; readonly ended: true };

interface OwnUser {
  user: OnlineUser;
  sockets: number;
}

interface OtherInstance {
  /** The announcement up to which its users are known. */
  n: number;
  readonly users: Map<number, OnlineUser>;
}

export interface PresenceParts {
  readonly redis: RedisPool;
  readonly instanceId: string;
  readonly logger: Logger;
}

/** The users of an instance that was killed are offline after this. */
const TTL_MS = 45_000;
/** All users of all instances are read again on each second renewal. */
const READ_ALL_EVERY = 2;
/** The field of an instance's users that holds the number of its last announcement. */
const N_FIELD = "n";

const everybodysRooms: ReadonlySet<string> = new Set(BUILTIN_ROOMS.map(({ id }) => id));

/**
 * Who is online, over all instances. Each instance keeps its users in `presence:<instance>`, says on a channel what
 * changes, and knows the users of the others.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #own = new Map<number, OwnUser>();
  readonly #others = new Map<string, OtherInstance>();
  /** Users of this instance that changed and were not announced yet. */
  readonly #changed = new Set<number>();
  readonly #listeners = new Set<(roomIds: ReadonlySet<string>) => void>();
  #n = 0;
  #renewals = 0;
  #subscription: Promise<Subscription> | undefined;
  #closed = false;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  /** Tells which rooms others may be online in now. */
  onChange(listener: (roomIds: ReadonlySet<string>) => void): void {
    this.#listeners.add(listener);
  }

  /** A socket of a user has come, who is in these rooms. */
  join({ id, username }: User, roomIds: Iterable<string>): void {
    const known = this.#own.get(id);
    if (known === undefined) this.#own.set(id, { user: { username, rooms: [] }, sockets: 1 });
    else known.sockets += 1;
    if (known === undefined) this.#note(id, everybodysRooms);
    this.moved(id, roomIds);
  }

  /** A socket of a user has gone. */
  leave(userId: number): void {
    const known = this.#own.get(userId);
    if (known === undefined) return;
    known.sockets -= 1;
    if (known.sockets > 0) return;
    this.#own.delete(userId);
    this.#note(userId, roomsOf(known.user));
  }

  /** A user is in other rooms than before. */
  moved(userId: number, roomIds: Iterable<string>): void {
    const known = this.#own.get(userId);
    if (known === undefined) return;
    const before = known.user;
    const rooms = [...roomIds].filter((roomId) => !everybodysRooms.has(roomId)).toSorted();
    if (rooms.join() === before.rooms.join()) return;
    known.user = { ...before, rooms };
    this.#note(userId, new Set([...before.rooms, ...rooms]));
  }

  #note(userId: number, roomIds: ReadonlySet<string>): void {
    this.#changed.add(userId);
    this.#tell(roomIds);
  }

  #tell(roomIds: ReadonlySet<string>): void {
    for (const listener of this.#listeners) listener(roomIds);
  }

  /** The names of those who are in a room and online, by id. */
  online(roomId: string): Map<number, string> {
    const names = new Map<number, string>();
    const isEverybodys = everybodysRooms.has(roomId);
    const add = (id: number, { username, rooms }: OnlineUser): void => {
      if (isEverybodys || rooms.includes(roomId)) names.set(id, username);
    };
    for (const { users } of this.#others.values()) for (const [id, user] of users) add(id, user);
    for (const [id, { user }] of this.#own) add(id, user);
    return names;
  }

  /** To be called every second: stores and announces what has changed here. */
  async announce(): Promise<void> {
    if (this.#changed.size === 0 || this.#closed) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    const came = changed.flatMap((id): [number, OnlineUser][] => {
      const own = this.#own.get(id);
      return own === undefined ? [] : [[id, own.user]];
    });
    const went = changed.filter((id) => !this.#own.has(id));
    const { redis, instanceId, logger } = this.#parts;
    this.#n += 1;
    const n = this.#n;
    try {
      const key = presenceKey(instanceId);
      if (went.length > 0) await redis.commands.hdel(key, ...went.map(String));
      await redis.commands.hset(key, N_FIELD, n, ...fieldsOf(came));
      await this.#publish({ from: instanceId, n, came, went });
    } catch (error) {
      for (const id of changed) this.#changed.add(id);
      logger.debug({ err: error }, "cannot tell who is online");
    }
  }

  /** To be called at once and then every 15 s: keeps this instance's users online, and forgets those of instances that are gone. */
  async renew(): Promise<void> {
    if (this.#closed) return;
    const { redis, instanceId, logger } = this.#parts;
    const key = presenceKey(instanceId);
    try {
      await this.#subscribed();
      const own = [...this.#own].map(([id, { user }]): [number, OnlineUser] => [id, user]);
      await redis.commands.hset(key, N_FIELD, this.#n, ...fieldsOf(own));
      await redis.commands.pexpire(key, TTL_MS);
      await redis.commands.sadd(INSTANCES_KEY, instanceId);
      await this.#readOthers();
    } catch (error) {
      logger.debug({ err: error }, "cannot keep who is online");
    }
  }

  async #subscribed(): Promise<void> {
    const hear = (text: string): void => this.#hear(JSON.parse(text) as Announcement);
    this.#subscription ??= this.#parts.redis.subscribe(PRESENCE_CHANNEL, hear, {
      onGap: () => {
        this.#renewals = 0;
      },
    });
    try {
      await this.#subscription;
    } catch (error) {
      this.#subscription = undefined;
      throw error;
    }
  }

  #hear(announcement: Announcement): void {
    const { from } = announcement;
    if (from === this.#parts.instanceId) return;
    if ("ended" in announcement) return this.#forget(from);
    const { n, came, went } = announcement;
    const known = this.#others.get(from);
    if (known === undefined || n > known.n + 1) {
      void this.#read(from).catch((error: unknown) =>
        this.#parts.logger.debug({ err: error }, "cannot read who is online"),
      );
      return;
    }
    if (n <= known.n) return;
    known.n = n;
    const touched = new Set<string>();
    const note = (user: OnlineUser | undefined): void => {
      if (user !== undefined) for (const roomId of roomsOf(user)) touched.add(roomId);
    };
    for (const [id, user] of came) {
      note(known.users.get(id));
      note(user);
      known.users.set(id, user);
    }
    for (const id of went) {
      note(known.users.get(id));
      known.users.delete(id);
    }
    this.#tell(touched);
  }

  async #readOthers(): Promise<void> {
    const all = this.#renewals % READ_ALL_EVERY === 0;
    this.#renewals += 1;
    const listed = new Set(await this.#parts.redis.commands.smembers(INSTANCES_KEY));
    listed.delete(this.#parts.instanceId);
    for (const id of this.#others.keys()) if (!listed.has(id)) this.#forget(id);
    for (const id of listed) {
      if (all || !this.#others.has(id)) await this.#read(id);
      else if ((await this.#parts.redis.commands.exists(presenceKey(id))) === 0) await this.#bury(id);
    }
  }

  /** Reads an instance's users. What was heard of later than that stays. */
  async #read(instanceId: string): Promise<void> {
    const { [N_FIELD]: n, ...fields } = await this.#parts.redis.commands.hgetall(presenceKey(instanceId));
    if (n === undefined) return this.#bury(instanceId);
    const known = this.#others.get(instanceId);
    if (this.#closed || (known !== undefined && known.n > Number(n))) return;
    const users = Object.entries(fields).map(([id, user]): [number, OnlineUser] => [
      Number(id),
      JSON.parse(user) as OnlineUser,
    ]);
    const before = known?.users ?? new Map<number, OnlineUser>();
    const same = before.size === users.length && users.every(([id, user]) => sameUser(before.get(id), user));
    this.#others.set(instanceId, { n: Number(n), users: new Map(users) });
    if (!same) this.#tell(roomsOfAll([...before.values(), ...users.map(([, user]) => user)]));
  }

  /** The instance has not renewed its users: it was killed. */
  async #bury(instanceId: string): Promise<void> {
    await this.#parts.redis.commands.srem(INSTANCES_KEY, instanceId);
    this.#forget(instanceId);
  }

  #forget(instanceId: string): void {
    const known = this.#others.get(instanceId);
    if (known === undefined) return;
    this.#others.delete(instanceId);
    this.#tell(roomsOfAll(known.users.values()));
  }

  async #publish(announcement: Announcement): Promise<void> {
    await this.#parts.redis.commands.publish(PRESENCE_CHANNEL, JSON.stringify(announcement));
  }

  /** The users of this instance are offline. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { redis, instanceId, logger } = this.#parts;
    try {
      await redis.commands.del(presenceKey(instanceId));
      await redis.commands.srem(INSTANCES_KEY, instanceId);
      await this.#publish({ from: instanceId, ended: true });
      await (await this.#subscription)?.close();
    } catch (error) {
      // The others notice within 45 s.
      logger.debug({ err: error }, "cannot tell that this instance ends");
    }
  }
}

function fieldsOf(users: readonly (readonly [userId: number, user: OnlineUser])[]): string[] {
  return users.flatMap(([id, user]) => [String(id), JSON.stringify(user)]);
}

function roomsOf({ rooms }: OnlineUser): Set<string> {
  return new Set([...everybodysRooms, ...rooms]);
}

function roomsOfAll(users: Iterable<OnlineUser>): Set<string> {
  return new Set([...everybodysRooms, ...[...users].flatMap(({ rooms }) => rooms)]);
}

function sameUser(a: OnlineUser | undefined, b: OnlineUser): boolean {
  return a !== undefined && a.username === b.username && a.rooms.join() === b.rooms.join();
}
