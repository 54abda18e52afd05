import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The version of package `name` as the case file sees it: the package the file belongs to, or the one in the nearest
 * `node_modules`. Node's own version for a name that begins with `node:`, empty for a baseline without a package.
 */
export function packageVersion(name: string, caseFile: string): string {
  if (name.startsWith("node:")) return process.versions.node;
  let folder = dirname(fileURLToPath(caseFile));
  for (;;) {
    const own = manifestOf(join(folder, "package.json"));
    if (own?.name === name) return own.version ?? "";
    const installed = manifestOf(join(folder, "node_modules", name, "package.json"));
    if (installed !== undefined) return installed.version ?? "";
    const parent = dirname(folder);
    if (parent === folder) return "";
    folder = parent;
  }
}

function manifestOf(path: string): { readonly name?: string; readonly version?: string } | undefined {
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
}
