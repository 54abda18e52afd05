/** Generated modules under the strictest flags of TypeScript, in each form that the generator has. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerateOptions, type GeneratedFile, generate } from "../../src/generator/generate.ts";
import { randomSchema } from "../codec/random-schema.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PROTO = ["everything", "chat", "well_known", "texts"].map((name) => at(`../fixtures/proto/${name}.proto`));

const FORMS: Readonly<Record<string, GenerateOptions>> = {
  plain: {},
  number: { int64: "number" },
  unknown: { unknownFields: true },
  javascript: { target: "js", unknownFields: true },
};

/** Everything that asks for more care, and nothing of what the generated code may not need: libraries are checked, too. */
const STRICTEST = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noUncheckedSideEffectImports: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  isolatedModules: true,
  isolatedDeclarations: true,
  declaration: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  forceConsistentCasingInFileNames: true,
};

/** What a user writes; a line behind `wrong` must not compile. */
const USER = (form: string) => `
import { createClient, type MessageInit } from "@servertech/rpc";
import { All, Choice, Maps, Node, Scalars } from "./everything.js";
import { Weight } from "./shared/kinds.js";
import { Texts } from "./texts.js";
const init: MessageInit<Node> = { name: "a", next: { inner: { depth: 1 } } };
const node: Node = Node.create(init);
export const name: string = node.name;
export const next: Node | undefined = node.next;
export const weight: Weight = Weight.LIGHT;
export const text: string | undefined = Maps.create().texts["a"];
export const list: readonly string[] = Texts.create().list;
const { pickedOne } = Choice.create();
if (pickedOne.case === "asNode") pickedOne.value.next = { ...node };
const client = createClient(All, { target: "tcp://127.0.0.1:1" });
export const got: Promise<Node> = client.getOne({});
export const large: ${form === "number" ? "number" : "bigint"} = Scalars.create().anInt64;
${form === "unknown" || form === "javascript" ? "export const kept: Uint8Array[] | undefined = node.unknown$;" : ""}
// @ts-expect-error -- a name is a text
Node.create({ name: 1 });
// @ts-expect-error -- there is no such constant
export const none: Weight = 77;
// @ts-expect-error -- another case has another value
if (pickedOne.case === "asText") pickedOne.value.next = node;
// @ts-expect-error -- and there is no such field
export const missing: unknown = node.missing;
`;

let dir = "";
const made: GeneratedFile[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-types-"));
  const schema = join(dir, "schema");
  await mkdir(schema);
  for (const [name, text] of randomSchema(4).files) await writeFile(join(schema, name), text);
  for (const [form, options] of Object.entries(FORMS)) {
    const files = await generate([...PROTO, join(schema, "main.proto")], options);
    for (const { path, text } of [...files, { path: "user.ts", text: USER(form) }]) {
      const file = join(dir, form, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      made.push({ path: `${form}/${path}`, text });
    }
  }
  const root = at("../../../../");
  const compilerOptions = {
    ...STRICTEST,
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "NodeNext",
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    paths: {
      "@servertech/rpc": [at("../../src/index.ts")],
      "@servertech/core": [join(root, "packages/core/src/index.ts")],
    },
    // The package's own sources are not under test.
    allowImportingTsExtensions: true,
    noEmit: true,
  };
  await writeFile(
    join(dir, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: [...Object.keys(FORMS), "planted.ts"] }),
  );
  await writeFile(join(dir, "planted.ts"), 'export const wrong: number = "";\n');
  await writeFile(join(dir, "package.json"), '{"type":"module"}');
});
afterAll(() => rm(dir, { recursive: true }));

describe("generated modules", () => {
  it("pass the strictest flags of TypeScript, and so does their user", async () => {
    const tsc = at("../../../../node_modules/typescript/bin/tsc");
    const complaints = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tsc, "-p", dir, "--pretty", "false"], { cwd: dir }, (_, stdout) => resolve(stdout));
    });
    // Sources of the package, which `paths` leads to, are checked with flags of their own elsewhere.
    const lines = complaints.split("\n").filter((line) => /^(?:error|[^ ])/.test(line) && !line.startsWith("../"));
    expect(lines).toEqual([expect.stringMatching(/^planted\.ts\(1,14\): error TS2322/)]);
  }, 60_000);

  it("hold no any", () => {
    expect(made.length).toBeGreaterThan(20);
    for (const { path, text } of made) {
      const code = text.replaceAll(/"[^"]*"|\/\*[\s\S]*?\*\//g, "");
      expect(code, path).not.toMatch(/(?:[:<|&]|\bas)\s*any\b/);
    }
  });
});
