import type { Message } from "../socket/events.ts";
import { compareIds } from "../socket/message-id.ts";

/** The part of a room's messages that is on the page: a long list would make every change of it slow. */
export interface MessageWindow {
  /** The last message shown; undefined: the newest one, whichever that is. */
  readonly endId: string | undefined;
  /** Messages shown, as long as there are so many. From 1 to 400. */
  readonly size: number;
}

const MAX_SIZE = 400;
const STEP = 50;

export const NEWEST: MessageWindow = { endId: undefined, size: 100 };

/** What the window shows, as `[start, end)` of the list, which is oldest first. */
export function shownRange(messages: readonly Message[], { endId, size }: MessageWindow): [start: number, end: number] {
  const end = endId === undefined ? messages.length : endAfter(messages, endId);
  return [Math.max(0, end - size), end];
}

/** Shows older messages; those at the other end go when there are too many. The same window when there are none. */
export function extendUp(messages: readonly Message[], window: MessageWindow): MessageWindow {
  const [start, end] = shownRange(messages, window);
  if (start === 0) return window;
  const first = Math.max(0, start - STEP);
  const last = Math.min(end, first + MAX_SIZE);
  return { endId: last === messages.length ? window.endId : messages[last - 1]?.id, size: last - first };
}

/** Shows newer messages; those at the other end go when there are too many. The same window when there are none. */
export function extendDown(messages: readonly Message[], window: MessageWindow): MessageWindow {
  const [start, end] = shownRange(messages, window);
  if (end === messages.length) return window;
  const last = Math.min(messages.length, end + STEP);
  const first = Math.max(start, last - MAX_SIZE);
  return { endId: messages[last - 1]?.id, size: last - first };
}

/** Keeps the window where it is while newer messages come: the reader is not at the end. */
export function pinned(messages: readonly Message[], window: MessageWindow): MessageWindow {
  if (window.endId !== undefined) return window;
  return { endId: messages.at(-1)?.id, size: window.size };
}

/** Whether the newest message is shown. */
export function showsNewest(messages: readonly Message[], window: MessageWindow): boolean {
  return shownRange(messages, window)[1] === messages.length;
}

/** The place after the last message that is not newer than `endId`: the message itself may have been deleted. */
function endAfter(messages: readonly Message[], endId: string): number {
  const index = messages.findLastIndex(({ id }) => compareIds(id, endId) <= 0);
  // All of them are newer: the list was replaced.
  return index < 0 ? messages.length : index + 1;
}
