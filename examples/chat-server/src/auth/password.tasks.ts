/**
 * Password hashing, run on worker threads: one hash takes 100 ms of a processor, which must not be the event loop's.
 *
 * Hashes are PHC strings, `$scrypt$ln=14,r=8,p=1$<salt>$<hash>` with base64 without padding
 * (https://github.com/P-H-C/phc-string-format), as servertech-chat writes them.
 */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { defineTasks } from "@servertech/task-scheduler";

const BLOCK_SIZE = 8;
const SALT_BYTES = 32;
const HASH_BYTES = 32;

export const passwordTasks = defineTasks(import.meta, {
  /** A new hash of `password` at cost 2^ln. */
  hash(password: string, ln: number): string {
    const salt = randomBytes(SALT_BYTES);
    return `$scrypt$ln=${ln},r=${BLOCK_SIZE},p=1$${text(salt)}$${text(derive(password, salt, ln, BLOCK_SIZE))}`;
  },

  /** Whether `password` is the one that `phc` was made from, and whether `phc` has another cost than 2^ln. */
  verify(password: string, phc: string, ln: number): { valid: boolean; outdated: boolean } {
    const stored = parsePhc(phc);
    if (stored === undefined) return { valid: false, outdated: false };
    const hash = derive(password, stored.salt, stored.ln, stored.r, stored.hash.length);
    return { valid: timingSafeEqual(hash, stored.hash), outdated: stored.ln !== ln || stored.r !== BLOCK_SIZE };
  },
});

function derive(password: string, salt: Buffer, ln: number, r: number, bytes = HASH_BYTES): Buffer {
  const N = 2 ** ln;
  // Node's own limit of 32 MiB is too small from ln 15 on.
  return scryptSync(password, salt, bytes, { N, r, p: 1, maxmem: 2 * 128 * N * r });
}

interface StoredHash {
  readonly ln: number;
  readonly r: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Reads a PHC string with ln 2 to 20, r 1 to 20, p 1; undefined when it is none. */
export function parsePhc(phc: string): StoredHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (match === null) return undefined;
  const [, ln, r, salt, hash] = match;
  const stored = {
    ln: Number(ln),
    r: Number(r),
    salt: Buffer.from(salt ?? "", "base64"),
    hash: Buffer.from(hash ?? "", "base64"),
  };
  const legal = stored.ln >= 2 && stored.ln <= 20 && stored.r >= 1 && stored.r <= 20 && stored.hash.length >= 16;
  return legal ? stored : undefined;
}

function text(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
