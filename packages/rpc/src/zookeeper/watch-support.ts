import { isZooKeeperError } from "./client/errors.ts";

/** Of 3.6 and later each server sets a watch that stays; the connection ended this often instead. */
const CUTS = 2;

/**
 * Whether the server knows watches that stay. One before 3.6 says that it does not, or ends the connection without a
 * word, as any fault may do: then watches that tell one change are used on the next connection, and others are tried
 * again on the one after.
 */
export class WatchSupport {
  #unimplemented = false;
  #cuts = 0;
  #cutCounted = false;
  #oneShot = false;

  /** Watches on this connection tell one change each. */
  get oneShot(): boolean {
    return this.#oneShot;
  }

  connected(isNewSession: boolean): void {
    // In the life of one client servers are replaced by newer ones.
    if (isNewSession) this.#unimplemented = false;
    this.#oneShot = this.#unimplemented || this.#cuts >= CUTS;
    if (this.#oneShot) this.#cuts = CUTS - 1;
    this.#cutCounted = false;
  }

  /** A watch that stays is set. */
  succeeded(): void {
    this.#cuts = 0;
  }

  /** It could not be set. */
  failed(error: unknown): void {
    if (isZooKeeperError(error, "ZK_UNIMPLEMENTED")) {
      this.#unimplemented = true;
      this.#oneShot = true;
    } else if (isZooKeeperError(error, "ZK_CONNECTION_LOSS") && !this.#cutCounted) {
      // Once a connection, however many watches it was asked for.
      this.#cutCounted = true;
      this.#cuts += 1;
    }
  }
}
