import { existsSync, readdirSync } from "node:fs";
import { BenchmarkError } from "./benchmark-error.ts";

export interface CaseFile {
  /** The package's folder name, or `apps`. */
  readonly group: string;
  readonly name: string;
  /** `<group>/<name>`. */
  readonly id: string;
  /** Its URL. */
  readonly file: string;
}

const SUFFIX = ".bench.ts";

/**
 * The case files of a workspace, in order of their ids: `packages/<group>/bench/<name>.bench.ts`, and
 * `benchmarks/apps/<name>.bench.ts` as group `apps`.
 *
 * @param root the workspace's folder, with a slash at its end.
 * @throws {@link BenchmarkError} with the names there are, when `group` or `name` is not among them.
 */
export function findCases(root: URL, group?: string, name?: string): CaseFile[] {
  const packages = new URL("packages/", root);
  const groups = existsSync(packages) ? readdirSync(packages) : [];
  const all = [
    ...casesIn("apps", new URL("benchmarks/apps/", root)),
    ...groups.flatMap((folder) => casesIn(folder, new URL(`packages/${folder}/bench/`, root))),
  ].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const inGroup = group === undefined ? all : all.filter((one) => one.group === group);
  const found = name === undefined ? inGroup : inGroup.filter((one) => one.name === name);
  if (found.length === 0) {
    const wanted = [group, name].filter((part) => part !== undefined).join(" ");
    const known = all.map((one) => `  ${one.group} ${one.name}`).join("\n");
    throw new BenchmarkError(`no benchmark "${wanted}". There are:\n${known || "  none"}`);
  }
  return found;
}

function casesIn(group: string, folder: URL): CaseFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => entry.endsWith(SUFFIX))
    .map((entry) => {
      const name = entry.slice(0, -SUFFIX.length);
      return { group, name, id: `${group}/${name}`, file: new URL(entry, folder).href };
    });
}
