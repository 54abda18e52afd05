/** Random messages in JSON, against @bufbuild/protobuf, which knows the messages by their descriptors alone. */
import {
  type DescMessage,
  type JsonValue,
  create,
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  type FileDescriptor,
  type MessageInit,
  type MessageType,
  BadRequest,
  RetryInfo,
  anyPack,
  valueFromJson,
} from "@servertech/rpc";
import { describe, expect, it } from "vitest";
import { Everything, Maps, Node, Scalars, file$ as everythingFile } from "../fixtures/gen/everything.ts";
import { Alone, Known, file$ as wellKnownFile } from "../fixtures/gen/well_known.ts";
import { Random, everything } from "./random-messages.ts";
import { file$ as detailsFile } from "../../src/gen/google/rpc/error_details.ts";

const MESSAGES = 30;
const types = [Everything, Node, Alone];

function registryOf(...roots: readonly FileDescriptor[]) {
  const files = new Map<string, Uint8Array>();
  const add = (file: FileDescriptor): void => {
    if (files.has(file.name)) return;
    for (const dependency of file.dependencies) add(dependency());
    files.set(file.name, file.bytes);
  };
  for (const root of roots) add(root);
  return createFileRegistry(
    create(FileDescriptorSetSchema, {
      file: [...files.values()].map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)),
    }),
  );
}

const registry = registryOf(everythingFile, wellKnownFile, detailsFile);

function theirType({ typeName }: { readonly typeName: string }): DescMessage {
  const type = registry.getMessage(typeName);
  if (type === undefined) throw new Error(`no ${typeName}`);
  return type;
}

/** JSON as each writes it, and what each reads of it, in our form. */
function written<T>(type: MessageType<T>, message: T) {
  const theirs = theirType(type);
  const plain = (json: unknown): JsonValue => JSON.parse(JSON.stringify(json)) as JsonValue;
  const ours = plain(type.toJSON(message, { types }));
  const read = type.decode(toBinary(theirs, fromJson(theirs, ours, { registry })));
  return {
    ours: [ours, type.toJSON(type.fromJSON(ours, { types }), { types })],
    theirs: [
      plain(toJson(theirs, fromBinary(theirs, type.encode(message)), { registry })),
      type.toJSON(read, { types }),
    ],
  };
}

const VALUES: readonly unknown[] = [
  null,
  true,
  "true",
  0,
  1,
  -1,
  1.5,
  1e2,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 63,
  2 ** 64,
  1e39,
  "",
  "0",
  "1",
  "-1",
  "1.0",
  "1.5",
  "1e2",
  "1e400",
  " 1",
  "1 ",
  "0x1",
  "1n",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775808",
  "-9223372036854775809",
  "NaN",
  "Infinity",
  "-Infinity",
  "inf",
  "AQ==",
  "AQ",
  "-_8",
  "+/8=",
  "*",
  [],
  {},
  [1],
  { a: 1 },
];

const bool = (random: Random) => random.below(2) === 0;

function jsonOf(random: Random, depth: number): unknown {
  return random.of<() => unknown>(
    () => null,
    () => bool(random),
    () => random.of(0, 1, -1.5, 1e21, 5e-324),
    () => random.of("", "a", "😀", "\n\u2028"),
    () => (depth === 0 ? 0 : random.list(() => jsonOf(random, depth - 1))),
    () => (depth === 0 ? {} : { a: jsonOf(random, depth - 1), "": 1, __proto_: null }),
  )();
}

function alone(random: Random): MessageInit<Alone> {
  const nanos = () => random.of(0, 1, 1_000, 1_000_000, 500_000_000, 999_999_999, random.below(1_000_000_000));
  const sign = random.of(1, -1);
  const some = <T>(value: T): T | undefined => (bool(random) ? value : undefined);
  return {
    timestamp: some({ seconds: BigInt(random.below(2 ** 32) * 73) - 62_135_596_800n, nanos: nanos() }),
    duration: some({
      seconds: BigInt(sign * random.of(0, 1, random.below(2 ** 32), 315_576_000_000)),
      nanos: sign * nanos(),
    }),
    any: some(
      random.of<() => MessageInit<Alone["any"]>>(
        () => ({}),
        () => anyPack(Node, { name: "n", color: 1 }),
        () => anyPack(Alone, { int32Value: { value: random.below(9) } }),
        () => anyPack(BadRequest, { fieldViolations: [{ field: "f", localizedMessage: { locale: "de" } }] }),
        () => anyPack(RetryInfo, { retryDelay: { seconds: 1n } }),
      )(),
    ),
    value: some(valueFromJson(jsonOf(random, 3))),
    doubleValue: some({ value: random.of(0, -1e300, Number.NaN, Infinity) }),
    floatValue: some({ value: Math.fround(random.of(0, 1.1, 3.4e38, -Infinity)) }),
    int64Value: some({ value: random.of(0n, -(2n ** 63n), 2n ** 63n - 1n) }),
    uint64Value: some({ value: random.of(0n, 2n ** 64n - 1n) }),
    int32Value: some({ value: random.of(0, -(2 ** 31)) }),
    uint32Value: some({ value: random.of(0, 2 ** 32 - 1) }),
    boolValue: some({ value: bool(random) }),
    stringValue: some({ value: random.of("", "é") }),
    bytesValue: some({ value: Buffer.alloc(random.below(4), 251) }),
    fieldMask: some({ paths: random.list(() => random.of("a", "b.c_d", "long_name_x")) }),
    empty: some({}),
  };
}

function known(random: Random): MessageInit<Known> {
  return {
    alone: alone(random),
    times: random.list(() => ({ seconds: BigInt(random.below(2 ** 31)) })),
    nulls: random.list(() => 0 as const),
    anys: random.list(() => anyPack(Alone, alone(random))),
    durations: { a: { seconds: 1n }, b: {} },
    values: { "-5": valueFromJson(jsonOf(random, 2)), "7": valueFromJson(null) },
    nullsByName: bool(random) ? { none: 0 } : {},
    pick: random.of<() => MessageInit<Known["pick"]>>(
      () => ({ case: undefined }),
      () => ({ case: "asStruct", value: {} }),
      () => ({ case: "asNull", value: 0 }),
      () => ({ case: "asInt64", value: { value: 3n } }),
    )(),
    ...(bool(random) && { maybeNull: 0 as const }),
  };
}

describe("random messages", () => {
  it("have the same JSON, which is read to the same message", () => {
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const { ours, theirs } = written(Everything, Everything.create(everything(new Random(seed))));
      expect(ours, `seed ${seed}`).toEqual(theirs);
    }
  });

  it("of the well-known types have the same JSON, too", () => {
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const { ours, theirs } = written(Known, Known.create(known(new Random(seed))));
      expect(ours, `seed ${seed}`).toEqual(theirs);
    }
  });
});

describe("what one refuses the other refuses", () => {
  // Where the two differ: the other takes what BigInt() and Number() take, and of those not all that is a whole number.
  const differing = new Set<unknown>(["0x1", " 1", "1 ", "1.0", "1e2"]);

  it.each(Object.keys(Scalars.toJSON(full()) as object))("%s", (name) => {
    const theirs = theirType(Scalars);
    for (const value of VALUES) {
      if (differing.has(value)) continue;
      const json = { [name]: value } as JsonValue;
      expect(
        outcome(() => Scalars.encode(Scalars.fromJSON(json))),
        JSON.stringify(json),
      ).toEqual(outcome(() => toBinary(theirs, fromJson(theirs, json))));
    }
  });

  it.each(["texts", "tags", "blobs", "doubles", "weights", "nodes"])("map %s", (name) => {
    const theirs = theirType(Maps);
    const keys = ["", "a", "0", "1", "-1", "01", "1.5", "true", "false", "TRUE", "2147483648", "18446744073709551616"];
    for (const key of keys) {
      for (const value of ["a", "AQ==", 1, {}, null, "HEAVY"]) {
        const json = { [name]: { [key]: value } } as JsonValue;
        if (key === "01") continue;
        expect(
          outcome(() => Maps.encode(Maps.fromJSON(json))),
          JSON.stringify(json),
        ).toEqual(outcome(() => toBinary(theirs, fromJson(theirs, json))));
      }
    }
  });
});

function full(): Scalars {
  return Scalars.create({
    anInt32: 1,
    aUint32: 1,
    aSint32: 1,
    aFixed32: 1,
    aSfixed32: 1,
    anInt64: 1n,
    aUint64: 1n,
    aSint64: 1n,
    aFixed64: 1n,
    aSfixed64: 1n,
    aFloat: 1,
    aDouble: 1,
    aBool: true,
    aString: "1",
    aBytes: Buffer.from([1]),
    far: "1",
  });
}

function outcome(read: () => Uint8Array): string {
  try {
    return Buffer.from(read()).toString("hex");
  } catch {
    return "refused";
  }
}
