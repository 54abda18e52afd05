import { createHash } from "node:crypto";

/** Who may do what with a node. */
export interface Acl {
  /** The sum of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16. From 1 to 31, which is all. */
  readonly perms: number;
  /** `world`, `digest`, `ip`, `auth`, … */
  readonly scheme: string;
  /** Of `world`: `anyone`. */
  readonly id: string;
}

/** Everybody may do everything: the default. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([Object.freeze({ perms: 31, scheme: "world", id: "anyone" })]);

/** All rights for the one who authenticates by `auth: [{ scheme: "digest", auth: "user:password" }]`. Holds no password, only its hash. */
export function digestAcl(user: string, password: string): Acl {
  // The server itself stores SHA-1 for the scheme "digest".
  const hash = createHash("sha1").update(`${user}:${password}`).digest("base64");
  return { perms: 31, scheme: "digest", id: `${user}:${hash}` };
}
