/** Where the servers of a target are, and how a client is told when that changes. */

export interface Endpoint {
  /** Stable over updates: the same id is the same server. */
  readonly id: string;
  readonly host: string;
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
   * Yields the whole list, now and at each change, until the signal aborts.
   *
   * @param service full name of the first client's service on the channel; a resolver with a name of its own ignores it.
   */
  watch(service: string, options: { readonly signal: AbortSignal }): AsyncIterable<readonly Endpoint[]>;
  /** Asks for a fresh answer: a connect failed. */
  refresh?(): void;
  close?(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
}
