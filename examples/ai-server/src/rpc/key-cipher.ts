import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { ServertechError } from "@servertech/core";

/** A key that encrypts API keys at rest. */
export interface CipherKey {
  /** Stored beside what it encrypted. 1 to 16 letters and digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

export interface Sealed {
  readonly keyId: string;
  /** 12 bytes. */
  readonly iv: Buffer;
  /** The encrypted text and, after it, the 16 bytes of its tag. */
  readonly ciphertext: Buffer;
}

/**
 * - `KEY_UNREADABLE`: an encrypted API key cannot be read: its key is not configured any more, or it was tampered with.
 */
class KeyCipherError extends ServertechError<"KEY_UNREADABLE"> {
  override readonly name = "KeyCipherError";
}

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * API keys at rest: AES-256-GCM with a random nonce. What is sealed for one place (`boundTo`) cannot be opened in another,
 * so nobody who can write to a store can give one user the key of another.
 */
export class KeyCipher {
  readonly #current: CipherKey;
  readonly #byId: ReadonlyMap<string, CipherKey>;

  /** @param keys the first one seals, all of them open. At least one. */
  constructor(keys: readonly CipherKey[]) {
    const [current] = keys;
    if (current === undefined) throw new TypeError("a KeyCipher takes at least one key");
    this.#current = current;
    // Of two keys with one id the newer, earlier one counts.
    this.#byId = new Map(keys.toReversed().map((key) => [key.id, key]));
  }

  seal(text: string, boundTo: string): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#current.secret, iv).setAAD(Buffer.from(boundTo));
    const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return { keyId: this.#current.id, iv, ciphertext };
  }

  /** @throws KeyCipherError `KEY_UNREADABLE`. */
  open({ keyId, iv, ciphertext }: Sealed, boundTo: string): string {
    const key = this.#byId.get(keyId);
    if (key === undefined)
      throw new KeyCipherError("KEY_UNREADABLE", `no key "${keyId}" in AI_KEY_SECRET or AI_KEY_SECRET_PREVIOUS`);
    try {
      const decipher = createDecipheriv(ALGORITHM, key.secret, iv, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(boundTo))
        .setAuthTag(ciphertext.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new KeyCipherError("KEY_UNREADABLE", `what key "${keyId}" sealed was changed, or belongs elsewhere`, {
        cause,
      });
    }
  }
}

/** A key of `AI_KEY_SECRET`: base64, or `id:base64`. Without an id it is called by its fingerprint. Undefined: neither. */
export function parseCipherKey(given: string): CipherKey | undefined {
  const match = /^(?:([A-Za-z0-9]{1,16}):)?([A-Za-z0-9+/]{43}=|[A-Za-z0-9_-]{43}=?)$/.exec(given);
  if (match?.[2] === undefined) return undefined;
  const secret = Buffer.from(match[2], "base64");
  return { id: match[1] ?? createHash("sha256").update(secret).digest("hex").slice(0, 8), secret };
}

/** A key for one run of the demo, where nothing is to be kept. */
export function randomCipherKey(): CipherKey {
  return { id: "run", secret: randomBytes(32) };
}
