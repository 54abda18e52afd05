import { type Connection, RequestError } from "../socket/connection.ts";
import type { PublicRoom, ServerEvent } from "../socket/events.ts";
import { NO_ID, compareIds } from "../socket/message-id.ts";
import type { Action } from "./actions.ts";
import { afterReconnect, retryNonce } from "./outbox.ts";
import type { Outgoing, State } from "./state.ts";
import type { Store } from "./store.ts";

const MARK_EVERY_MS = 1_000;
const TYPING_EVERY_MS = 3_000;

/** What the user does in rooms. */
export class RoomClient {
  readonly #store: Store<State, Action>;
  readonly #connection: Connection;
  /** Room → the mark that waits for its second. */
  readonly #marks = new Map<string, { messageId: string; timer: ReturnType<typeof setTimeout> | undefined }>();

  /** The room on screen. */
  #viewed: string | undefined;
  #typed = { roomId: "", at: Number.NEGATIVE_INFINITY };

  constructor(store: Store<State, Action>, connection: Connection) {
    this.#store = store;
    this.#connection = connection;
  }

  /** The newest message that the page has of each room, without holes before it. */
  resumePoints(): Record<string, string> {
    const rooms = Object.values(this.#store.getState().rooms).filter(
      ({ synced, seenId }) => synced && seenId !== NO_ID,
    );
    return Object.fromEntries(rooms.map(({ id, seenId }) => [id, seenId]));
  }

  /** The connection is back: sends what it took away, with the nonces it had. */
  onLive(): void {
    if (this.#viewed !== undefined) this.view(this.#viewed);
    const { rooms, limits } = this.#store.getState();
    for (const { id, outbox } of Object.values(rooms)) {
      const { send, expired } = afterReconnect(outbox, Date.now(), limits.nonceTtlMs);
      for (const { nonce } of expired) this.#change(id, nonce, { state: "failed", code: "EXPIRED" });
      for (const message of send) this.#send(id, message);
    }
  }

  /** Which room is on screen, if any: of that one the server tells who is there and who types. */
  view(roomId: string | undefined): void {
    this.#viewed = roomId;
    this.#connection.send("viewRoom", { roomId: roomId ?? null });
  }

  /** The user types. Told to the others at most every 3 s. */
  typing(roomId: string): void {
    const at = performance.now();
    if (this.#typed.roomId === roomId && at - this.#typed.at < TYPING_EVERY_MS) return;
    if (this.#connection.send("typing", { roomId })) this.#typed = { roomId, at };
  }

  /** Takes the events that depend on the time. True when that is all there is to do. */
  takes(event: ServerEvent): boolean {
    if (event.type !== "typing") return false;
    const { roomId, user, ttlMs } = event.payload;
    const now = Date.now();
    this.#store.dispatch({ type: "room/typing", roomId, user, until: now + ttlMs, now });
    return true;
  }

  /** Shows the message at once and sends it, now or when the connection is back. */
  post(roomId: string, content: string): void {
    const message: Outgoing = { nonce: crypto.randomUUID(), content, at: Date.now(), state: "queued" };
    this.#store.dispatch({ type: "room/wrote", roomId, message });
    this.#send(roomId, message);
  }

  retry(roomId: string, nonce: string): void {
    const { rooms, limits } = this.#store.getState();
    const failed = rooms[roomId]?.outbox.find((message) => message.nonce === nonce);
    if (failed === undefined) return;
    const now = Date.now();
    const next = retryNonce(failed, now, limits.nonceTtlMs, () => crypto.randomUUID());
    const message: Outgoing = { ...failed, nonce: next, at: next === nonce ? failed.at : now, state: "queued" };
    this.#change(roomId, nonce, { nonce: next, at: message.at, state: "queued", code: undefined });
    this.#send(roomId, message);
  }

  discard(roomId: string, nonce: string): void {
    this.#store.dispatch({ type: "room/discarded", roomId, nonce });
  }

  /** Reads the page before the oldest message that is there. */
  async loadHistory(roomId: string): Promise<void> {
    const { rooms, limits } = this.#store.getState();
    const room = rooms[roomId];
    const oldest = room?.messages[0];
    const canLoad = room?.hasMore === true && room.history !== "loading";
    if (!canLoad || oldest === undefined || this.#connection.link.phase !== "live") return;
    this.#store.dispatch({ type: "room/history", roomId, history: "loading" });
    try {
      await this.#connection.request("requestRoomHistory", {
        roomId,
        firstMessageId: oldest.id,
        limit: limits.historyPage,
      });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // A lost connection comes back and asks again; anything else would come again, too.
      this.#store.dispatch({ type: "room/history", roomId, history: error.code === "OFFLINE" ? "idle" : "failed" });
    }
  }

  /** The user has seen the room up to here. Told to the server at most once a second. */
  markRead(roomId: string, messageId: string): void {
    const room = this.#store.getState().rooms[roomId];
    if (room === undefined || (compareIds(messageId, room.readId) <= 0 && room.unread === 0)) return;
    this.#store.dispatch({ type: "room/read", roomId, messageId });
    const waiting = this.#marks.get(roomId);
    if (waiting !== undefined) {
      waiting.messageId = messageId;
      return;
    }
    this.#connection.send("markRead", { roomId, messageId });
    const mark = { messageId, timer: setTimeout(() => this.#sendMark(roomId, messageId), MARK_EVERY_MS) };
    this.#marks.set(roomId, mark);
  }

  #sendMark(roomId: string, sentId: string): void {
    const mark = this.#marks.get(roomId);
    this.#marks.delete(roomId);
    if (mark !== undefined && mark.messageId !== sentId)
      this.#connection.send("markRead", { roomId, messageId: mark.messageId });
  }

  /**
   * The public rooms, by name.
   *
   * @throws RequestError
   */
  async list(
    query: string,
    after?: string,
  ): Promise<{ readonly rooms: readonly PublicRoom[]; readonly next?: string | undefined }> {
    return this.#connection.request("listRooms", {
      ...(query === "" ? {} : { query }),
      ...(after === undefined ? {} : { after }),
    });
  }

  /**
   * Makes a room and joins it. Gives its id.
   *
   * @throws RequestError
   */
  async create(name: string): Promise<string> {
    return (await this.#connection.request("createRoom", { name })).room.id;
  }

  /** @throws RequestError */
  async join(roomId: string): Promise<void> {
    await this.#connection.request("joinRoom", { roomId });
  }

  /** @throws RequestError */
  async leave(roomId: string): Promise<void> {
    await this.#connection.request("leaveRoom", { roomId });
  }

  /**
   * Takes a message of one's own back.
   *
   * @throws RequestError
   */
  async delete(roomId: string, messageId: string): Promise<void> {
    await this.#connection.request("deleteMessage", { roomId, messageId });
  }

  #send(roomId: string, { nonce, content }: Outgoing): void {
    if (this.#connection.link.phase !== "live") return;
    this.#change(roomId, nonce, { state: "sending" });
    this.#connection.request("clientMessages", { roomId, messages: [{ content, nonce }] }).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      if (error.code === "OFFLINE") {
        this.#change(roomId, nonce, { state: "queued" });
        return;
      }
      this.#change(roomId, nonce, { state: "failed", code: error.code });
      // Alive in name only: what is stored comes with the catch-up of the next connection.
      if (error.code === "TIMEOUT") this.#connection.restart();
    });
  }

  #change(roomId: string, nonce: string, change: Partial<Pick<Outgoing, "nonce" | "state" | "code" | "at">>): void {
    this.#store.dispatch({ type: "room/outgoing", roomId, nonce, change });
  }
}
