/** The README's way from a .proto file to a stream, walked as a reader would: its files, its commands, its program. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { ProjectFolder, blockAfter } from "../../../tools/project-folder.ts";
import { generate } from "../src/generator/generate.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const block = (language: string) => blockAfter(readme, "## From a .proto file to a stream", language);

it("goes from chat.proto to streams", async () => {
  await using project = await ProjectFolder.create(["rpc", "core"]);
  const proto = await project.write("chat.proto", block("proto"));
  expect(block("sh").trim()).toBe("npx servertech-rpc gen chat.proto -o src/gen");
  for (const { path, text } of await generate([proto])) await project.writeTypeScript(`src/gen/${path}`, text);
  await project.writeTypeScript("src/main.ts", block("typescript"));
  const { stdout, stderr } = await project.run("src/main.js");
  expect(stderr).toBe("");
  expect(stdout.trim().split("\n")).toEqual(["1n hello", "LOUDER", "RPC_INVALID_ARGUMENT empty text"]);
}, 60_000);
