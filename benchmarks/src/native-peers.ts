/** Peers with install scripts, which are no dependencies: `--native-peers` installs them once, with npm, into a cache folder. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/servertech/peers/", import.meta.url));
const INSTALL_LIMIT_MS = 300_000;

/** The folder in which `spec` (`name@version`) is installed; resolve the package from there. `undefined` where it is not. */
export function nativePeerFolder(spec: string): string | undefined {
  const folder = folderOf(spec);
  return existsSync(`${folder}/node_modules/${nameOf(spec)}/package.json`) ? folder : undefined;
}

/** Installs `spec` unless it is there. Gives the reason when it cannot be had. */
export async function installNativePeer(spec: string): Promise<string | undefined> {
  if (nativePeerFolder(spec) !== undefined) return undefined;
  const folder = folderOf(spec);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--no-save", spec];
  try {
    await promisify(execFile)("npm", args, { cwd: folder, timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    return `${spec} cannot be installed: ${reason}`;
  }
  return undefined;
}

function folderOf(spec: string): string {
  return `${CACHE}${spec.replaceAll("/", "+")}`;
}

function nameOf(spec: string): string {
  return spec.slice(0, spec.lastIndexOf("@"));
}
