import type { Message } from "../socket/events.ts";
import { compareIds } from "../socket/message-id.ts";

/** What stands in a room's list, from top to bottom. */
export type TimelineItem =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  /** Above the first message that was not read when the room was opened. */
  | { readonly kind: "new"; readonly key: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: Message;
      /** The author and the time are shown; those of the same author that follow soon go without. */
      readonly heads: boolean;
    };

/** Messages of one author within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

/**
 * Puts day lines and the line above what is new between messages.
 *
 * @param messages oldest first.
 * @param above the message before them, which is not shown; undefined when there is none.
 * @param readId the newest message read when the room was opened; undefined when nothing was new.
 * @param ownId whose messages are never new.
 */
export function timeline(
  messages: readonly Message[],
  above: Message | undefined,
  readId: string | undefined,
  ownId: number,
): TimelineItem[] {
  const items: TimelineItem[] = [];
  let previous = above;
  // The line may stand further up, where it is not seen.
  let divided = readId === undefined || (above !== undefined && compareIds(above.id, readId) > 0);
  for (const message of messages) {
    const newDay = previous === undefined || !sameDay(previous.timestamp, message.timestamp);
    if (newDay) items.push({ kind: "day", key: `day ${message.id}`, at: message.timestamp });
    const isNew = !divided && readId !== undefined && compareIds(message.id, readId) > 0 && message.user.id !== ownId;
    if (isNew) {
      divided = true;
      items.push({ kind: "new", key: "new" });
    }
    const heads = newDay || isNew || previous === undefined || !together(previous, message);
    items.push({ kind: "message", key: message.id, message, heads });
    previous = message;
  }
  return items;
}

/** Whether two times, in milliseconds since 1970, are on one day where the reader is. */
export function sameDay(a: number, b: number): boolean {
  const [one, other] = [new Date(a), new Date(b)];
  return (
    one.getDate() === other.getDate() &&
    one.getMonth() === other.getMonth() &&
    one.getFullYear() === other.getFullYear()
  );
}

/** Which word a day has of its own, seen from `now`. */
export function namedDay(at: number, now: number): "today" | "yesterday" | undefined {
  if (sameDay(at, now)) return "today";
  const dayBefore = new Date(now);
  // Not 24 hours: days on which the clock changes are longer or shorter.
  dayBefore.setDate(dayBefore.getDate() - 1);
  return sameDay(at, dayBefore.getTime()) ? "yesterday" : undefined;
}

function together(a: Message, b: Message): boolean {
  return a.user.id === b.user.id && b.timestamp - a.timestamp < TOGETHER_MS;
}
