import type { User } from "../auth/accounts.ts";

/** The author of what the AI says in rooms; no account has this id. */
export const AI_USER: User = { id: 0, username: "AI" };
