/** Where the servers of a target are, and how a client is told when that changes. */

export interface Endpoint {
  /** Stable over updates: the same id is the same server. Of several with one id in a list, the last counts. */
  readonly id: string;
  /** A name or an address, IPv6 without brackets. Empty beside `path`. */
  readonly host: string;
  /** From 1 to 65535; 0 beside `path`. */
  readonly port: number;
  /** A unix socket instead of host and port. */
  readonly path?: string | undefined;
  /** Share of calls relative to the others. Above 0. @default 1 */
  readonly weight?: number | undefined;
  readonly zone?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Names servers. Made by `zookeeper()` and by the client itself for the targets it knows; users may bring their own. */
export interface Resolver {
  /**
   * Yields the whole list, now and at each change, until the signal aborts; then it ends, at once.
   *
   * A list that is yielded again cuts short the pause before the next connect, so one that did not change is better not
   * yielded. A watch that ends or throws is started again after 0.1 to 10 s; meanwhile the last list stays, and what it threw
   * is the cause of calls that find no server.
   *
   * @param service full name of the first client's service on the channel; a resolver with a name of its own ignores it.
   */
  watch(service: string, options: { readonly signal: AbortSignal }): AsyncIterable<readonly Endpoint[]>;
  /** Asks for a fresh answer: a connect failed, or a connection was lost. May be called often. */
  refresh?(): void;
  /** Called by the channel that made the resolver; one that a user brings stays the user's to close. */
  close?(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
}
