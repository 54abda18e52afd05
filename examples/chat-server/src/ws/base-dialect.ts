/**
 * The WebSocket dialect of anarthal/servertech-chat, spoken to every client that does not ask for `servertech.v2`.
 *
 * Its clients take the next frame after a send as the answer to it. So nothing is sent to them but `hello`, one
 * `serverMessages` per client event of their rooms, and answers to their own requests.
 */
import { isServertechError, sleep } from "@servertech/core";
import { isMessageId } from "../rooms/message-id.ts";
import type { LimitName } from "../config.ts";
import type { RoomEvent } from "../rooms/room-feed.ts";
import type { Message } from "../rooms/room-message.ts";
import { BUILTIN_ROOMS } from "../rooms/rooms.ts";
import type { Connection, ConnectionParts, Dialect } from "./connection.ts";
import {
  BadEvent,
  type ClientEnvelope,
  MAX_MESSAGES_PER_EVENT,
  MAX_MESSAGE_CHARS,
  hasLoneSurrogate,
  list,
  parseEnvelope,
  record,
  text,
} from "./parse.ts";
import { RoomSeat } from "./room-seat.ts";
import { Close } from "./socket.ts";
import { TextFrame } from "./text-frame.ts";
import type { Notice } from "./user-hub.ts";

const HISTORY_PAGE = 100;

type Payload = ClientEnvelope["payload"];

export class BaseDialect implements Dialect {
  readonly #connection: Connection;
  readonly #parts: ConnectionParts;
  readonly #seats: RoomSeat[];
  #events = 0;

  constructor(connection: Connection, parts: ConnectionParts) {
    this.#connection = connection;
    this.#parts = parts;
    const occupant = {
      deliver: (event: RoomEvent) => this.#send(baseFrame(event)),
      // What was delivered stays on the screen: this dialect has no event that takes it back.
      reset: () => {},
      deleted: () => {},
    };
    this.#seats = BUILTIN_ROOMS.map(({ id }) => new RoomSeat(id, occupant));
  }

  async open(): Promise<void> {
    const { feeds, history } = this.#parts;
    const { user } = this.#connection;
    await Promise.all(this.#seats.map((seat) => feeds.join(seat.roomId, seat)));
    for (const seat of this.#seats) seat.hold();
    const pages = await Promise.all(this.#seats.map(({ roomId }) => history.page(roomId, HISTORY_PAGE)));
    const rooms = BUILTIN_ROOMS.map(({ id, name }, index) => {
      const messages = pages[index]?.messages ?? [];
      return { id, name, hasMoreMessages: messages.length >= HISTORY_PAGE, messages: messages.map(baseMessage) };
    });
    this.#send(JSON.stringify({ type: "hello", payload: { me: { id: user.id, username: user.username }, rooms } }));
    for (const [index, seat] of this.#seats.entries()) seat.goLive(pages[index]?.messages[0]?.id ?? "0-0");
  }

  close(): void {
    for (const seat of this.#seats) this.#parts.feeds.leave(seat.roomId, seat);
  }

  onNotice(_notice: Notice): void {
    // None of them is for this dialect: see the top of the file.
  }

  async onFrame(frame: Buffer): Promise<void> {
    try {
      const { type, payload } = parseEnvelope(frame);
      this.#events += 1;
      await this.#handle(type, payload);
    } catch (error) {
      if (error instanceof BadEvent) {
        this.#parts.logger.info({ userId: this.#connection.user.id, reason: error.message }, "bad event");
        this.#connection.socket.cut();
      } else throw error;
    }
  }

  async #handle(type: string, payload: Payload): Promise<void> {
    switch (type) {
      case "clientMessages":
        return this.#post(payload);
      case "requestRoomHistory":
        return this.#sendHistory(payload);
      case "clientExit":
        return this.#connection.logout(Close.Normal);
      case "clientCreateSession":
      case "clientUpdateSession":
        return this.#askAi(payload);
      default:
        throw new BadEvent(`unknown type ${JSON.stringify(type.slice(0, 40))}`);
    }
  }

  async #post(payload: Payload): Promise<void> {
    const roomId = this.#roomId(payload.roomId);
    const messages = contents(payload.messages);
    if (messages.length === 0) return this.#send(baseFrame({ roomId, messages: [] }));
    await this.#waitForLimit("messages", messages.length);
    const { posting } = this.#parts;
    const event = this.#events;
    // Nonces of ours: a lost answer is asked for again without posting twice.
    const outgoing = messages.map((content, n) => ({ content, nonce: `b-${this.#connection.id}-${event}-${n}` }));
    try {
      await posting.post({ roomId, user: this.#connection.user, messages: outgoing, ownNonces: false });
    } catch (error) {
      if (!isServertechError(error, "REDIS_UNAVAILABLE")) throw error;
      this.#connection.socket.close(Close.ServerError);
    }
  }

  /** Events that come too fast are late, never lost and never reordered: the socket is not read meanwhile. */
  async #waitForLimit(name: LimitName, permits: number): Promise<void> {
    const { limits } = this.#parts;
    const { user, socket } = this.#connection;
    for (;;) {
      const waitMs = await limits.take(name, String(user.id), permits);
      if (waitMs === 0 || !socket.isOpen) return;
      this.#connection.audit("limit", name);
      await sleep(waitMs, { ref: false });
    }
  }

  async #sendHistory(payload: Payload): Promise<void> {
    const roomId = this.#roomId(payload.roomId);
    const before = text(payload.firstMessageId, "firstMessageId");
    const page = await this.#parts.history.page(roomId, HISTORY_PAGE, isMessageId(before) ? before : undefined);
    const messages = page.messages.map(baseMessage);
    const answer = { roomId, messages, hasMoreMessages: messages.length >= HISTORY_PAGE };
    this.#send(JSON.stringify({ type: "roomHistory", payload: answer }));
  }

  /** One question, one whole answer, to this socket alone. */
  async #askAi(payload: Payload): Promise<void> {
    const sessionId = text(payload.sessionId, "sessionId");
    const [question] = contents(payload.messages);
    if (question === undefined) throw new BadEvent("messages: must not be empty");
    await this.#waitForLimit("ai", 1);
    const content = await this.#parts.ai.query(this.#connection.user.id, question);
    const answer = { id: "", content, user: { id: 0, username: "AI" }, timestamp: Date.now() };
    this.#send(JSON.stringify({ type: "serverUpdateSession", payload: { sessionId, messages: [answer] } }));
  }

  /** Looked up, never used as a key: a client could name any. */
  #roomId(value: unknown): string {
    const id = text(value, "roomId");
    if (!this.#seats.some(({ roomId }) => roomId === id)) throw new BadEvent("unknown room");
    return id;
  }

  #send(frame: string | TextFrame): void {
    this.#connection.socket.send(frame);
  }
}

function contents(value: unknown): string[] {
  const messages = list(value, "messages");
  if (messages.length > MAX_MESSAGES_PER_EVENT) throw new BadEvent("too many messages");
  return messages.map((message) => {
    const content = text(record(message).content, "content");
    if (content.length > MAX_MESSAGE_CHARS || hasLoneSurrogate(content)) throw new BadEvent("content");
    return content;
  });
}

const frames = new WeakMap<RoomEvent, TextFrame>();

/** The frame of an event, made once however many clients get it. */
function baseFrame(event: RoomEvent): TextFrame {
  let frame = frames.get(event);
  if (frame === undefined) {
    const { roomId, messages } = event;
    const payload = { roomId, messages: messages.map(baseMessage) };
    frame = new TextFrame(JSON.stringify({ type: "serverMessages", payload }));
    frames.set(event, frame);
  }
  return frame;
}

/** A message with its members in the order of servertech-chat. */
function baseMessage({ id, content, userId, username, timestamp }: Message) {
  return { id, content, user: { id: userId, username }, timestamp };
}
