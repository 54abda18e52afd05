import type { DbPool } from "@servertech/db-pool";
import type { KeyCipher } from "../rpc/key-cipher.ts";

export interface SavedKey {
  readonly apiKey: string;
  /** Its last four characters, which may be shown. */
  readonly last4: string;
}

interface KeyRow {
  readonly key_id: string;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly last4: string;
}

/** The API keys that users have saved, encrypted. */
export class Keys {
  readonly #db: DbPool;
  readonly #cipher: KeyCipher;

  constructor(db: DbPool, cipher: KeyCipher) {
    this.#db = db;
    this.#cipher = cipher;
  }

  async save(userId: number, apiKey: string): Promise<void> {
    const { keyId, iv, ciphertext } = this.#cipher.seal(apiKey, placeOf(userId));
    await this.#db.run(
      `INSERT INTO ai_keys (user_id, key_id, iv, ciphertext, last4, updated_at) VALUES (?, ?, ?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE key_id = VALUES(key_id), iv = VALUES(iv), ciphertext = VALUES(ciphertext),
         last4 = VALUES(last4), updated_at = VALUES(updated_at)`,
      [userId, keyId, iv, ciphertext, apiKey.slice(-4), Date.now()],
    );
  }

  async remove(userId: number): Promise<void> {
    await this.#db.run("DELETE FROM ai_keys WHERE user_id = ?", [userId]);
  }

  /** The last four characters of the user's key, if there is one. */
  async last4(userId: number): Promise<string | undefined> {
    return (await this.#row(userId))?.last4;
  }

  /** @throws KeyCipherError `KEY_UNREADABLE`. */
  async get(userId: number): Promise<SavedKey | undefined> {
    const row = await this.#row(userId);
    if (row === undefined) return undefined;
    const sealed = { keyId: row.key_id, iv: row.iv, ciphertext: row.ciphertext };
    return { apiKey: this.#cipher.open(sealed, placeOf(userId)), last4: row.last4 };
  }

  #row(userId: number): Promise<KeyRow | undefined> {
    return this.#db.maybeOne<KeyRow>("SELECT key_id, iv, ciphertext, last4 FROM ai_keys WHERE user_id = ?", [userId]);
  }
}

const placeOf = (userId: number): string => `${userId} saved`;
