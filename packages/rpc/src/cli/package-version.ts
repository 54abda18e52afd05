import { createRequire } from "node:module";

/** Of this package. */
export function packageVersion(): string {
  // By the package's own name: where this module stands in it depends on the build.
  const { version } = createRequire(import.meta.url)("@servertech/rpc/package.json") as { readonly version: string };
  return version;
}
