import type { Message } from "../socket/events.ts";
import { compareIds } from "../socket/message-id.ts";

/**
 * Adds messages in any order to a list that is oldest first. Each id stays once; the list itself is given back when
 * nothing is new.
 */
export function mergeMessages(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  const ids = new Set(known.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !ids.has(id) && ids.add(id) !== undefined);
  if (fresh.length === 0) return known;
  const sorted = fresh.toSorted((a, b) => compareIds(a.id, b.id));
  const last = known.at(-1);
  const first = sorted[0];
  const appends = last === undefined || first === undefined || compareIds(last.id, first.id) < 0;
  const merged = [...known, ...sorted];
  return appends ? merged : merged.toSorted((a, b) => compareIds(a.id, b.id));
}

/** The list without the messages of these ids. */
export function withoutMessages(known: readonly Message[], ids: readonly string[]): readonly Message[] {
  if (ids.length === 0) return known;
  const gone = new Set(ids);
  return known.some(({ id }) => gone.has(id)) ? known.filter(({ id }) => !gone.has(id)) : known;
}
