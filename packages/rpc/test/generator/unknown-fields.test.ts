/** `--unknown-fields`: a reader of an older schema passes on what it does not know. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageType } from "../../src/codec/message-type.ts";
import type { Properties } from "../../src/codec/field-info.ts";
import { generate } from "../../src/generator/generate.ts";
import { loadProto } from "../../src/load-proto.ts";
import { evaluate, messageTypes, messageTypesOf } from "./evaluate.ts";

const NEW = `syntax = "proto3";
package test.unknown;
message Node {
  string name = 1;
  Node next = 2;
  repeated Node list = 3;
  map<string, Node> map = 4;
  oneof pick { Node a = 5; fixed32 b = 6; }
  int64 large = 7;
  double real = 8;
  bytes far = 2000;
}
message Empty { int32 a = 1; }
service S { rpc Echo(Node) returns (Empty); }
`;
const OLD = NEW.replaceAll(/^ {2}(int64|double|bytes) .*\n/gm, "")
  .replace(" fixed32 b = 6;", "")
  .replace(" int32 a = 1; ", "");

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rpc-unknown-"));
  await writeFile(join(dir, "new.proto"), NEW);
  await writeFile(join(dir, "old.proto"), OLD);
});
afterAll(() => rm(dir, { recursive: true }));

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

type Types = ReadonlyMap<string, MessageType<Properties>>;

async function generated(name: string, unknownFields: boolean): Promise<Types> {
  return messageTypes(evaluate(await generate([join(dir, name)], { target: "js", unknownFields })));
}

async function dynamic(name: string, unknownFields: boolean): Promise<Types> {
  return messageTypesOf(await loadProto(join(dir, name), { unknownFields }));
}

function nodeOf(types: Types): MessageType<Properties> {
  return types.get("test.unknown.Node") as MessageType<Properties>;
}

const extra = { large: 5n, real: 0.5, far: Buffer.from("far") };
const whole = {
  name: "a",
  ...extra,
  next: { name: "b", ...extra },
  list: [{ ...extra }, { name: "c", large: -1n }],
  map: { __proto__: null, k: { ...extra } },
  pick: { case: "a", value: { pick: { case: "b", value: 7 } } },
};

describe.each([
  ["generated code", generated],
  ["dynamic services", dynamic],
] as const)("unknown fields in %s", (_, load) => {
  it("come back as they were, at each depth", async () => {
    const known = nodeOf(await generated("new.proto", false));
    const old = nodeOf(await load("old.proto", true));
    const back = known.decode(old.encode(old.decode(known.encode(whole))));
    expect(back).toEqual(known.decode(known.encode(known.create(whole))));
  });

  it("are dropped where they are not asked for", async () => {
    const known = nodeOf(await generated("new.proto", false));
    const old = nodeOf(await load("old.proto", false));
    const passed = old.encode(old.decode(known.encode({ name: "a", ...extra })));
    expect(Buffer.from(passed)).toEqual(Buffer.from(known.encode({ name: "a" })));
  });

  it("are views, in one piece where they stand together, groups too, in tags of any length", async () => {
    const old = nodeOf(await load("old.proto", true));
    const bytes = hex("38 05  4b 08 01 4c  d0 80 00 07  0a 01 61  fd 07 01020304");
    const message = old.decode(bytes);
    expect(message).toMatchObject({
      name: "a",
      unknown$: [hex("38 05 4b 08 01 4c d0 80 00 07"), hex("fd 07 01020304")],
    });
    expect(Buffer.from(old.encode(message))).toEqual(hex("0a 01 61  38 05  4b 08 01 4c  d0 80 00 07  fd 07 01020304"));
    bytes[1] = 9;
    expect((message.unknown$ as Uint8Array[])[0]?.[1]).toBe(9);
  });

  it("are those of a known number with another wire type, too", async () => {
    const old = nodeOf(await load("old.proto", true));
    expect(Buffer.from(old.encode(old.decode(hex("08 05"))))).toEqual(hex("08 05"));
  });

  it("of a message without fields are kept", async () => {
    const empty = (await load("old.proto", true)).get("test.unknown.Empty") as MessageType<Properties>;
    expect(Buffer.from(empty.encode(empty.decode(hex("08 05"))))).toEqual(hex("08 05"));
    expect(empty.decode(hex(""))).toEqual({});
  });

  it("add up when sub-messages merge", async () => {
    const old = nodeOf(await load("old.proto", true));
    const message = old.decode(hex("12 02 38 01  12 02 38 02"));
    expect(Buffer.from(old.encode(message))).toEqual(hex("12 04 38 01 38 02"));
  });

  it("go with a copy, which has a list of its own", async () => {
    const old = nodeOf(await load("old.proto", true));
    const message = old.decode(hex("38 05 12 02 38 06"));
    const copy = old.create(message as never);
    expect(copy).toEqual(message);
    expect(copy.unknown$).not.toBe(message.unknown$);
    expect(old.create().unknown$).toBeUndefined();
  });

  it("have no place in JSON", async () => {
    const old = nodeOf(await load("old.proto", true));
    expect(old.toJSON(old.decode(hex("38 05 0a 01 61")))).toEqual({ name: "a" });
    expect(() => old.fromJSON({ unknown$: [] })).toThrow('it has no field "unknown$"');
  });

  it("that are no bytes are refused", async () => {
    const old = nodeOf(await load("old.proto", true));
    expect(() => old.encode({ unknown$: "38 05" })).toThrow("test.unknown.Node.unknown$: expected a list, got string");
    expect(() => old.encode({ unknown$: ["38 05"] })).toThrow("unknown$: expected bytes (a Uint8Array), got string");
    expect(old.encode({ unknown$: null })).toHaveLength(0);
  });

  it("say when they do not fit", async () => {
    const old = nodeOf(await load("old.proto", true));
    const message = { name: "a", unknown$: [Buffer.alloc(100)] };
    expect(old.writeTo(message, Buffer.alloc(50), 0)).toBe(103);
    expect(old.encode({ unknown$: [Buffer.alloc(300_000, 7)] })).toHaveLength(300_000);
  });

  it("that are broken are refused as they are without it", async () => {
    const old = nodeOf(await load("old.proto", true));
    expect(() => old.decode(hex("3a 05 61"))).toThrow("ends too early");
    expect(() => old.decode(Buffer.from("4b".repeat(101), "hex"))).toThrow("more than 100");
  });
});

it("a million unknown fields in a row are one view", async () => {
  const old = nodeOf(await generated("old.proto", true));
  const bytes = Buffer.from("3805".repeat(1_000_000), "hex");
  const message = old.decode(bytes);
  expect(message.unknown$).toHaveLength(1);
  expect(Buffer.from(old.encode(message)).equals(bytes)).toBe(true);
});
