import type { RecordWithTtl } from "node:dns";
import { onAbort, withDeadline } from "@servertech/core";
import { knownAddresses } from "./address.ts";
import { type DnsAccess, isEmptyAnswer } from "./dns-client.ts";
import { atMostDefault } from "./polled-resolver.ts";
import { fullNames } from "./search-list.ts";

export interface Addresses {
  /** IPv4 before IPv6, each sorted, none twice. */
  readonly addresses: readonly string[];
  /** How long they hold, in milliseconds. Undefined: they do not say, or one family is to be asked for again before. */
  readonly ttlMs: number | undefined;
}

/**
 * Once one family has its addresses, the other gets this long: some name servers never answer for AAAA
 * (https://www.rfc-editor.org/rfc/rfc4074#section-4.1).
 */
const GRACE_MS = 300;

/**
 * The IPv4 and IPv6 addresses of one name. A family whose look-up fails keeps the addresses of its last answer while the
 * other has a new one.
 */
export class HostAddresses {
  readonly #name: string;
  readonly #dns: DnsAccess;
  /** The full name that answered last, and what it answered. */
  #fullName: string | undefined;
  #ipv4: readonly string[] = [];
  #ipv6: readonly string[] = [];

  constructor(name: string, dns: DnsAccess) {
    this.#name = name;
    this.#dns = dns;
  }

  /** Asks once. Rejects when neither family has addresses to tell, and soon after the signal's abort. */
  async lookUp(signal: AbortSignal): Promise<Addresses> {
    const known = knownAddresses(this.#name);
    if (known !== undefined) return { addresses: known, ttlMs: undefined };
    for (const fullName of fullNames(this.#name, await this.#dns.searchList())) {
      const [ipv4, ipv6] = await ask(this.#dns, fullName, signal);
      if (hasRecords(ipv4) || hasRecords(ipv6)) return this.#merge(fullName, ipv4, ipv6);
      // The next name may be of somebody else: it is asked for only when this one is known to have nothing.
      for (const answer of [ipv4, ipv6]) if (answer instanceof Error) throw answer;
    }
    throw new Error(`${this.#name} has no addresses`);
  }

  #merge(fullName: string, ipv4: Answer, ipv6: Answer): Addresses {
    const lastKept = this.#fullName === fullName;
    this.#fullName = fullName;
    this.#ipv4 = ipv4 instanceof Error ? (lastKept ? this.#ipv4 : []) : sorted(ipv4);
    this.#ipv6 = ipv6 instanceof Error ? (lastKept ? this.#ipv6 : []) : sorted(ipv6);
    return { addresses: [...this.#ipv4, ...this.#ipv6], ttlMs: ttlMsOf(ipv4, ipv6) };
  }
}

type Answer = readonly RecordWithTtl[] | Error;

async function ask(dns: DnsAccess, fullName: string, signal: AbortSignal): Promise<[Answer, Answer]> {
  signal.throwIfAborted();
  const client = dns.open();
  const stop = onAbort(signal, () => client.cancel());
  try {
    const ipv4 = settled(client.resolve4(fullName, { ttl: true }));
    const ipv6 = settled(client.resolve6(fullName, { ttl: true }));
    const first = await Promise.race([ipv4, ipv6]);
    return await Promise.all(hasRecords(first) ? [inGrace(ipv4), inGrace(ipv6)] : [ipv4, ipv6]);
  } finally {
    stop();
    client.cancel();
  }
}

async function settled(query: Promise<RecordWithTtl[]>): Promise<Answer> {
  try {
    return await query;
  } catch (error) {
    return isEmptyAnswer(error) ? [] : (error as Error);
  }
}

function inGrace(answer: Promise<Answer>): Promise<Answer> {
  const late = (): Error => new Error(`no answer ${GRACE_MS} ms after that of the other address family`);
  return withDeadline(answer, GRACE_MS, late).catch((error: Error) => error);
}

function hasRecords(answer: Answer): boolean {
  return !(answer instanceof Error) && answer.length > 0;
}

function ttlMsOf(ipv4: Answer, ipv6: Answer): number | undefined {
  const records = [ipv4, ipv6].flatMap((answer) => (answer instanceof Error ? [] : answer));
  const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1_000;
  const whole = !(ipv4 instanceof Error || ipv6 instanceof Error);
  return whole ? ttlMs : atMostDefault(ttlMs);
}

function sorted(records: readonly RecordWithTtl[]): string[] {
  return [...new Set(records.map(({ address }) => address))].toSorted();
}
