/** Random schemas of two files, with random messages of them: by a seed, so that a failure can be repeated. */
import { Random } from "./random-messages.ts";

const SCALARS = [
  "int32",
  "uint32",
  "sint32",
  "fixed32",
  "sfixed32",
  "int64",
  "uint64",
  "sint64",
  "fixed64",
  "sfixed64",
  "float",
  "double",
  "bool",
  "string",
  "bytes",
] as const;
const KEYS = SCALARS.filter((type) => type !== "float" && type !== "double" && type !== "bytes");

type Scalar = (typeof SCALARS)[number];

interface RandomField {
  /** In lower camel case, as it is in messages. */
  readonly name: string;
  readonly type: Scalar | "enum" | RandomMessage;
  readonly shape: "one" | "optional" | "list" | "map";
  readonly key?: Scalar | undefined;
  readonly oneof?: string | undefined;
  readonly jstype?: "JS_STRING" | "JS_NUMBER" | undefined;
  /** Left out of the older schema. */
  readonly isNew: boolean;
  readonly text: string;
}

export interface RandomMessage {
  readonly fullName: string;
  readonly fields: RandomField[];
}

export interface RandomSchema {
  readonly messages: readonly RandomMessage[];
  /** Files by their names. `main.proto` has a service with every message and imports the other one. */
  readonly files: ReadonlyMap<string, string>;
  /** The same without the new fields. */
  readonly older: ReadonlyMap<string, string>;
}

const ENUM = "{ ZERO = 0; ONE = 1; ALSO_ONE = 1; option allow_alias = true; FAR = 1000000; BELOW = -5; }";
const ENUM_VALUES = [0, 1, 1_000_000, -5, 77];

export function randomSchema(seed: number): RandomSchema {
  const random = new Random(seed * 7_919);
  const message = (fullName: string): RandomMessage => ({ fullName, fields: [] });
  const imported = Array.from({ length: 1 + random.below(2) }, (_, index) => message(`r.other.Other${index}`));
  const outer = Array.from({ length: 1 + random.below(3) }, (_, index) => message(`r.main.Main${index}`));
  const nested = outer.map(({ fullName }) => message(`${fullName}.Inner`));
  for (const each of imported) fill(each, imported, "r.other.Kind", random);
  for (const each of [...outer, ...nested])
    fill(each, [...outer, ...nested, ...imported], random.of("r.main.Kind", "r.other.Kind"), random);
  const files = (isOld: boolean) =>
    new Map([
      ["other.proto", otherText(imported, isOld)],
      ["main.proto", mainText(outer, nested, imported, isOld)],
    ]);
  return { messages: [...imported, ...outer, ...nested], files: files(false), older: files(true) };
}

function fill({ fields }: RandomMessage, known: readonly RandomMessage[], kind: string, random: Random): void {
  const numbers = new Set<number>();
  for (let index = random.below(9); index >= 0; index--) {
    const number = random.of(1 + random.below(15), 16 + random.below(2_000), 20_000 + random.below(2 ** 28));
    if (numbers.has(number)) continue;
    numbers.add(number);
    const type = random.of<Scalar | "enum" | RandomMessage>(
      ...SCALARS,
      "enum",
      random.of(...known),
      random.of(...known),
    );
    const shape = random.of<RandomField["shape"]>("one", "one", "optional", "list", "map");
    const oneof = shape === "one" && random.below(3) === 0 ? random.of("pick", "choice") : undefined;
    const key = shape === "map" ? random.of(...KEYS) : undefined;
    const isLarge = typeof type === "string" && type.endsWith("64") && shape !== "map";
    const jstype = isLarge ? random.of(undefined, undefined, "JS_STRING", "JS_NUMBER") : undefined;
    const letter = String.fromCharCode(97 + fields.length);
    const typeName = typeof type === "object" ? type.fullName : type === "enum" ? kind : type;
    const options = [
      ...(shape === "list" && typeof type === "string" && type !== "string" && type !== "bytes" && random.below(2) === 0
        ? [`packed = ${random.of("true", "false")}`]
        : []),
      ...(jstype === undefined ? [] : [`jstype = ${jstype}`]),
    ];
    const before = shape === "optional" ? "optional " : shape === "list" ? "repeated " : "";
    const declared = key === undefined ? `${before}${typeName}` : `map<${key}, ${typeName}>`;
    fields.push({
      name: `field${letter.toUpperCase()}`,
      type,
      shape,
      key,
      oneof,
      jstype,
      isNew: random.below(3) === 0,
      text: `${declared} field_${letter} = ${number}${options.length === 0 ? "" : ` [${options.join(", ")}]`};`,
    });
  }
}

function otherText(messages: readonly RandomMessage[], isOld: boolean): string {
  return `syntax = "proto3";
package r.other;
enum Kind ${ENUM.replaceAll(/(ZERO|ONE|ALSO_ONE|FAR|BELOW) =/g, "O_$1 =")}
${messages.map((each) => messageText(each, isOld, "")).join("\n")}
`;
}

function mainText(
  outer: readonly RandomMessage[],
  nested: readonly RandomMessage[],
  imported: readonly RandomMessage[],
  isOld: boolean,
): string {
  const all = [...outer, ...nested, ...imported];
  return `syntax = "proto3";
package r.main;
import "other.proto";
enum Kind ${ENUM}
${outer.map((each, index) => messageText(each, isOld, messageText(nested[index] as RandomMessage, isOld, ""))).join("\n")}
service All {
${all.map(({ fullName }, index) => `  rpc Do${index}(${fullName}) returns (stream ${fullName});`).join("\n")}
}
`;
}

function messageText({ fullName, fields }: RandomMessage, isOld: boolean, inside: string): string {
  const kept = fields.filter(({ isNew }) => !(isOld && isNew));
  const oneofs = new Map<string, string[]>();
  const plain: string[] = [];
  for (const { oneof, text } of kept) {
    if (oneof === undefined) plain.push(text);
    else oneofs.set(oneof, [...(oneofs.get(oneof) ?? []), text]);
  }
  const groups = [...oneofs].map(([name, texts]) => `oneof ${name} { ${texts.join(" ")} }`);
  return `message ${fullName.slice(fullName.lastIndexOf(".") + 1)} {\n${[...plain, ...groups, inside].join("\n")}\n}`;
}

/** A message as generated code has it, and as protobufjs has it. */
export interface TwoForms {
  readonly ours: Record<string, unknown>;
  readonly theirs: Record<string, unknown>;
}

export function randomMessage({ fields }: RandomMessage, random: Random, depth = 3): TwoForms {
  const ours: Record<string, unknown> = {};
  const theirs: Record<string, unknown> = {};
  for (const field of fields) {
    const { name, shape, oneof, key } = field;
    if (random.below(3) === 0 || (typeof field.type === "object" && depth === 0)) continue;
    if (shape === "list") {
      const list = random.list(() => randomValue(field, random, depth));
      ours[name] = list.map((each) => each.ours);
      theirs[name] = list.map((each) => each.theirs);
    } else if (shape === "map") {
      const values = random.list(() => [randomKey(key as Scalar, random), randomValue(field, random, depth)] as const);
      ours[name] = Object.fromEntries(values.map(([text, each]) => [text, each.ours]));
      theirs[name] = Object.fromEntries(values.map(([text, each]) => [text, each.theirs]));
    } else if (oneof === undefined) {
      const value = randomValue(field, random, depth);
      ours[name] = value.ours;
      theirs[name] = value.theirs;
    } else if (ours[oneof] === undefined) {
      const value = randomValue(field, random, depth);
      ours[oneof] = { case: name, value: value.ours };
      theirs[name] = value.theirs;
    }
  }
  return { ours, theirs };
}

function randomKey(type: Scalar, random: Random): string {
  switch (type) {
    case "string":
      return random.of("", "a", "__proto__", "constructor", "é", "toString");
    case "bool":
      return random.of("true", "false");
    case "uint32":
    case "fixed32":
      return random.of("0", "1", "4294967295");
    case "uint64":
    case "fixed64":
      // protobufjs keeps a larger one as a hash.
      return random.of("0", "1", "4294967296", "9007199254740991");
    case "int64":
    case "sint64":
    case "sfixed64":
      return random.of("0", "-1", "4294967296", "-9007199254740991");
    default:
      return random.of("0", "-1", "2147483647", "-2147483648");
  }
}

function randomValue({ type, jstype }: RandomField, random: Random, depth: number): { ours: unknown; theirs: unknown } {
  if (typeof type === "object") return randomMessage(type, random, depth - 1);
  const same = (value: unknown) => ({ ours: value, theirs: value });
  switch (type) {
    case "enum":
      return same(random.of(...ENUM_VALUES));
    case "bool":
      return same(random.below(2) === 1);
    case "string":
      return same(random.of("", "a", "é", "漢".repeat(50), "😀", "x".repeat(128), "\u0000"));
    case "bytes":
      return same(Buffer.alloc(random.of(0, 1, 127, 128), random.below(256)));
    case "float":
      return same(Math.fround(random.of(0, -0, 1.5, Number.NaN, Infinity, -Infinity, 3.4e38, 1e-45)));
    case "double":
      return same(random.of(0, -0, 1.5, -1e300, 5e-324, Number.NaN, Infinity, -Infinity));
    case "uint32":
    case "fixed32":
      return same(random.of(0, 1, 127, 128, 16_384, 2 ** 31, 2 ** 32 - 1));
    case "int32":
    case "sint32":
    case "sfixed32":
      return same(random.of(0, 1, -1, 127, 128, -(2 ** 31), 2 ** 31 - 1));
    default: {
      const isUnsigned = type === "uint64" || type === "fixed64";
      const safe = [0n, 1n, 127n, 2n ** 32n, 2n ** 53n - 1n, ...(isUnsigned ? [] : [-1n, -(2n ** 32n) - 1n])];
      const far = isUnsigned ? [2n ** 63n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 53n) - 1n];
      const value = random.of(...safe, ...(jstype === "JS_NUMBER" ? [] : far));
      const bits = BigInt.asUintN(64, value);
      return {
        ours: jstype === "JS_NUMBER" ? Number(value) : jstype === "JS_STRING" ? String(value) : value,
        theirs: { low: Number(bits & 0xff_ff_ff_ffn) | 0, high: Number(bits >> 32n) | 0, unsigned: isUnsigned },
      };
    }
  }
}

/** What a message says, whoever decoded it: 64-bit integers as near as a number comes, bytes as hex, maps sorted. */
export function said({ fields }: RandomMessage, message: Readonly<Record<string, unknown>>): unknown {
  return fields.map((field) => {
    const value = valueOf(field, message);
    if (value === undefined || value === null) return [field.name, undefined];
    if (field.shape === "list") return [field.name, (value as unknown[]).map((each) => saidValue(field, each))];
    if (field.shape !== "map") return [field.name, saidValue(field, value)];
    const entries = Object.entries(value).map(([key, each]) => [keyText(field, key), saidValue(field, each)] as const);
    return [field.name, entries.toSorted(([a], [b]) => (a < b ? -1 : 1))];
  });
}

/** With a library for 64-bit integers, protobufjs has eight characters as their keys: the bytes. */
function keyText({ key = "string" }: RandomField, text: string): string {
  if (!key.endsWith("64") || /^-?\d+$/.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return String(key.startsWith("u") || key === "fixed64" ? bytes.readBigUInt64LE() : bytes.readBigInt64LE());
}

function valueOf({ name, oneof, shape, type }: RandomField, message: Readonly<Record<string, unknown>>): unknown {
  if (oneof !== undefined && typeof message[oneof] === "object" && message[oneof] !== null) {
    const { case: set, value } = message[oneof] as { case: unknown; value?: unknown };
    return set === name ? value : undefined;
  }
  // protobufjs has the defaults in the prototype.
  if ((shape === "optional" || oneof !== undefined || typeof type === "object") && !Object.hasOwn(message, name))
    return undefined;
  return message[name];
}

function saidValue({ type }: RandomField, value: unknown): unknown {
  if (typeof type === "object") return said(type, value as Record<string, unknown>);
  if (type === "bytes") return Buffer.from(value as Uint8Array).toString("hex");
  return type.endsWith("64") ? Number(value) : value;
}
