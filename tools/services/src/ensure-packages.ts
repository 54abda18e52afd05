import { existsSync } from "node:fs";
import { aptInstall, usableApt } from "./apt.ts";
import { findChromium } from "./binaries.ts";
import { aptPackages, missingError } from "./missing.ts";
import type { ServerKind } from "./recipe.ts";
import { recipes } from "./recipes.ts";
import { neededServices } from "./start-services.ts";

export interface EnsurePackagesOptions {
  /** The servers wanted. @default those that no environment variable replaces */
  services?: readonly ServerKind[] | undefined;
  /** Whether a browser for tests is wanted as well, with a font for Chinese. @default false */
  browser?: boolean | undefined;
  /** Told in one line what is about to be installed, and in several why that failed. @default nobody */
  onProgress?: ((message: string) => void) | undefined;
}

export interface EnsuredPackages {
  /** The Debian packages that were installed now. */
  readonly installed: readonly string[];
  /** Those for the browser that are not there; browser tests then skip themselves. */
  readonly missing: readonly string[];
}

const FONT_FOLDER = "/usr/share/fonts/truetype/wqy";

/**
 * Sees to it that the servers are installed: as root with apt-get, unless `SERVERTECH_NO_APT` is set, by installing what is
 * missing; the daemons of the packages stay down. A browser is installed likewise where it can be, and is never a reason to fail.
 *
 * @throws {@link ServiceError} `SERVICE_MISSING` with the ways to get what is missing.
 */
export async function ensurePackages(options: EnsurePackagesOptions = {}): Promise<EnsuredPackages> {
  const { services = neededServices(), browser = false, onProgress } = options;
  const servers = aptPackages(missingServices(services));
  const apt = usableApt();
  const install = async (packages: readonly string[]) => {
    if (apt === undefined || packages.length === 0) return [];
    onProgress?.(`installing ${packages.join(" ")}`);
    await aptInstall(apt, packages);
    return packages;
  };
  let installed: readonly string[] = [];
  try {
    installed = await install(servers);
  } catch (error) {
    onProgress?.(messageOf(error));
    throw missingError(missingServices(services), { cause: error });
  }
  const stillMissing = missingServices(services);
  if (stillMissing.length > 0) throw missingError(stillMissing);
  if (!browser) return { installed, missing: [] };
  try {
    installed = [...installed, ...(await install(missingForBrowser()))];
  } catch (error) {
    onProgress?.(messageOf(error));
  }
  return { installed, missing: missingForBrowser() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function missingServices(kinds: readonly ServerKind[]): ServerKind[] {
  return kinds.filter((kind) => !recipes[kind].isInstalled());
}

function missingForBrowser(): string[] {
  const chromium = findChromium() === undefined ? ["chromium"] : [];
  // Without it Chromium on Linux shows empty boxes for Chinese; macOS has fonts of its own.
  const font = process.platform === "linux" && !existsSync(FONT_FOLDER) ? ["fonts-wqy-zenhei"] : [];
  return [...chromium, ...font];
}
