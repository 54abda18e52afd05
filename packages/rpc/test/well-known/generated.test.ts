/** What stands in `src/gen/google` is what the generator makes of `proto/google`, but for the place of the runtime. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../src/generator/generate.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each([
  ["google/protobuf/any", "codec"],
  ["google/protobuf/duration", "codec"],
  ["google/protobuf/empty", "codec"],
  ["google/protobuf/field_mask", "codec"],
  ["google/protobuf/struct", "codec"],
  ["google/protobuf/timestamp", "codec"],
  ["google/protobuf/wrappers", "codec"],
  ["google/rpc/error_details", "error-details"],
])("%s", async (name, runtime) => {
  const files = await generate([`${root}proto/${name}.proto`], {
    includeDirs: [`${root}proto`],
    importExtension: "ts",
  });
  const text = files.find(({ path }) => path === `${name}.ts`)?.text;
  expect(await readFile(`${root}src/gen/${name}.ts`, "utf8")).toBe(
    text?.replaceAll('"@servertech/rpc"', `"../../../${runtime}/runtime.ts"`),
  );
});
