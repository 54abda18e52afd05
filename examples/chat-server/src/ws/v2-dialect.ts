/**
 * `servertech.v2`, the dialect of our own page: `hello`, one `roomCatchup` per room, `ready`, then what happens, each
 * thing once and in order, also over a reconnect. Every request is answered once, by a reply or by an `error`.
 */
import { isServertechError } from "@servertech/core";
import { FIRST_ID, isMessageId } from "../rooms/message-id.ts";
import { NOTHING_READ, type ReadMark } from "../rooms/read-marks.ts";
import type { RoomEvent } from "../rooms/room-feed.ts";
import type { Room } from "../rooms/rooms.ts";
import type { Connection, ConnectionParts, Dialect } from "./connection.ts";
import { BadEvent, type ClientEnvelope, parseEnvelope, record } from "./parse.ts";
import { RoomSeat } from "./room-seat.ts";
import { Close } from "./socket.ts";
import { TextFrame } from "./text-frame.ts";
import type { Notice } from "./user-hub.ts";
import { AiRequests } from "./v2-ai.ts";
import { Refusal, limits, wireMessage } from "./v2-events.ts";
import { RoomRequests } from "./v2-rooms.ts";

const RESUME_TIMEOUT_MS = 10_000;
const MAX_RESUMED = 500;
const BAD_EVENTS = { count: 10, windowMs: 60_000 };

/** One kind of request: what it does, and the event that answers it. */
export type RequestHandler = (payload: ClientEnvelope["payload"]) => Promise<Reply | undefined>;
export interface Reply {
  readonly type: string;
  readonly payload: object;
  /** Called once the reply is on its way. */
  readonly sent?: () => void;
}

export class V2Dialect implements Dialect {
  readonly #connection: Connection;
  readonly #parts: ConnectionParts;
  readonly #seats = new Map<string, RoomSeat>();
  readonly #ai: AiRequests;
  readonly #rooms: RoomRequests;
  /** Told to others as online. */
  #isPresent = false;
  readonly #handlers: ReadonlyMap<string, RequestHandler>;
  /** Ends when `hello` is sent. */
  #greeting: Promise<void> | undefined;
  #resumed = false;
  #resumeTimer: NodeJS.Timeout | undefined;
  readonly #badEvents: number[] = [];

  constructor(connection: Connection, parts: ConnectionParts) {
    this.#connection = connection;
    this.#parts = parts;
    const send = (type: string, payload: object): void => this.#send(type, payload);
    this.#ai = new AiRequests(connection, parts, send);
    this.#rooms = new RoomRequests(connection, parts, {
      send,
      isMember: (roomId) => this.#seats.has(roomId),
      enter: (room) => this.#enter(room),
    });
    this.#handlers = new Map<string, RequestHandler>([...this.#rooms.handlers, ...this.#ai.handlers]);
  }

  open(): Promise<void> {
    this.#greeting = this.#greet();
    return this.#greeting;
  }

  async #greet(): Promise<void> {
    const { ai, rooms, presence, nonceTtlS } = this.#parts;
    const { user, socket } = this.#connection;
    this.#resumeTimer = setTimeout(() => socket.close(Close.NoResume, "no resume"), RESUME_TIMEOUT_MS);
    const all = await rooms.of(user.id);
    await Promise.all(all.map((room) => this.#join(room)));
    this.#send("hello", {
      protocol: 2,
      me: { id: user.id, username: user.username },
      serverTime: Date.now(),
      limits: limits(nonceTtlS),
      rooms: await this.#roomStates(all),
      ai: ai.status(),
    });
    ai.learn(user.id);
    if (!socket.isOpen) return;
    this.#isPresent = true;
    presence.join(user, this.#seats.keys());
  }

  close(): void {
    clearTimeout(this.#resumeTimer);
    for (const seat of this.#seats.values()) this.#parts.feeds.leave(seat.roomId, seat);
    this.#ai.close();
    this.#rooms.close();
    if (this.#isPresent) this.#parts.presence.leave(this.#connection.user.id);
  }

  onShutdown(): void {
    this.#send("serverClosing", { retryAfterMs: Math.floor(Math.random() * 5_000) });
  }

  onAiStatus(): void {
    this.#send("aiStatus", this.#parts.ai.status());
  }

  async #join({ id }: Room): Promise<RoomSeat> {
    const seat = new RoomSeat(id, {
      deliver: (event) => this.#connection.socket.send(v2Frame(event)),
      reset: (roomId) => void this.#catchUp(roomId, undefined).catch((error: unknown) => this.#fail(error)),
      deleted: (roomId, messageId) => this.#send("messageDeleted", { roomId, messageId }),
    });
    this.#seats.set(id, seat);
    await this.#parts.feeds.join(id, seat);
    return seat;
  }

  async #roomStates(rooms: readonly Room[]): Promise<object[]> {
    const { history, readMarks } = this.#parts;
    const { user } = this.#connection;
    const ids = rooms.map(({ id }) => id);
    const [states, totals, marks] = await Promise.all([
      Promise.all(ids.map((id) => history.state(id))),
      history.counts(ids),
      readMarks.of(user.id),
    ]);
    return Promise.all(
      rooms.map(async (room, index) => {
        const lastId = states[index]?.lastId ?? FIRST_ID;
        const total = totals[index] ?? 0;
        // What was said before somebody came is not unread.
        const mark = marks.get(room.id) ?? (await this.#firstMark(room.id, lastId, total));
        return { ...room, lastId, readId: mark.readId, unread: Math.max(0, total - mark.seq) };
      }),
    );
  }

  async #firstMark(roomId: string, lastId: string, seq: number): Promise<ReadMark> {
    if (lastId === FIRST_ID) return NOTHING_READ;
    return this.#parts.readMarks.markSeq(this.#connection.user.id, roomId, lastId, seq);
  }

  async onFrame(frame: Buffer): Promise<void> {
    let ref: number | undefined;
    try {
      const envelope = parseEnvelope(frame);
      ({ ref } = envelope);
      const reply = await this.#handle(envelope);
      if (reply === undefined) return;
      this.#send(reply.type, reply.payload, ref);
      reply.sent?.();
    } catch (error) {
      this.#refuse(error, ref);
    }
  }

  async #handle({ type, payload }: ClientEnvelope): Promise<Reply | undefined> {
    if (type === "resume") return this.#resume(payload);
    if (type === "clientExit") {
      await this.#connection.logout(Close.Normal);
      return undefined;
    }
    const handler = this.#handlers.get(type);
    if (handler === undefined) throw new BadEvent(`unknown type ${JSON.stringify(type.slice(0, 40))}`);
    if (!this.#resumed) throw new BadEvent("resume must come first");
    return handler(payload);
  }

  #refuse(error: unknown, ref: number | undefined): void {
    if (error instanceof BadEvent) {
      this.#send("error", { code: "BAD_EVENT", message: error.message }, ref);
      this.#countBadEvent();
    } else if (error instanceof Refusal) {
      this.#send("error", { code: error.code, message: error.message, ...error.extra }, ref);
    } else {
      this.#fail(error);
      this.#send("error", { code: "UNAVAILABLE", message: "try again" }, ref);
    }
  }

  /** Redis and MySQL going away is told by their pools; anything else is a fault of ours. */
  #fail(error: unknown): void {
    const { logger } = this.#parts;
    const fields = { err: error, userId: this.#connection.user.id };
    if (isServertechError(error)) logger.warn(fields, "a request failed");
    else logger.error(fields, "a request failed");
  }

  #countBadEvent(): void {
    const now = performance.now();
    this.#badEvents.push(now);
    while ((this.#badEvents[0] ?? now) < now - BAD_EVENTS.windowMs) this.#badEvents.shift();
    if (this.#badEvents.length >= BAD_EVENTS.count)
      this.#connection.socket.close(Close.TooManyBadEvents, "too many bad events");
  }

  async #resume(payload: ClientEnvelope["payload"]): Promise<undefined> {
    if (this.#resumed) throw new BadEvent("resume comes once");
    const known = record(payload.rooms ?? {});
    const generations = record(payload.generations ?? {});
    if (Object.keys(known).length > MAX_RESUMED) throw new BadEvent(`rooms: at most ${MAX_RESUMED}`);
    this.#resumed = true;
    clearTimeout(this.#resumeTimer);
    for (const roomId of this.#seats.keys()) {
      const id = known[roomId];
      await this.#catchUp(roomId, typeof id === "string" && isMessageId(id) ? id : undefined);
    }
    this.#send("ready", {});
    await this.#ai.resume(generations);
    return undefined;
  }

  /** Sends what the client misses of a room; what is said meanwhile waits. */
  async #catchUp(roomId: string, knownId: string | undefined): Promise<void> {
    const seat = this.#seats.get(roomId);
    if (seat === undefined) return;
    seat.hold();
    const { reset, messages, deleted, hasMore } = await this.#parts.history.catchUp(roomId, knownId);
    const more = reset ? { hasMoreMessages: hasMore } : {};
    this.#send("roomCatchup", { roomId, reset, messages: messages.map(wireMessage), deleted, ...more });
    seat.goLive(messages.at(-1)?.id ?? (reset ? FIRST_ID : (knownId ?? FIRST_ID)));
  }

  onNotice(notice: Notice): void {
    switch (notice.type) {
      case "readState": {
        const { roomId, readId, unread } = notice;
        this.#send("readState", { roomId, readId, unread });
        break;
      }
      case "roomJoined":
        void this.#onJoined(notice.room as Room).catch((error: unknown) => this.#fail(error));
        break;
      case "roomLeft":
        this.#onLeft(notice.roomId);
        break;
      case "aiStarted":
      case "aiConversationChanged":
        this.#ai.onNotice(notice);
        break;
      case "sessionEnded":
        break; // the gateway's
    }
  }

  async #onJoined(room: Room): Promise<void> {
    // Before that the rooms were not read: this one will be among them.
    if (this.#greeting === undefined) return;
    await this.#greeting;
    if (this.#seats.has(room.id)) return;
    const { type, payload, sent } = await this.#enter(room);
    this.#send(type, payload);
    sent?.();
  }

  /** Takes a seat in a room that the user has joined. What is said there is heard once the socket has been told of it. */
  async #enter(room: Room): Promise<Reply> {
    if (this.#seats.has(room.id)) return { type: "roomJoined", payload: { room } };
    await this.#join(room);
    this.#parts.presence.moved(this.#connection.user.id, this.#seats.keys());
    const [state] = await this.#roomStates([room]);
    const sent = (): void => {
      // Else `resume` has it among its rooms.
      if (this.#resumed) void this.#catchUp(room.id, undefined).catch((error: unknown) => this.#fail(error));
    };
    return { type: "roomJoined", payload: { room: state }, sent };
  }

  #onLeft(roomId: string): void {
    const seat = this.#seats.get(roomId);
    if (seat === undefined) return;
    this.#seats.delete(roomId);
    this.#parts.feeds.leave(roomId, seat);
    this.#rooms.onLeft(roomId);
    this.#parts.presence.moved(this.#connection.user.id, this.#seats.keys());
    this.#send("roomLeft", { roomId });
  }

  #send(type: string, payload: object, ref?: number): void {
    this.#connection.socket.send(JSON.stringify(ref === undefined ? { type, payload } : { type, ref, payload }));
  }
}

const frames = new WeakMap<RoomEvent, TextFrame>();

/** The frame of an event, made once however many clients get it. */
function v2Frame(event: RoomEvent): TextFrame {
  let frame = frames.get(event);
  if (frame === undefined) {
    const { roomId, messages } = event;
    const payload = { roomId, messages: messages.map(wireMessage) };
    frame = new TextFrame(JSON.stringify({ type: "serverMessages", payload }));
    frames.set(event, frame);
  }
  return frame;
}
