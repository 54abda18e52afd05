import { defineConfig } from "tsup";
import { preset } from "../../tools/tsup-preset.ts";

export default defineConfig({
  ...preset,
  entry: { main: "src/main.ts", contract: "src/contract.ts", demo: "src/demo/main.ts" },
});
