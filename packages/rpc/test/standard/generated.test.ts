/** What `src/gen` holds is what the generator makes of `proto`, but for the place of the runtime. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../src/generator/generate.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each([
  ["health", "grpc/health/v1/health.proto"],
  ["reflection", "grpc/reflection/v1/reflection.proto"],
])("%s", async (name, proto) => {
  const [file] = await generate([`${root}proto/${proto}`], { includeDirs: [`${root}proto`], importExtension: "ts" });
  const text = file?.text.replaceAll('"@servertech/rpc"', '"../codec/runtime.ts"');
  expect(await readFile(`${root}src/gen/${name}.ts`, "utf8")).toBe(text);
});
