/** The well-known types are what the generator makes of `proto/google`, but for the place of the runtime. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../src/generator/generate.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each([
  "google/protobuf/any",
  "google/protobuf/duration",
  "google/protobuf/empty",
  "google/protobuf/field_mask",
  "google/protobuf/struct",
  "google/protobuf/timestamp",
  "google/protobuf/wrappers",
])("%s", async (name) => {
  const files = await generate([`${root}proto/${name}.proto`], {
    includeDirs: [`${root}proto`],
    importExtension: "ts",
  });
  const text = files.find(({ path }) => path === `${name}.ts`)?.text;
  expect(await readFile(`${root}src/gen/${name}.ts`, "utf8")).toBe(
    text?.replaceAll('"@servertech/rpc"', '"../../../codec/runtime.ts"'),
  );
});
