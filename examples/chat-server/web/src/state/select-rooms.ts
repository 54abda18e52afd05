import type { User } from "../socket/events.ts";
import { compareIds } from "../socket/message-id.ts";
import type { Room } from "./state.ts";

/** The rooms, the one with the newest message first. Those without any come last, by name. */
export function roomsByLastMessage(rooms: Readonly<Record<string, Room>>): Room[] {
  return Object.values(rooms).toSorted((a, b) => compareIds(b.lastId, a.lastId) || a.name.localeCompare(b.name));
}

export interface Preview {
  readonly author: string;
  readonly own: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The last thing said in a room, on one line. Undefined when nothing was said, or it has not come yet. */
export function previewOf(room: Room, me: User): Preview | undefined {
  const waiting = room.outbox.at(-1);
  if (waiting !== undefined) return { author: me.username, own: true, text: oneLine(waiting.content), at: waiting.at };
  const last = room.messages.at(-1);
  if (last === undefined) return undefined;
  return { author: last.user.username, own: last.user.id === me.id, text: oneLine(last.content), at: last.timestamp };
}

function oneLine(text: string): string {
  return text.slice(0, 200).replaceAll(/\s+/g, " ").trim();
}

/** A count for a badge: above 99 the exact number says nothing. */
export function badgeText(unread: number): string {
  return unread > 99 ? "99+" : String(unread);
}
