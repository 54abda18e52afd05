import { FIRST_ID, compareIds } from "../rooms/message-id.ts";
import type { Listener, RoomEvent } from "../rooms/room-feed.ts";

/** Who sits there. */
export interface Occupant {
  deliver(event: RoomEvent): void;
  /** What is known of the room is no longer true. */
  reset(roomId: string): void;
  deleted(roomId: string, messageId: string): void;
}

/**
 * One socket's place in one room. It hears nothing at first; from `hold` on events wait, until `goLive` lets those
 * through that are newer than what the socket has read from the stream. So nothing is missed and nothing heard twice, also
 * when an event was in the stream before it was announced here.
 */
export class RoomSeat implements Listener {
  readonly roomId: string;
  readonly #occupant: Occupant;
  #mode: "deaf" | "holding" | "live" = "deaf";
  #held: (RoomEvent | { readonly deletedId: string })[] = [];
  /** The newest message that the socket has. */
  #lastId = FIRST_ID;

  constructor(roomId: string, occupant: Occupant) {
    this.roomId = roomId;
    this.#occupant = occupant;
  }

  /** To be called before the stream is read. */
  hold(): void {
    this.#mode = "holding";
    this.#held = [];
  }

  /** @param lastId the newest message that was read from the stream. */
  goLive(lastId: string): void {
    const held = this.#held;
    this.#held = [];
    this.#mode = "live";
    this.#lastId = lastId;
    for (const each of held) {
      if ("deletedId" in each) this.#occupant.deleted(this.roomId, each.deletedId);
      else this.#pass(each);
    }
  }

  onEvent(event: RoomEvent): void {
    if (this.#mode === "live") this.#pass(event);
    else if (this.#mode === "holding") this.#held.push(event);
  }

  // An event is stored in one step: what was read holds all of its messages or none.
  #pass(event: RoomEvent): void {
    const last = event.messages.at(-1);
    if (last === undefined || compareIds(last.id, this.#lastId) <= 0) return;
    this.#lastId = last.id;
    this.#occupant.deliver(event);
  }

  onDeleted(roomId: string, messageId: string): void {
    if (this.#mode === "live") this.#occupant.deleted(roomId, messageId);
    else if (this.#mode === "holding") this.#held.push({ deletedId: messageId });
  }

  onReset(roomId: string): void {
    this.#lastId = FIRST_ID;
    this.#occupant.reset(roomId);
  }
}
