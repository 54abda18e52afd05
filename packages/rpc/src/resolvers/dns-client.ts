import { promises as dns } from "node:dns";
import { type SearchList, machineSearchList } from "./search-list.ts";

/** The look-ups of one `dns.promises.Resolver`, as far as they are used here. */
type DnsClient = Pick<dns.Resolver, "resolve4" | "resolve6" | "resolveSrv" | "cancel">;

/** Whom to ask, and for what names. */
export interface DnsAccess {
  /** Opens a client for one question. */
  open(): DnsClient;
  /** The client itself knows only full names. */
  searchList(): Promise<SearchList>;
}

/**
 * The machine's name servers, with a new client each time: it reads their list when it is made, and has no answers of before.
 *
 * A lost packet is sent again after 0.5 s, so that it costs less than the wait for a server; a name server that stays
 * silent has cost 0.5 + 1 + 2 + 4 s.
 */
export const machineDns: DnsAccess = {
  open: () => new dns.Resolver({ timeout: 500, tries: 4 }),
  searchList: machineSearchList,
};

/** Whether the answer says that there is nothing, as against no answer. */
export function isEmptyAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENODATA" || code === "ENOTFOUND";
}
