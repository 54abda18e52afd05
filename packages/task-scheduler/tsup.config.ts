import { defineConfig } from "tsup";
import { preset } from "../../tools/tsup-preset.ts";

export default defineConfig({
  ...preset,
  entry: {
    index: "src/index.ts",
    "esbuild/index": "src/esbuild/index.ts",
    "otel/index": "src/otel/index.ts",
    "bullmq/index": "src/bullmq/index.ts",
    "testing/index": "src/testing/index.ts",
  },
});
