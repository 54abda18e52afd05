import { defineConfig } from "tsup";
import { preset } from "../../tools/tsup-preset.ts";

export default defineConfig({
  ...preset,
  entry: {
    index: "src/index.ts",
    "zookeeper/index": "src/zookeeper/index.ts",
    "otel/index": "src/otel/index.ts",
    cli: "src/cli.ts",
    "protoc-gen": "src/protoc-gen.ts",
  },
});
