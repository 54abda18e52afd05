/** The plugin with a request recorded from protoc 3.21 for the fixtures, source information included. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CodeGeneratorRequest, CodeGeneratorResponse, FileDescriptorProto } from "../../src/gen/descriptor.ts";
import { answerPlugin } from "../../src/generator/plugin.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const recorded = async () => CodeGeneratorRequest.decode(await readFile(fixture("protoc/request.bin")));

describe("protoc-gen-servertech", () => {
  it("makes of protoc's request the files that gen makes", async () => {
    const answer = CodeGeneratorResponse.decode(answerPlugin(await readFile(fixture("protoc/request.bin"))));
    expect(answer.error).toBeUndefined();
    expect(answer.supportedFeatures).toBe(1n);
    expect(answer.file.map(({ name }) => name).toSorted()).toEqual([
      "everything.ts",
      "shared/kinds.ts",
      "well_known.ts",
    ]);
    for (const { name, content } of answer.file) expect(content).toBe(await readFile(fixture(`gen/${name}`), "utf8"));
  });

  it("takes options as parameters, and refuses others", async () => {
    const request = await recorded();
    const answerTo = (parameter: string) =>
      CodeGeneratorResponse.decode(answerPlugin(CodeGeneratorRequest.encode({ ...request, parameter })));
    const { file } = answerTo("int64=number");
    expect(file.find(({ name }) => name === "everything.ts")?.content).toContain("  anInt64: number;");
    expect(answerTo("int64=long")).toMatchObject({ file: [], error: expect.stringContaining("int64=long") as string });
    expect(answerTo("other")).toMatchObject({ file: [], error: expect.stringContaining("other") as string });
  });

  it("refuses with file, line and reason", async () => {
    const request = await recorded();
    const broken = request.protoFile.map((file) =>
      file.name === "everything.proto"
        ? {
            ...file,
            messageType: file.messageType.map((type) => ({ ...type, extensionRange: [{ start: 1, end: 2 }] })),
          }
        : file,
    );
    const answer = CodeGeneratorResponse.decode(
      answerPlugin(CodeGeneratorRequest.encode({ ...request, protoFile: broken })),
    );
    expect(answer.error).toMatch(/^everything\.proto:\d+: extensions are not supported$/);
    expect(answer.file).toEqual([]);
    const proto2 = FileDescriptorProto.create({ name: "a.proto" });
    const old = answerPlugin(CodeGeneratorRequest.encode({ fileToGenerate: ["a.proto"], protoFile: [proto2] }));
    expect(CodeGeneratorResponse.decode(old).error).toBe("a.proto: the syntax proto2 is not supported: only proto3 is");
    expect(CodeGeneratorResponse.decode(answerPlugin(Buffer.from([0xff]))).error).toContain("no such message");
  });
});
