import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../../src/generator/generate.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLE = at("../../../../examples/ai-server/");
const FIXTURES = at("../fixtures/");

describe("generated modules", () => {
  it("are those that are committed", async () => {
    const files = await generate(
      ["everything", "chat", "well_known", "texts"].map((name) => `${FIXTURES}proto/${name}.proto`),
      { importExtension: "ts" },
    );
    expect(files.map(({ path }) => path)).toEqual([
      "everything.ts",
      "shared/kinds.ts",
      "chat.ts",
      "well_known.ts",
      "texts.ts",
    ]);
    for (const { path, text } of files) expect(text).toBe(await readFile(`${FIXTURES}gen/${path}`, "utf8"));
  });

  it("of the AI example are those that are committed", async () => {
    const files = await generate([`${EXAMPLE}proto/ai_server.proto`], { importExtension: "ts" });
    const committed = await readFile(`${EXAMPLE}src/gen/ai_server.ts`, "utf8");
    expect(files).toEqual([{ path: "ai_server.ts", text: committed }]);
  });

  it("of the benchmark are those that are committed", async () => {
    const files = await generate([at("../../bench/echo.proto")], { importExtension: "ts" });
    const committed = await readFile(at("../../bench/fixtures/echo.ts"), "utf8");
    expect(files).toEqual([{ path: "echo.ts", text: committed }]);
  });

  it("of descriptors are those that are committed", async () => {
    const [file] = await generate([at("../../proto/google/protobuf/descriptor.proto")], { importExtension: "ts" });
    const text = file?.text.replaceAll('"@servertech/rpc"', '"../codec/runtime.ts"');
    expect(await readFile(at("../../src/gen/descriptor.ts"), "utf8")).toBe(text);
  });

  it("keep the comments", async () => {
    const text = await readFile(`${FIXTURES}gen/everything.ts`, "utf8");
    expect(text).toContain("/**\n * Every scalar type, alone.\n *\n * The comment has two paragraphs.\n */\n");
    expect(text).toContain(String.raw`/** It holds itself: *\/ is no end. */`);
    expect(text).toContain("  /** Two bytes of tag. */\n  far: string;");
    expect(text).toContain('    /** A text. */\n    | { case: "asText"; value: string }');
    expect(text).toContain('  /** Reads. */\n  readonly getOne: $Method<"unary", Object$, Node>;');
  });
});
