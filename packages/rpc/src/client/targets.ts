import type { OptionChecks } from "@servertech/core";
import { onAbort } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";

const FORMS =
  "must be tcp://host:port, static:host:port,host:port, unix:///path, zk://host:port/base/service, or a Resolver";

/** What finds the servers of a target; problems are noted in `check`. */
export function resolverOf(check: OptionChecks, target: string | Resolver): Resolver {
  if (typeof target === "string") {
    const resolver = parse(target);
    if (resolver !== undefined) return resolver;
    check.problem("target", FORMS, target);
  } else if (typeof target !== "object" || target === null || typeof target.watch !== "function")
    check.problem("target", FORMS, target);
  return target as Resolver;
}

function parse(target: string): Resolver | undefined {
  if (target.startsWith("tcp://")) return fixed([target.slice("tcp://".length).replace(/\/$/, "")]);
  if (target.startsWith("static:")) return fixed(target.slice("static:".length).split(","));
  if (target.startsWith("unix://")) {
    const path = target.slice("unix://".length);
    return path === "" ? undefined : fixedList([{ id: path, host: "", port: 0, path }]);
  }
  if (target.startsWith("zk://")) return new ZooKeeperTarget(target);
  return undefined;
}

function fixed(addresses: readonly string[]): Resolver | undefined {
  const endpoints: Endpoint[] = [];
  for (const address of addresses) {
    const [, host, port] = /^(\[[^\]]+\]|[^:/\s]+):(\d{1,5})$/.exec(address.trim()) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
    endpoints.push({ id: address.trim(), host: host.replace(/^\[|\]$/g, ""), port: Number(port) });
  }
  return fixedList(endpoints);
}

/** A list that never changes. */
function fixedList(endpoints: readonly Endpoint[]): Resolver {
  return {
    async *watch(_service, { signal }) {
      yield endpoints;
      await new Promise<void>((resolve) => onAbort(signal, () => resolve()));
    },
  };
}

/** Loads the ZooKeeper client only when such a target is used. */
class ZooKeeperTarget implements Resolver {
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
