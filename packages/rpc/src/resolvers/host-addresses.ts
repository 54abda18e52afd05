import type { RecordWithTtl } from "node:dns";
import { onAbort, withDeadline } from "@servertech/core";
import { knownAddresses } from "./address.ts";
import { type OpenDns, isEmptyAnswer } from "./dns-client.ts";

export interface Addresses {
  /** IPv4 before IPv6, each sorted, none twice. */
  readonly addresses: readonly string[];
  /** How long they hold, in milliseconds. Undefined: they do not say, or one family has no new answer. */
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
  readonly #open: OpenDns;
  #ipv4: readonly string[] = [];
  #ipv6: readonly string[] = [];

  constructor(name: string, open: OpenDns) {
    this.#name = name;
    this.#open = open;
  }

  /** Asks once. Rejects when neither family has addresses to tell, and soon after the signal's abort. */
  async lookUp(signal: AbortSignal): Promise<Addresses> {
    const known = knownAddresses(this.#name);
    if (known !== undefined) return { addresses: known, ttlMs: undefined };
    signal.throwIfAborted();
    const client = this.#open();
    const stop = onAbort(signal, () => client.cancel());
    try {
      const [ipv4, ipv6] = await both(
        settled(client.resolve4(this.#name, { ttl: true })),
        settled(client.resolve6(this.#name, { ttl: true })),
      );
      return this.#merge(ipv4, ipv6);
    } finally {
      stop();
      client.cancel();
    }
  }

  #merge(ipv4: Answer, ipv6: Answer): Addresses {
    const records = [ipv4, ipv6].flatMap((answer) => (answer instanceof Error ? [] : answer));
    if (records.length === 0) {
      for (const answer of [ipv4, ipv6]) if (answer instanceof Error) throw answer;
      throw new Error(`${this.#name} has no addresses`);
    }
    if (!(ipv4 instanceof Error)) this.#ipv4 = sorted(ipv4);
    if (!(ipv6 instanceof Error)) this.#ipv6 = sorted(ipv6);
    const whole = !(ipv4 instanceof Error || ipv6 instanceof Error);
    return {
      addresses: [...this.#ipv4, ...this.#ipv6],
      ttlMs: whole ? Math.min(...records.map(({ ttl }) => ttl)) * 1_000 : undefined,
    };
  }
}

type Answer = readonly RecordWithTtl[] | Error;

async function settled(query: Promise<RecordWithTtl[]>): Promise<Answer> {
  try {
    return await query;
  } catch (error) {
    return isEmptyAnswer(error) ? [] : (error as Error);
  }
}

async function both(ipv4: Promise<Answer>, ipv6: Promise<Answer>): Promise<[Answer, Answer]> {
  const first = await Promise.race([ipv4, ipv6]);
  return first instanceof Error || first.length === 0
    ? Promise.all([ipv4, ipv6])
    : Promise.all([inGrace(ipv4), inGrace(ipv6)]);
}

function inGrace(answer: Promise<Answer>): Promise<Answer> {
  const late = (): Error => new Error(`no answer ${GRACE_MS} ms after that of the other address family`);
  return withDeadline(answer, GRACE_MS, late).catch((error: Error) => error);
}

function sorted(records: readonly RecordWithTtl[]): string[] {
  return [...new Set(records.map(({ address }) => address))].toSorted();
}
