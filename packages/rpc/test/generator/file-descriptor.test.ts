/** Descriptors against the descriptor extension of protobufjs, and the way back to the same modules. */
import { fileURLToPath } from "node:url";
import { type Enum, type NamespaceBase, Root, type Service, type Type, util } from "protobufjs";
import { FileDescriptorSet } from "protobufjs/ext/descriptor.js";
import { describe, expect, it } from "vitest";
import { fileDescriptorBytes } from "../../src/generator/file-descriptor.ts";
import { filesFromDescriptors } from "../../src/generator/from-descriptors.ts";
import { generateFiles } from "../../src/generator/generate.ts";
import { loadProtoFiles } from "../../src/generator/proto-files.ts";
import { file$ } from "../fixtures/gen/everything.ts";
import { file$ as kinds } from "../fixtures/gen/shared/kinds.ts";

const PROTO = fileURLToPath(new URL("../fixtures/proto/", import.meta.url));
const load = () => loadProtoFiles([`${PROTO}everything.proto`], [PROTO]);

describe("the descriptor of a file", () => {
  it("is in its generated module, with those of its imports", async () => {
    const [everything, shared] = await load();
    expect(file$.name).toBe("everything.proto");
    expect(Buffer.from(file$.bytes).equals(fileDescriptorBytes(everything as NonNullable<typeof everything>))).toBe(
      true,
    );
    expect(file$.bytes).toBe(file$.bytes);
    expect(file$.dependencies.map((dependency) => dependency())).toEqual([kinds]);
    expect(shared?.path).toBe(kinds.name);
  });

  it("is to protobufjs the schema that it parses itself", async () => {
    const root = new Root();
    root.resolvePath = (_, target) => (target.startsWith("/") ? target : `${PROTO}${target}`);
    root.loadSync(`${PROTO}everything.proto`, { keepCase: true });
    expect(shapeOf(await descriptorRoot())).toEqual(shapeOf(root.resolveAll()));
  });

  it("comes back as the same file, but for comments", async () => {
    const files = await load();
    const bytes = files.map(fileDescriptorBytes);
    const back = filesFromDescriptors(bytes);
    expect(back.map(fileDescriptorBytes).map(hex)).toEqual(bytes.map(hex));
    const code = (text: string) => text.replaceAll(/^ *(?:\/\*\*|\*).*\n/gm, "");
    const texts = (from: typeof files) => generateFiles(from, from, {}).map(({ text }) => code(text));
    expect(texts(back)).toEqual(texts(files));
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

async function descriptorRoot(): Promise<NamespaceBase> {
  const files = await load();
  const set = Buffer.concat(
    files.map((file) => {
      const bytes = fileDescriptorBytes(file);
      return Buffer.concat([Buffer.from([0x0a]), varint(bytes.length), bytes]);
    }),
  );
  const make = Root as typeof Root & { fromDescriptor(set: unknown): Root };
  return make.fromDescriptor(FileDescriptorSet.decode(set)).resolveAll();
}

function varint(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 127) | 128]), varint(value >>> 7)]);
}

/** Full names of types with number, type and rule; of services with their methods. */
function shapeOf(root: NamespaceBase): Record<string, unknown> {
  const shape: Record<string, unknown> = {};
  const walk = (parent: NamespaceBase) => {
    for (const child of parent.nestedArray) {
      if ("fieldsArray" in child) {
        const type = child as Type;
        shape[type.fullName] = type.fieldsArray
          .map((field) => [
            // protobufjs calls fields by their JSON names here.
            (field.options?.json_name as string | undefined) ?? util.camelCase(field.name),
            field.id,
            field.resolvedType?.fullName ?? field.type,
            field.repeated,
            field.map,
            field.packed,
            util.camelCase(field.partOf?.name ?? ""),
          ])
          .toSorted((a, b) => Number(a[1]) - Number(b[1]));
      } else if ("values" in child) shape[child.fullName] = (child as Enum).values;
      else if ("methodsArray" in child) {
        const { methodsArray } = child as Service;
        shape[child.fullName] = methodsArray.map((method) => {
          method.resolve();
          const { name, requestStream, responseStream, resolvedRequestType, resolvedResponseType } = method;
          return [
            name,
            requestStream ?? false,
            responseStream ?? false,
            resolvedRequestType?.fullName,
            resolvedResponseType?.fullName,
          ];
        });
      }
      if ("nestedArray" in child) walk(child as NamespaceBase);
    }
  };
  walk(root);
  return shape;
}
