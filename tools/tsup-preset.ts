import type { Options } from "tsup";

/** What every package's tsup.config.ts shares. Declarations come from `tsc -b` afterwards. */
export const preset = {
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
  dts: false,
  silent: true,
} satisfies Options;
