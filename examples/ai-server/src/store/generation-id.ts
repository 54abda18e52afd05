import { randomBytes } from "node:crypto";

/** What names a row of the database in Redis. */
export interface RowIdentity {
  readonly id: number;
  /** Epoch milliseconds. Row ids begin anew with a new database, what Redis remembers of the old one must not be mixed in. */
  readonly created_at: number;
}

export function nameOf({ id, created_at }: RowIdentity): string {
  return `${id}_${created_at.toString(36)}`;
}

/** The id of the generation that makes a stored answer. */
export function generationIdOf(answer: RowIdentity): string {
  return `g_${nameOf(answer)}`;
}

/** The id of one that is kept nowhere. */
export function oneOffId(): string {
  return `g_x${randomBytes(12).toString("hex")}`;
}

/** The answer that a generation makes; undefined when the id is not one of a stored answer. */
export function messageIdOf(generationId: string): number | undefined {
  const match = /^g_(\d{1,15})_[0-9a-z]{1,12}$/.exec(generationId);
  return match === null ? undefined : Number(match[1]);
}
