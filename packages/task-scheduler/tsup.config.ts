import { defineConfig } from "tsup";
import { preset } from "../../tools/tsup-preset.ts";

export default defineConfig({ ...preset, entry: { index: "src/index.ts", "testing/index": "src/testing/index.ts" } });
