import type { Duplex } from "node:stream";

/** What a connection asks of its socket: a TCP, TLS or unix socket, or one end of a local pair. */
export interface PeerSocket extends Duplex {
  ref(): unknown;
  unref(): unknown;
  setKeepAlive(enable: boolean, initialDelayMs: number): unknown;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}
