import { existsSync } from "node:fs";
import { BenchmarkError } from "./benchmark-error.ts";

/**
 * Where Bun's npm package has its executable: in a package of the platform, from which its install script moves it.
 *
 * @param folder where it is installed: `context.nativePeer()` of a contender with `native: "bun@…"`.
 * @throws {@link BenchmarkError} when it is not there.
 */
export function bunExecutable(folder: string): string {
  const places = [`@oven/bun-${process.platform}-${process.arch}/bin/bun`, "bun/bin/bun.exe"];
  const found = places.map((place) => `${folder}/node_modules/${place}`).find((file) => existsSync(file));
  if (found === undefined) throw new BenchmarkError(`Bun has no executable in ${folder}`);
  return found;
}
