/** Generated code and dynamic services against protobufjs, on schemas that nobody wrote. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Root, parse } from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../src/codec/field-info.ts";
import type { MessageType } from "../../src/codec/message-type.ts";
import { filesFromDescriptors } from "../../src/generator/from-descriptors.ts";
import { fileDescriptorBytes } from "../../src/generator/file-descriptor.ts";
import { generate, generateFiles } from "../../src/generator/generate.ts";
import { loadProtoFiles } from "../../src/generator/proto-files.ts";
import { loadProto } from "../../src/load-proto.ts";
import { evaluate, messageTypes, messageTypesOf } from "../generator/evaluate.ts";
import { Random } from "./random-messages.ts";
import { type RandomSchema, randomMessage, randomSchema, said } from "./random-schema.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const MESSAGES = 8;

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-schemas-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** @returns the path of the main file. */
async function written(files: ReadonlyMap<string, string>): Promise<string> {
  for (const [name, text] of files) await writeFile(join(dir, name), text);
  return join(dir, "main.proto");
}

type Types = ReadonlyMap<string, MessageType<Properties>>;

async function generated(file: string, unknownFields = false): Promise<Types> {
  return messageTypes(evaluate(await generate([file], { target: "js", unknownFields })));
}

async function dynamic(file: string, unknownFields = false): Promise<Types> {
  return messageTypesOf(await loadProto(file, { unknownFields }));
}

function oracle({ files }: RandomSchema): Root {
  const root = new Root();
  for (const text of files.values()) parse(text, root, { keepCase: false });
  root.resolveAll();
  return root;
}

/** The comparison that fails is slow: it is for what differs only. */
function expectSame(actual: unknown, expected: unknown, where: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, where).toEqual(expected);
}

describe.each([
  ["generated code", generated],
  ["dynamic services", dynamic],
] as const)("random schemas: %s", (_, load) => {
  it("and protobufjs read from each other what was written", async () => {
    for (const seed of SEEDS) {
      const schema = randomSchema(seed);
      const types = await load(await written(schema.files));
      const root = oracle(schema);
      for (const message of schema.messages) {
        const ours = types.get(message.fullName) as MessageType<Properties>;
        const theirs = root.lookupType(message.fullName);
        const properties = new Set(message.fields.map(({ name, oneof }) => oneof ?? name));
        expect(new Set(Object.keys(ours.create()))).toEqual(properties);
        for (let at = 0; at < MESSAGES; at++) {
          const forms = randomMessage(message, new Random(seed * 1_000 + at));
          const whole = said(message, ours.create(forms.ours as never));
          const where = `schema ${seed}, ${message.fullName}, message ${at}`;
          const bytes = ours.encode(forms.ours);
          expectSame(said(message, theirs.decode(bytes)), whole, where);
          const back = ours.decode(theirs.encode(forms.theirs).finish());
          expectSame(said(message, back), whole, where);
          // Not even the last bit of a 64-bit integer is lost.
          expectSame(ours.encode(back), ours.encode(ours.decode(bytes)), where);
          const json = JSON.stringify(ours.toJSON(back));
          expectSame(plusZero(said(message, ours.fromJSON(JSON.parse(json)))), plusZero(whole), where);
        }
      }
    }
  }, 30_000);

  it("of an older schema pass on what only the newer one has", async () => {
    for (const seed of SEEDS) {
      const schema = randomSchema(seed);
      expect(schema.older.get("main.proto")).toContain("service All");
      const newer = await generated(await written(schema.files));
      const older = await load(await written(schema.older), true);
      for (const message of schema.messages) {
        const now = newer.get(message.fullName) as MessageType<Properties>;
        const then = older.get(message.fullName) as MessageType<Properties>;
        for (let at = 0; at < MESSAGES; at++) {
          const { ours } = randomMessage(message, new Random(seed * 1_000 + at));
          const bytes = now.encode(ours);
          const passed = now.decode(then.encode(then.decode(bytes)));
          expectSame(passed, now.decode(bytes), `schema ${seed}, ${message.fullName}, message ${at}`);
        }
      }
    }
  }, 30_000);
});

it("random schemas: generated code and dynamic services write the same bytes", async () => {
  for (const seed of SEEDS) {
    const schema = randomSchema(seed);
    const file = await written(schema.files);
    const [code, dynamics] = [await generated(file), await dynamic(file)];
    for (const message of schema.messages) {
      const { ours } = randomMessage(message, new Random(seed));
      const bytes = code.get(message.fullName)?.encode(ours);
      expect(dynamics.get(message.fullName)?.encode(ours), `schema ${seed}, ${message.fullName}`).toEqual(bytes);
    }
  }
});

it("random schemas: their descriptors come back as the same files", async () => {
  for (const seed of SEEDS) {
    const files = await loadProtoFiles([await written(randomSchema(seed).files)], []);
    const bytes = files.map(fileDescriptorBytes);
    const back = filesFromDescriptors(bytes);
    const texts = (from: typeof files) => generateFiles(from, from, {}).map(({ text }) => text);
    expect(texts(back), `schema ${seed}`).toEqual(texts(files));
    expect(back.map(fileDescriptorBytes), `schema ${seed}`).toEqual(bytes);
  }
});

/** JSON.stringify writes -0 as 0. */
function plusZero(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  return Array.isArray(value) ? value.map(plusZero) : value;
}
