import type { SrvRecord } from "node:dns";
import { type Logger, onAbort } from "@servertech/core";
import type { Endpoint } from "../resolver.ts";
import { addressText } from "./address.ts";
import { type DnsAccess, isEmptyAnswer, machineDns } from "./dns-client.ts";
import { type Addresses, HostAddresses } from "./host-addresses.ts";
import { type Found, PolledResolver, atMostDefault } from "./polled-resolver.ts";
import { fullNames } from "./search-list.ts";

/** The servers that SRV records name: `srv://_service._proto.name`. */
export function srvResolver(name: string, logger: Logger, dns: DnsAccess = machineDns): PolledResolver {
  const lookUp = new SrvLookUp(name, dns);
  return new PolledResolver(`srv://${name}`, (signal) => lookUp.run(signal), logger);
}

/** Looks up the records of lowest priority, then the addresses of their targets. */
class SrvLookUp {
  readonly #name: string;
  readonly #dns: DnsAccess;
  /** Of the targets of the last answer, with what they resolved to. */
  #hosts = new Map<string, SrvHost>();

  constructor(name: string, dns: DnsAccess) {
    this.#name = name;
    this.#dns = dns;
  }

  async run(signal: AbortSignal): Promise<Found> {
    const records = firstChoice(await this.#records(signal));
    if (records.length === 0) throw new Error(`${this.#name} has no SRV records`);
    signal.throwIfAborted();
    const hosts = new Map(
      records.map(({ name }) => [name, this.#hosts.get(name) ?? new SrvHost(name, this.#dns)] as const),
    );
    const outcomes = await Promise.all([...hosts.values()].map((host) => host.lookUp(signal)));
    signal.throwIfAborted();
    const found = outcomes.filter((outcome): outcome is Addresses => !(outcome instanceof Error));
    // Records without a single address are no better than no records.
    if (found.length === 0) throw outcomes[0];
    this.#hosts = hosts;
    return { endpoints: weighed(records, hosts), ttlMs: shortest(found) };
  }

  async #records(signal: AbortSignal): Promise<SrvRecord[]> {
    for (const fullName of fullNames(this.#name, await this.#dns.searchList())) {
      const records = await this.#ask(fullName, signal);
      if (records.length > 0) return records;
    }
    return [];
  }

  async #ask(fullName: string, signal: AbortSignal): Promise<SrvRecord[]> {
    signal.throwIfAborted();
    const client = this.#dns.open();
    const stop = onAbort(signal, () => client.cancel());
    try {
      return await client.resolveSrv(fullName);
    } catch (error) {
      if (isEmptyAnswer(error)) return [];
      throw error;
    } finally {
      stop();
    }
  }
}

/** One target and the addresses of its last good answer. */
class SrvHost {
  readonly #addresses: HostAddresses;
  last: readonly string[] = [];

  constructor(name: string, dns: DnsAccess) {
    // A target is a full name, whatever it looks like.
    this.#addresses = new HostAddresses(`${name}.`, dns);
  }

  async lookUp(signal: AbortSignal): Promise<Addresses | Error> {
    try {
      const found = await this.#addresses.lookUp(signal);
      this.last = found.addresses;
      return found;
    } catch (error) {
      return error as Error;
    }
  }
}

/** Clients must use the records of the lowest number: https://www.rfc-editor.org/rfc/rfc2782 ("Priority"). */
function firstChoice(records: readonly SrvRecord[]): SrvRecord[] {
  // The target "." says that the service is not to be had there; c-ares gives it as an empty name.
  const usable = records.filter(({ name, port }) => name !== "" && name !== "." && port > 0);
  const lowest = Math.min(...usable.map(({ priority }) => priority));
  return usable.filter(({ priority }) => priority === lowest);
}

/** A record's weight is shared by the addresses of its target. */
function weighed(records: readonly SrvRecord[], hosts: ReadonlyMap<string, SrvHost>): Endpoint[] {
  const smallest = Math.min(...records.map(({ weight }) => weight).filter((weight) => weight > 0));
  const byId = new Map<string, Endpoint & { readonly weight: number }>();
  for (const { name, port, weight } of records) {
    const addresses = hosts.get(name)?.last ?? [];
    for (const host of addresses) {
      const id = addressText(host, port);
      const share = shareOf(weight, smallest) / addresses.length;
      byId.set(id, { id, host, port, weight: share + (byId.get(id)?.weight ?? 0) });
    }
  }
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of weight 0 beside others: "a very small chance" by RFC 2782. All of weight 0: equal. */
function shareOf(weight: number, smallest: number): number {
  if (weight > 0) return weight;
  return smallest === Infinity ? 1 : smallest / 100;
}

/** Of the addresses: Node does not tell how long SRV records hold, so it is 30 s ± 20 % at the most. */
function shortest(found: readonly Addresses[]): number | undefined {
  return atMostDefault(Math.min(...found.flatMap(({ ttlMs }) => ttlMs ?? [])));
}
