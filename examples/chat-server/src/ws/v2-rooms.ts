/** The requests of `servertech.v2` about rooms and their messages. */
import { isServertechError } from "@servertech/core";
import { AiFailure, asFailure } from "../ai/ai-client.ts";
import { callsAi } from "../ai/room-ai.ts";
import type { LimitName } from "../config.ts";
import { isMessageId } from "../rooms/message-id.ts";
import type { OutgoingMessage } from "../rooms/post.ts";
import { BUILTIN_ROOMS, MAX_MEMBERSHIPS, type Room } from "../rooms/rooms.ts";
import type { RoomViewer } from "../rooms/room-viewers.ts";
import type { Connection, ConnectionParts } from "./connection.ts";
import {
  BadEvent,
  type ClientEnvelope,
  MAX_MESSAGES_PER_EVENT,
  MAX_MESSAGE_CHARS,
  count,
  hasLoneSurrogate,
  list,
  nonce,
  optionalText,
  record,
  text,
} from "./parse.ts";
import type { Reply, RequestHandler } from "./v2-dialect.ts";
import { HISTORY_PAGE, Refusal, wireMessage } from "./v2-events.ts";

type Payload = ClientEnvelope["payload"];

// Control characters are what is looked for.
const CONTROL = /\p{Cc}/u;

/** One who types says so at most this often; more is dropped. */
const TYPING_EVERY_MS = 2_500;

interface RoomRequestsOptions {
  readonly isMember: (roomId: string) => boolean;
  /** Takes a seat in a room; gives what tells the client so. */
  readonly enter: (room: Room) => Promise<Reply>;
  /** Sends an event that answers no request. */
  readonly send: (type: string, payload: object) => void;
}

export class RoomRequests implements RoomViewer {
  readonly #connection: Connection;
  readonly #parts: ConnectionParts;
  readonly #isMember: (roomId: string) => boolean;
  readonly #send: RoomRequestsOptions["send"];
  readonly #enter: RoomRequestsOptions["enter"];
  /** The room on screen. */
  #viewed: string | undefined;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(connection: Connection, parts: ConnectionParts, { isMember, send, enter }: RoomRequestsOptions) {
    this.#connection = connection;
    this.#parts = parts;
    this.#isMember = isMember;
    this.#send = send;
    this.#enter = enter;
  }

  get handlers(): [type: string, handler: RequestHandler][] {
    return [
      ["clientMessages", (payload) => this.#post(payload)],
      ["requestRoomHistory", (payload) => this.#sendHistory(payload)],
      ["deleteMessage", (payload) => this.#deleteMessage(payload)],
      ["markRead", (payload) => this.#markRead(payload)],
      ["viewRoom", (payload) => this.#viewRoom(payload)],
      ["typing", (payload) => this.#typing(payload)],
      ["listRooms", (payload) => this.#listRooms(payload)],
      ["createRoom", (payload) => this.#createRoom(payload)],
      ["joinRoom", (payload) => this.#joinRoom(payload)],
      ["leaveRoom", (payload) => this.#leaveRoom(payload)],
    ];
  }

  get userId(): number {
    return this.#connection.user.id;
  }

  show(frame: string): void {
    this.#connection.socket.send(frame);
  }

  /** The user is not in the room any more. */
  onLeft(roomId: string): void {
    if (this.#viewed === roomId) this.close();
  }

  /** Nothing is on screen any more. */
  close(): void {
    if (this.#viewed !== undefined) this.#parts.viewers.leave(this.#viewed, this);
    this.#viewed = undefined;
  }

  async #viewRoom(payload: Payload): Promise<Reply | undefined> {
    const roomId = payload.roomId === null ? undefined : await this.#memberRoom(payload);
    if (roomId !== this.#viewed) this.close();
    if (roomId === undefined || !this.#connection.socket.isOpen) return undefined;
    this.#viewed = roomId;
    return { type: "roomPresence", payload: await this.#parts.viewers.enter(roomId, this) };
  }

  async #typing(payload: Payload): Promise<undefined> {
    const roomId = await this.#memberRoom(payload);
    const now = performance.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    await this.#parts.viewers.typing(roomId, this.#connection.user);
  }

  async #post(payload: Payload): Promise<Reply> {
    const messages = outgoingMessages(payload.messages);
    const roomId = await this.#memberRoom(payload);
    const nonces = messages.map((message) => message.nonce);
    const waitMs = await this.#take("messages", messages.length);
    if (waitMs > 0) throw new Refusal("RATE_LIMITED", "too many messages", { retryAfterMs: waitMs, roomId, nonces });
    const results = await this.#store(roomId, messages);
    const last = results.at(-1);
    // It is stored, whatever becomes of the mark: the next one makes up for it.
    if (last !== undefined) await this.#publishMark(roomId, last.id).catch((error: unknown) => this.#noMark(error));
    const call = messages.findLastIndex(({ content }) => callsAi(content));
    if (results[call]?.duplicate === false) void this.#callAi(roomId, results[call].id);
    return { type: "messagesAccepted", payload: { roomId, results } };
  }

  /** The AI answers in the room; why it does not is for the asker alone. */
  async #callAi(roomId: string, messageId: string): Promise<void> {
    const { roomAi, logger } = this.#parts;
    if (roomAi === undefined) return;
    try {
      const waitMs = await this.#take("ai");
      if (waitMs > 0) throw new AiFailure("AI_RATE_LIMITED", "too many questions", waitMs);
      await roomAi.answer(roomId, this.#connection.user, messageId);
    } catch (error) {
      const { code, message, retryAfterMs } = asFailure(error);
      logger.info({ err: error, roomId, userId: this.userId }, "no answer of the AI in a room");
      this.#send("error", { code, message, roomId, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) });
    }
  }

  #noMark(error: unknown): void {
    this.#parts.logger.info({ err: error, userId: this.userId }, "cannot move a read mark");
  }

  async #store(roomId: string, messages: readonly OutgoingMessage[]) {
    try {
      return await this.#parts.posting.post({ roomId, user: this.#connection.user, messages, ownNonces: true });
    } catch (error) {
      if (!isServertechError(error, "REDIS_UNAVAILABLE")) throw error;
      const nonces = messages.map((message) => message.nonce);
      throw new Refusal("UNAVAILABLE", "whether it was stored is unknown", { roomId, nonces });
    }
  }

  async #sendHistory(payload: Payload): Promise<Reply> {
    const before = text(payload.firstMessageId, "firstMessageId");
    if (!isMessageId(before)) throw new BadEvent("firstMessageId: must be the id of a message");
    const limit = count(payload.limit, "limit", 1, 100, HISTORY_PAGE);
    const roomId = await this.#memberRoom(payload);
    const { messages, hasMore } = await this.#parts.history.page(roomId, limit, before);
    return { type: "roomHistory", payload: { roomId, messages: messages.map(wireMessage), hasMoreMessages: hasMore } };
  }

  async #deleteMessage(payload: Payload): Promise<Reply> {
    const messageId = text(payload.messageId, "messageId");
    if (!isMessageId(messageId)) throw new BadEvent("messageId: must be the id of a message");
    const roomId = await this.#memberRoom(payload);
    const outcome = await this.#parts.deletions.delete(roomId, this.userId, messageId);
    if (outcome === "foreign") throw new Refusal("NOT_OWNER", "somebody else's message", { roomId });
    // One that is not there any more is what was asked for.
    return { type: "messageDeleted", payload: { roomId, messageId } };
  }

  async #markRead(payload: Payload): Promise<undefined> {
    const messageId = text(payload.messageId, "messageId");
    if (!isMessageId(messageId)) throw new BadEvent("messageId: must be the id of a message");
    await this.#publishMark(await this.#memberRoom(payload), messageId);
    return undefined;
  }

  /** Moves the mark and tells all of the user's sockets. */
  async #publishMark(roomId: string, messageId: string): Promise<void> {
    const { hub, readMarks } = this.#parts;
    const mark = await readMarks.mark(this.userId, roomId, messageId);
    if (mark === undefined) return;
    const unread = await readMarks.unread(roomId, mark);
    await hub.publish(this.userId, { type: "readState", roomId, readId: mark.readId, unread });
  }

  async #listRooms(payload: Payload): Promise<Reply> {
    const limit = count(payload.limit, "limit", 1, 50, 50);
    const query = optionalText(payload.query, "query") ?? "";
    const after = optionalText(payload.after, "after") ?? "";
    const found = await this.#parts.rooms.search(query, after, limit + 1);
    const rooms = found.slice(0, limit).map(({ id, name }) => ({ id, name, joined: this.#isMember(id) }));
    const next = found.length > limit ? rooms.at(-1)?.name : undefined;
    return { type: "roomList", payload: { rooms, ...(next === undefined ? {} : { next }) } };
  }

  async #createRoom(payload: Payload): Promise<Reply> {
    const name = text(payload.name, "name").trim();
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > 100 || CONTROL.test(name) || hasLoneSurrogate(name))
      throw new BadEvent("name: must be 1 to 100 bytes without control characters");
    await this.#checkMemberships();
    const waitMs = await this.#take("createRoom");
    if (waitMs > 0) throw new Refusal("RATE_LIMITED", "too many rooms", { retryAfterMs: waitMs });
    const room = await this.#parts.rooms.create(this.userId, name);
    return this.#joined(room);
  }

  async #joinRoom(payload: Payload): Promise<Reply> {
    const room = await this.#room(payload);
    if (this.#isMember(room.id)) return { type: "roomJoined", payload: { room } };
    await this.#checkMemberships();
    await this.#parts.rooms.join(this.userId, room.id);
    return this.#joined(room);
  }

  /** This socket is in the room before the answer says so: what comes next may be for that room. */
  async #joined(room: Room): Promise<Reply> {
    const reply = await this.#enter(room);
    await this.#parts.hub.publish(this.userId, { type: "roomJoined", room });
    return reply;
  }

  async #leaveRoom(payload: Payload): Promise<Reply> {
    const room = await this.#room(payload);
    if (BUILTIN_ROOMS.some(({ id }) => id === room.id)) throw new Refusal("NOT_MEMBER", "everybody is in this room");
    if (!this.#isMember(room.id)) throw new Refusal("NOT_MEMBER", "not in this room", { roomId: room.id });
    await this.#parts.rooms.leave(this.userId, room.id);
    await this.#parts.hub.publish(this.userId, { type: "roomLeft", roomId: room.id });
    return { type: "roomLeft", payload: { roomId: room.id } };
  }

  /** @returns milliseconds to wait; 0: go on. */
  async #take(name: LimitName, permits = 1): Promise<number> {
    const waitMs = await this.#parts.limits.take(name, String(this.userId), permits);
    if (waitMs > 0) this.#connection.audit("limit", name);
    return waitMs;
  }

  async #checkMemberships(): Promise<void> {
    const mine = await this.#parts.rooms.of(this.userId);
    if (mine.length - BUILTIN_ROOMS.length >= MAX_MEMBERSHIPS) throw new Refusal("TOO_MANY", "in too many rooms");
  }

  async #room(payload: Payload) {
    const id = text(payload.roomId, "roomId");
    const room = await this.#parts.rooms.get(id);
    if (room === undefined) throw new Refusal("ROOM_UNKNOWN", "no such room");
    return room;
  }

  /** The room named, which must be one of the user's. */
  async #memberRoom(payload: Payload): Promise<string> {
    const id = text(payload.roomId, "roomId");
    if (this.#isMember(id)) return id;
    const room = await this.#room(payload);
    throw new Refusal("NOT_MEMBER", "not in this room", { roomId: room.id });
  }
}

function outgoingMessages(value: unknown): OutgoingMessage[] {
  const messages = list(value, "messages");
  if (messages.length === 0) throw new BadEvent("messages: must not be empty");
  if (messages.length > MAX_MESSAGES_PER_EVENT)
    throw new Refusal("TOO_MANY", `at most ${MAX_MESSAGES_PER_EVENT} messages`);
  const outgoing = messages.map((message) => {
    const { content, nonce: given } = record(message);
    return { content: text(content, "content"), nonce: nonce(given) };
  });
  const nonces = outgoing.map((message) => message.nonce);
  if (new Set(nonces).size < nonces.length) throw new BadEvent("nonce: must not repeat");
  if (outgoing.some(({ content }) => hasLoneSurrogate(content))) throw new BadEvent("content: half a character");
  if (outgoing.some(({ content }) => content.length > MAX_MESSAGE_CHARS))
    throw new Refusal("TOO_LONG", `at most ${MAX_MESSAGE_CHARS} characters`, { nonces });
  return outgoing;
}
