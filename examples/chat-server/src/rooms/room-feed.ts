import { type Logger, sleep } from "@servertech/core";
import type { RedisPool, Subscription } from "@servertech/redis-pool";
import type { History } from "./history.ts";
import { type Deletions, deletedId } from "./deletions.ts";
import { compareIds, timeOf } from "./message-id.ts";
import { roomChannel } from "./room-keys.ts";
import { type Message, type Publication, type StoredMessage, decodePublication } from "./room-message.ts";

/** The messages of one client event, oldest first; never empty. */
export interface RoomEvent {
  readonly roomId: string;
  readonly messages: readonly Message[];
}

/** Who hears what is said in a room. */
export interface Listener {
  onEvent(event: RoomEvent): void;
  /** A message was taken back. May be told more than once. */
  onDeleted(roomId: string, messageId: string): void;
  /** Redis lost messages that had been delivered: what is known of the room is no longer true. */
  onReset(roomId: string): void;
}

export interface FeedParts {
  readonly redis: RedisPool;
  readonly history: History;
  readonly deletions: Deletions;
  readonly logger: Logger;
}

/** What is heard on the channel of a room. */
type Heard = Publication | { readonly deletedId: string };

const PAGE = 500;
/** Publications that wait for a repair. Beyond it they are dropped: the repair reads them from the stream. */
const MAX_HELD = 1_000;
const RETRY_MS = 250;

/**
 * One room's messages on this instance, in the order of the stream, each once.
 *
 * The stream is the truth; what is published only wakes up. Each publication names the id before it: when that is not
 * the last one delivered, something was missed and is read from the stream while later publications wait.
 */
class RoomFeed {
  readonly listeners = new Set<Listener>();
  readonly #roomId: string;
  readonly #parts: FeedParts;
  #lastId = "";
  /** Publications that came while the stream is read; undefined when it is not. */
  #held: Heard[] | undefined = [];
  #subscription: Subscription | undefined;
  #closed = false;

  constructor(roomId: string, parts: FeedParts) {
    this.#roomId = roomId;
    this.#parts = parts;
  }

  /** Subscribes first and asks for the last id then: what is said in between waits. */
  async open(): Promise<void> {
    const { redis, history } = this.#parts;
    this.#subscription = await redis.subscribe(roomChannel(this.#roomId), (text) => this.#onPublication(text), {
      onGap: () => void this.#repair(),
    });
    this.#lastId = (await history.state(this.#roomId)).lastId;
    this.#release();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#subscription?.close();
  }

  #onPublication(text: string): void {
    const id = deletedId(text);
    const heard = id === undefined ? decodePublication(text) : { deletedId: id };
    if (this.#held === undefined) this.#accept(heard);
    else if (this.#held.length < MAX_HELD) this.#held.push(heard);
  }

  #accept(heard: Heard): void {
    if ("deletedId" in heard) this.#tellDeleted(heard.deletedId);
    else this.#acceptMessages(heard);
  }

  #tellDeleted(messageId: string): void {
    for (const listener of this.listeners) listener.onDeleted(this.#roomId, messageId);
  }

  #acceptMessages(publication: Publication): void {
    const last = publication.messages.at(-1);
    if (last === undefined || compareIds(last.id, this.#lastId) <= 0) return;
    if (publication.previousId === this.#lastId) this.#deliver(publication.messages);
    else {
      void this.#repair();
      this.#held?.push(publication);
    }
  }

  #deliver(messages: readonly Message[]): void {
    this.#lastId = messages.at(-1)?.id ?? this.#lastId;
    const event = { roomId: this.#roomId, messages };
    for (const listener of this.listeners) listener.onEvent(event);
  }

  /** Lets the publications that waited through. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    while (held.length > 0 && this.#held === undefined) this.#accept(held.shift() as Heard);
    // One of them showed another gap: the rest waits for that one's end.
    if (held.length > 0) (this.#held as unknown as Heard[]).push(...held);
  }

  /** Reads the stream from the last id delivered until there is nothing more, however long Redis is away. */
  async #repair(): Promise<void> {
    if (this.#held !== undefined) return;
    this.#held = [];
    while (!this.#closed) {
      try {
        await this.#deliverMissed();
        break;
      } catch (error) {
        this.#parts.logger.warn({ err: error, roomId: this.#roomId }, "cannot read a room's messages, trying again");
        await sleep(RETRY_MS, { ref: false });
      }
    }
    if (!this.#closed) this.#release();
  }

  async #deliverMissed(): Promise<void> {
    const { history, deletions } = this.#parts;
    const since = timeOf(this.#lastId);
    let rest: StoredMessage[] = [];
    for (;;) {
      const from = rest.at(-1)?.id ?? this.#lastId;
      const page = await history.after(this.#roomId, from, PAGE);
      rest.push(...page);
      const { events, open } = groupByEvent(rest);
      for (const event of events) this.#deliver(await history.withNames(event));
      rest = open;
      if (page.length < PAGE) break;
    }
    // The rest of its event was trimmed away: what is there is all there will be.
    if (rest.length > 0) this.#deliver(await history.withNames(rest));
    const deleted = await deletions.since(this.#roomId, since);
    if (deleted === undefined) for (const listener of this.listeners) listener.onReset(this.#roomId);
    else for (const id of deleted) this.#tellDeleted(id);
  }

  /** Compares with the stream: a lost last publication has no successor to reveal it. */
  async check(): Promise<void> {
    if (this.#held !== undefined) return;
    const { lastId } = await this.#parts.history.state(this.#roomId);
    const order = compareIds(lastId, this.#lastId);
    if (order > 0) await this.#repair();
    if (order >= 0 || this.#held !== undefined) return;
    // What was delivered since the question was asked is no loss.
    const { lastId: again } = await this.#parts.history.state(this.#roomId);
    if (compareIds(again, this.#lastId) >= 0) return;
    this.#parts.logger.error(
      { roomId: this.#roomId, lastId: again, had: this.#lastId },
      "Redis lost messages of a room",
    );
    this.#lastId = again;
    for (const listener of this.listeners) listener.onReset(this.#roomId);
  }
}

/** Groups messages read back from a stream into the client events they came in. */
export function groupByEvent(messages: readonly StoredMessage[]): { events: StoredMessage[][]; open: StoredMessage[] } {
  const events: StoredMessage[][] = [];
  let open: StoredMessage[] = [];
  for (const message of messages) {
    open.push(message);
    if (message.left === 0) {
      events.push(open);
      open = [];
    }
  }
  return { events, open };
}

/** The feeds of the rooms that somebody on this instance listens to. */
export class RoomFeeds {
  readonly #parts: FeedParts;
  readonly #feeds = new Map<string, { feed: RoomFeed; opened: Promise<void> }>();

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  get rooms(): number {
    return this.#feeds.size;
  }

  /**
   * From the moment this resolves the listener hears everything that is said. What it must not hear twice it has to
   * read from the stream afterwards.
   */
  async join(roomId: string, listener: Listener): Promise<void> {
    let entry = this.#feeds.get(roomId);
    if (entry === undefined) {
      const feed = new RoomFeed(roomId, this.#parts);
      entry = { feed, opened: feed.open() };
      this.#feeds.set(roomId, entry);
    }
    entry.feed.listeners.add(listener);
    try {
      await entry.opened;
    } catch (error) {
      this.leave(roomId, listener);
      throw error;
    }
  }

  leave(roomId: string, listener: Listener): void {
    const entry = this.#feeds.get(roomId);
    if (entry === undefined || !entry.feed.listeners.delete(listener) || entry.feed.listeners.size > 0) return;
    this.#feeds.delete(roomId);
    entry.feed.close().catch((error: unknown) => this.#parts.logger.warn({ err: error, roomId }, "cannot unsubscribe"));
  }

  /** To be called every few seconds. */
  async check(): Promise<void> {
    await Promise.all(
      [...this.#feeds.values()].map(({ feed }) =>
        feed.check().catch((error: unknown) => this.#parts.logger.debug({ err: error }, "cannot check a room")),
      ),
    );
  }
}
