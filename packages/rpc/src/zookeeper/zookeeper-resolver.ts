import { onAbort, optionChecks } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";
import { CLIENT_OPTION_NAMES } from "./client/options.ts";
import { REGISTRY_ONLY_NAMES, type ZooKeeperRegistryOptions } from "./options.ts";
import type { Registry, ServiceInstance, ServiceWatcher } from "./registry-types.ts";
import { checkName } from "./service-record.ts";
import { parseZooKeeperUrl } from "./zookeeper-url.ts";
import { createZooKeeperRegistry } from "./zookeeper-registry.ts";

/** Of a registry that the resolver makes itself; the URL has the rest. */
export type ZooKeeperResolverOptions = Omit<ZooKeeperRegistryOptions, "connect" | "base">;

/**
 * Names the servers of a service in ZooKeeper, for the target of a client.
 *
 * `zookeeper("zk://host[:port],…/<base>/<service>")` has a registry of its own, which it opens on first use and closes
 * with itself. `zookeeper(registry, name)` uses one that exists and leaves it open; without `name` it looks for the
 * service that the client asks for.
 *
 * @throws OptionError, ZooKeeperError `REGISTRY_INVALID_SERVICE`
 */
export function zookeeper(url: string, options?: ZooKeeperResolverOptions): Resolver;
export function zookeeper(registry: Registry, name?: string): Resolver;
export function zookeeper(target: string | Registry, more?: ZooKeeperResolverOptions | string): Resolver {
  if (typeof target !== "string") {
    const name = more as string | undefined;
    if (name !== undefined) checkName("name", name);
    return new RegistryResolver(target, name, false);
  }
  const legal = [...CLIENT_OPTION_NAMES, ...REGISTRY_ONLY_NAMES].filter((one) => one !== "connect" && one !== "base");
  const check = optionChecks(more, legal);
  const parsed = parseZooKeeperUrl(target);
  if (typeof parsed === "string") check.problem("url", parsed, target);
  const { connect, base, service } = check.done(
    typeof parsed === "string" ? { connect: "", base: "", service: "" } : parsed,
  );
  const options = more as ZooKeeperResolverOptions | undefined;
  return new RegistryResolver(createZooKeeperRegistry({ ...options, connect, base }), service, true);
}

class RegistryResolver implements Resolver {
  readonly #registry: Registry;
  readonly #name: string | undefined;
  readonly #owned: boolean;

  constructor(registry: Registry, name: string | undefined, owned: boolean) {
    this.#registry = registry;
    this.#name = name;
    this.#owned = owned;
  }

  async *watch(service: string, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly Endpoint[]> {
    if (signal.aborted) return;
    const watcher = this.#registry.watch(this.#name ?? service);
    try {
      yield* lists(watcher, signal);
    } finally {
      await watcher.close();
    }
  }

  async close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    if (this.#owned) await this.#registry.close(options);
  }
}

/** The list at each change; those that nobody took in time are left out but for the last. */
async function* lists(watcher: ServiceWatcher, signal: AbortSignal): AsyncGenerator<readonly Endpoint[]> {
  let changed = false;
  let wake: (() => void) | undefined;
  watcher.on("change", () => {
    changed = true;
    wake?.();
  });
  const stop = onAbort(signal, () => wake?.());
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false;
        yield watcher.instances.flatMap((instance) => endpointOf(instance));
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
  }
}

/** None for an instance without a port. */
function endpointOf({ id, address, port, meta }: ServiceInstance): Endpoint[] {
  if (port === null) return [];
  const { weight, zone, ...rest } = meta;
  const metadata = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)]));
  return [
    {
      id,
      host: address,
      port,
      // Others write here, too: what is no share is none.
      weight: typeof weight === "number" && Number.isFinite(weight) && weight > 0 ? weight : undefined,
      zone: typeof zone === "string" ? zone : undefined,
      metadata,
    },
  ];
}
