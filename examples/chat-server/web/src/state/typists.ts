import type { User } from "../socket/events.ts";

/** Somebody who types in a room, until a time in milliseconds since 1970. */
export interface Typist {
  readonly user: User;
  readonly until: number;
}

/** The list with somebody who has just typed; those whose time is over go. */
export function withTypist(typists: readonly Typist[], user: User, until: number, now: number): readonly Typist[] {
  return [...typists.filter((each) => each.user.id !== user.id && each.until > now), { user, until }];
}

/** The list without those who have said what they were typing. */
export function withoutTypists(typists: readonly Typist[], userIds: readonly number[]): readonly Typist[] {
  return typists.some(({ user }) => userIds.includes(user.id))
    ? typists.filter(({ user }) => !userIds.includes(user.id))
    : typists;
}
