import type { Endpoint, Resolver } from "../resolver.ts";

/** Loads the ZooKeeper client only when such a target is used. */
export class ZooKeeperTarget implements Resolver {
  readonly #url: string;
  #resolver: Promise<Resolver> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async *watch(service: string, options: { readonly signal: AbortSignal }): AsyncIterable<readonly Endpoint[]> {
    this.#resolver ??= import("../zookeeper/index.ts").then(({ zookeeper }) => zookeeper(this.#url));
    yield* (await this.#resolver).watch(service, options);
  }

  refresh(): void {
    this.#resolver?.then(
      (resolver) => resolver.refresh?.(),
      () => {}, // `watch` has told of it
    );
  }

  async close(options?: { readonly timeoutMs?: number | undefined }): Promise<void> {
    const resolver = await this.#resolver?.catch(() => undefined);
    await resolver?.close?.(options);
  }
}
