/** `gen --target=js`. */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gen } from "../../src/cli/gen.ts";
import { CodeGeneratorRequest, CodeGeneratorResponse } from "../../src/gen/descriptor.ts";
import { generate } from "../../src/generator/generate.ts";
import { answerPlugin } from "../../src/generator/plugin.ts";
import { Random, everything } from "../codec/random-messages.ts";
import * as typed from "../fixtures/gen/everything.ts";
import * as plain from "../fixtures/gen-js/everything.js";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
const FILE = `${FIXTURES}proto/everything.proto`;

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-js-"));
});
afterAll(() => rm(dir, { recursive: true }));

describe("modules in JavaScript", () => {
  it("are those that are committed, with declarations beside them", async () => {
    const files = await generate([FILE], { target: "js" });
    expect(files.map(({ path }) => path)).toEqual([
      "everything.js",
      "everything.d.ts",
      "shared/kinds.js",
      "shared/kinds.d.ts",
    ]);
    for (const { path, text } of files) expect(text).toBe(await readFile(`${FIXTURES}gen-js/${path}`, "utf8"));
  });

  it("do what those in TypeScript do", () => {
    expect(Object.keys(plain).toSorted()).toEqual(Object.keys(typed).toSorted());
    expect(plain.All.name).toBe("test.all.All");
    expect(Object.keys(plain.All.methods)).toEqual(Object.keys(typed.All.methods));
    expect(Buffer.from(plain.file$.bytes).equals(typed.file$.bytes)).toBe(true);
    expect(plain.Node_Color).toEqual(typed.Node_Color);
    for (let seed = 1; seed <= 20; seed++) {
      const bytes = typed.Everything.encode(everything(new Random(seed)));
      const message = plain.Everything.decode(bytes);
      expect(Buffer.from(plain.Everything.encode(message)).equals(bytes), `seed ${seed}`).toBe(true);
      const json = JSON.stringify(plain.Everything.toJSON(message));
      expect(json === JSON.stringify(typed.Everything.toJSON(typed.Everything.decode(bytes)))).toBe(true);
    }
  });

  it("have comments where readers look: in the declarations, and at what is exported", async () => {
    const declared = await readFile(`${FIXTURES}gen-js/everything.d.ts`, "utf8");
    expect(declared).toContain('    /** A text. */\n    | { case: "asText"; value: string }');
    expect(declared).toContain("  /** Reads. */\n  readonly getOne:");
    expect(declared).not.toMatch(/\bany\b/);
    const code = await readFile(`${FIXTURES}gen-js/everything.js`, "utf8");
    expect(code).toContain("/** Four kinds of call. */\nexport const All = ");
  });

  it("are written by gen", async () => {
    const said = await gen([FILE, "-o", dir, "--target=js"]);
    expect(said.split("\n")).toContain(join(dir, "shared", "kinds.d.ts"));
    expect((await readdir(dir)).toSorted()).toEqual(["everything.d.ts", "everything.js", "shared"]);
  });

  it("are refused with imports that end in .ts", async () => {
    await expect(gen([FILE, "-o", dir, "--target=js", "--import-extension=ts"])).rejects.toMatchObject({
      name: "UsageError",
      message: "gen: --import-extension=ts needs --target=ts",
    });
    await expect(gen([FILE, "-o", dir, "--target=cjs"])).rejects.toMatchObject({ name: "UsageError" });
    await expect(generate([FILE], { target: "js", importExtension: "ts" })).rejects.toThrow("imported with .js");
  });
});

describe("the plugin", () => {
  it("makes them as gen does, and keeps unknown fields on request", async () => {
    const request = CodeGeneratorRequest.decode(await readFile(`${FIXTURES}protoc/request.bin`));
    const answerTo = (parameter: string) =>
      CodeGeneratorResponse.decode(answerPlugin(CodeGeneratorRequest.encode({ ...request, parameter })));
    const { file } = answerTo("target=js");
    const made = new Map(file.map(({ name, content }) => [name, content]));
    for (const name of ["everything.js", "everything.d.ts", "shared/kinds.js", "shared/kinds.d.ts"]) {
      expect(made.get(name)).toBe(await readFile(`${FIXTURES}gen-js/${name}`, "utf8"));
    }
    const [first] = await generate([FILE], { unknownFields: true });
    for (const parameter of ["unknown-fields", "int64=bigint,unknown-fields=true"]) {
      expect(answerTo(parameter).file.find(({ name }) => name === "everything.ts")?.content).toBe(first?.text);
    }
    expect(answerTo("target=js,import-extension=ts").error).toContain("imported with .js");
    expect(answerTo("target=cjs").error).toContain("parameter target=cjs: there are int64=bigint");
  });
});
