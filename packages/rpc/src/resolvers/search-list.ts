import { readFile } from "node:fs/promises";

/** How names that may be short are completed. */
export interface SearchList {
  readonly domains: readonly string[];
  /** A name with so many dots is asked for as it is before it is completed. */
  readonly ndots: number;
}

export const NO_SEARCH: SearchList = { domains: [], ndots: 1 };

/** What the machine says in `/etc/resolv.conf`; nothing where there is none. */
export async function machineSearchList(): Promise<SearchList> {
  try {
    return parseSearchList(await readFile("/etc/resolv.conf", "utf8"));
  } catch {
    return NO_SEARCH; // Windows, or a container without
  }
}

/** Reads `domain`, `search` and `options ndots:`, of which the last counts, as resolv.conf(5) has it. */
export function parseSearchList(text: string): SearchList {
  let { domains, ndots } = NO_SEARCH;
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === "domain") domains = words.slice(0, 1);
    else if (keyword === "search") domains = words;
    else if (keyword === "options")
      for (const word of words) {
        const [, digits] = /^ndots:(\d+)$/.exec(word) ?? [];
        // 15 is the most that resolv.conf(5) allows.
        if (digits !== undefined) ndots = Math.min(Number(digits), 15);
      }
  }
  // "." stands for the root: the name as it is.
  return { domains: domains.filter((domain) => domain !== "."), ndots };
}

/** The full names to ask for, in order. One that ends in a dot is full already. */
export function fullNames(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const completed = domains.map((domain) => `${name}.${domain.replace(/\.$/, "")}`);
  return name.split(".").length > ndots ? [name, ...completed] : [...completed, name];
}
