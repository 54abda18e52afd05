import { promises as dns } from "node:dns";

/** The look-ups of one `dns.promises.Resolver`, as far as they are used here. */
export type DnsClient = Pick<dns.Resolver, "resolve4" | "resolve6" | "resolveSrv" | "cancel">;

/** Opens a client for one look-up. */
export type OpenDns = () => DnsClient;

/**
 * A new one each time: it reads the machine's list of name servers when it is made, and has no answers of before.
 *
 * A lost packet is sent again after 0.5 s, so that it costs less than the wait for a server; a name server that stays
 * silent has cost 0.5 + 1 + 2 + 4 s.
 */
export function openDns(): DnsClient {
  return new dns.Resolver({ timeout: 500, tries: 4 });
}

/** Whether the answer says that there is nothing, as against no answer. */
export function isEmptyAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENODATA" || code === "ENOTFOUND";
}
