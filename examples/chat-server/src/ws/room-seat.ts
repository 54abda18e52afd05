import { FIRST_ID, compareIds } from "../rooms/message-id.ts";
import type { Listener, RoomEvent } from "../rooms/room-feed.ts";

/**
 * One socket's place in one room. It hears nothing at first; from `hold` on events wait, until `goLive` lets those
 * through that are newer than what the socket has read from the stream. So nothing is missed and nothing heard twice, also
 * when an event was in the stream before it was announced here.
 */
export class RoomSeat implements Listener {
  readonly roomId: string;
  readonly #deliver: (event: RoomEvent) => void;
  readonly #reset: (roomId: string) => void;
  #mode: "deaf" | "holding" | "live" = "deaf";
  #held: RoomEvent[] = [];
  /** The newest message that the socket has. */
  #lastId = FIRST_ID;

  constructor(roomId: string, deliver: (event: RoomEvent) => void, reset: (roomId: string) => void) {
    this.roomId = roomId;
    this.#deliver = deliver;
    this.#reset = reset;
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
    for (const event of held) this.#pass(event);
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
    this.#deliver(event);
  }

  onReset(roomId: string): void {
    this.#lastId = FIRST_ID;
    this.#reset(roomId);
  }
}
