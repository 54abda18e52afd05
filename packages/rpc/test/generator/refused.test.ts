import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../../src/generator/generate.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-refused-"));
});
afterAll(() => rm(dir, { recursive: true }));

const P3 = 'syntax = "proto3";\n';

async function generated(source: string) {
  const file = join(dir, "a.proto");
  await writeFile(file, source);
  return generate([file]);
}

describe("generate refuses, with file, line and reason:", () => {
  it.each([
    ["proto2", 'syntax = "proto2";\nmessage A {}', ":1: only the syntax proto3 is supported"],
    ["a file without syntax", "message A {}", ":1: no `syntax"],
    ["an edition", 'edition = "2023";\nmessage A {}', ":1: editions are not supported"],
    ["a group", `${P3}message A {\n  repeated group B = 1 { }\n}`, ":3: groups are not supported"],
    [
      "an extension",
      `${P3}// extend x {\nmessage A {}\nextend A { int32 b = 100; }`,
      ":4: extensions are not supported",
    ],
    ["a range of extensions", `${P3}message A {\n extensions 100 to 200;\n}`, ":3: extensions are not supported"],
    ["a required field", `${P3}message A {\n required int32 a = 1;\n}`, ":3: required fields are not supported"],
    [
      "a file of protobuf that the runtime has not",
      `${P3}import "google/protobuf/api.proto";`,
      ":2: the import google/protobuf/api.proto is in none of:",
    ],
    ["an import that is not there", `${P3}\nimport "none.proto";`, ":3: the import none.proto is in none of:"],
    ["an import outside", `${P3}import "../none.proto";`, ":2: the import ../none.proto is no path inside"],
    ["a type that is not there", `${P3}message A {\n  int32 a = 1;\n  None b = 2;\n}`, ":4: no such"],
    [
      "a type of an rpc that is not there",
      `${P3}message A {}\nservice S {\n  rpc Do(A) returns (None);\n}`,
      ":4: no such",
    ],
    ["what is no proto", `${P3}\nmessage A {\n  int32 = 1;\n}`, ":4: illegal"],
    ["field number 19000", `${P3}message A {\n  int32 a = 19000;\n}`, ":3: field number 19000"],
    ["field number 0", `${P3}message A {\n  int32 a = 0;\n}`, ":3: "],
    ["a field number twice", `${P3}message A {\n  int32 a = 1;\n  int32 b = 1;\n}`, ":2: duplicate id 1 in Type A"],
    ["a reserved number", `${P3}message A {\n  reserved 3;\n  int32 a = 3;\n}`, ":2: id 3 is reserved in Type A"],
    ["a name twice", `${P3}\nenum E {\n  A = 0;\n  A = 1;\n}`, ":3: duplicate name 'A' in Enum E"],
    ["an enum that does not begin at 0", `${P3}\nenum E {\n  A = 1;\n}`, ":3: the first value of enum E is not 0"],
    [
      "two fields of one name in TypeScript",
      `${P3}message A {\n  int32 a_b = 1;\n  int32 aB = 2;\n}`,
      ":4: aB has the same name",
    ],
    [
      "a field named as a oneof",
      `${P3}message A {\n  int32 pick = 1;\n  oneof Pick {\n    int32 b = 2;\n  }\n}`,
      "the same name",
    ],
    [
      "two types of one name",
      `${P3}message A {\n  message B {}\n}\nmessage A_B {}`,
      "has the same name in TypeScript as",
    ],
    [
      "two rpcs of one name",
      `${P3}message A {}\nservice S {\n  rpc Do(A) returns (A);\n  rpc do(A) returns (A);\n}`,
      ":5: rpc do has the same",
    ],
    ["a jstype of no 64-bit integer", `${P3}message A {\n  int32 a = 1 [jstype = JS_STRING];\n}`, ":3: jstype is for"],
    ["a jstype of a map", `${P3}message A {\n  map<int32, int64> a = 1 [jstype = JS_NUMBER];\n}`, ":3: jstype is for"],
    [
      "a jstype that is none",
      `${P3}message A {\n  int64 a = 1 [jstype = JS_TEXT];\n}`,
      ':3: jstype "JS_TEXT" is none of',
    ],
    ["default values", `${P3}message A {\n  int32 a = 1 [default = 5];\n}`, ":3: a: proto3 has no default values"],
  ])("%s", async (_, source, text) => {
    await expect(generated(source)).rejects.toThrow(text);
    await expect(generated(source)).rejects.toThrow(expect.objectContaining({ name: "ProtoError" }));
    await expect(generated(source)).rejects.toThrow(join(dir, "a.proto"));
  });

  it("a file that is not there", async () => {
    await expect(generate([join(dir, "none.proto")])).rejects.toThrow(/none\.proto: cannot be read \(ENOENT\)/);
  });
});

describe("generate", () => {
  it("renames what TypeScript or the generated code has taken", async () => {
    const [file] = await generated(
      `${P3}message Object {}\nmessage string { Object class = 1; }\nservice S { rpc Then(Object) returns (string); }`,
    );
    expect(file?.text).toContain("export interface Object$ {}");
    expect(file?.text).toContain("export interface string$ {\n  class?: Object$ | undefined;\n}");
    expect(file?.text).toContain('readonly then$: $Method<"unary", Object$, string$>');
  });

  it("leaves the names of a client's own methods free", async () => {
    const names = ["Ready", "Close", "Stats", "Then", "Catch"];
    const rpcs = names.map((name) => `rpc ${name}(A) returns (A);`).join(" ");
    const [file] = await generated(`${P3}message A {}\nservice S { ${rpcs} }`);
    const keys = [...(file?.text ?? "").matchAll(/readonly (\S+): \$Method/g)].map(([, key]) => key);
    expect(keys).toEqual(["ready$", "close$", "stats$", "then$", "catch"]);
  });

  it("gives numbers for 64-bit integers where asked", async () => {
    await writeFile(join(dir, "n.proto"), `${P3}message A { int64 a = 1; repeated uint64 b = 2; }`);
    const [file] = await generate([join(dir, "n.proto")], { int64: "number" });
    expect(file?.text).toContain("a: number;\n  b: number[];");
  });

  it("marks what may be carried out twice", async () => {
    const [file] = await generated(
      `${P3}message A {}\nservice S { rpc Get(A) returns (stream A) { option idempotency_level = NO_SIDE_EFFECTS; } rpc Do(A) returns (A); }`,
    );
    expect(file?.text).toContain(
      'get: { name: "Get", kind: "serverStream", request: A, response: A, idempotent: true }',
    );
    expect(file?.text).toContain('do: { name: "Do", kind: "unary", request: A, response: A }');
  });

  it("finds imports in the include directories, in their order, and writes each module once", async () => {
    await writeFile(join(dir, "one.proto"), `${P3}message One {}`);
    await writeFile(join(dir, "two.proto"), `${P3}import "one.proto";\nmessage Two { One one = 1; }`);
    const files = await generate([join(dir, "two.proto"), join(dir, "one.proto")], { includeDirs: [dir] });
    expect(files.map(({ path }) => path)).toEqual(["two.ts", "one.ts"]);
    expect(files[0]?.text).toContain('import * as $one from "./one.js";');
  });
});
