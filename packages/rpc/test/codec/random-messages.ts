/** Random messages of the schema in test/fixtures/proto/everything.proto, with a seed so that a failure can be repeated. */
import type { MessageInit } from "@servertech/rpc";
import type { Choice, Everything, Lists, Maps, Node, Optionals, Scalars } from "../fixtures/gen/everything.ts";
import type { Tag, Weight } from "../fixtures/gen/shared/kinds.ts";
import { seededRandom } from "../../../../tools/seeded-random.ts";

export class Random {
  readonly #next: () => number;
  /** Whether 64-bit integers stay within what a number holds. */
  readonly safe: boolean;

  constructor(seed: number, options: { safe?: boolean } = {}) {
    this.#next = seededRandom(seed);
    this.safe = options.safe ?? false;
  }

  /** From 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  of<T>(...values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  list<T>(make: () => T): T[] {
    return Array.from({ length: this.below(6) }, make);
  }
}

export function everything(random: Random): MessageInit<Everything> {
  return {
    ...(random.below(4) > 0 && { scalars: scalars(random) }),
    ...(random.below(4) > 0 && { lists: lists(random) }),
    ...(random.below(4) > 0 && { optionals: optionals(random) }),
    ...(random.below(4) > 0 && { maps: maps(random) }),
    ...(random.below(4) > 0 && { choice: { before: "b", after: text(random), pickedOne: picked(random) } }),
    ...(random.below(4) > 0 && { node: node(random, 3) }),
  };
}

const int32 = (random: Random) => random.of(0, 1, -1, 127, 128, -(2 ** 31), 2 ** 31 - 1, random.below(2 ** 31));
const uint32 = (random: Random) =>
  random.of(0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, random.below(2 ** 32));
const SAFE = [0n, 1n, 127n, 128n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n] as const;
const int64 = (random: Random) =>
  random.safe
    ? random.of(...SAFE, -1n, -(2n ** 32n), -(2n ** 53n) + 1n)
    : random.of(...SAFE, -1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n);
const uint64 = (random: Random) =>
  random.safe ? random.of(...SAFE) : random.of(...SAFE, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n);
const double = (random: Random) => random.of(0, -0, 1.5, -1e300, 5e-324, Number.NaN, Infinity, -Infinity, Math.PI);
const bytes = (random: Random) => Buffer.alloc(random.of(0, 1, 127, 128, 300), random.below(256));
const bool = (random: Random) => random.below(2) === 1;
const weight = (random: Random): Weight => random.of(0, 1, 2, -3);

function text(random: Random): string {
  const length = random.below(100) === 0 ? 17_000 : random.of(0, 1, 5, 12, 13, 24, 25, 127, 128);
  return random.of("a", "é", "漢", "😀", "\uFFFD", "aé").repeat(length);
}

function scalars(random: Random): MessageInit<Scalars> {
  return {
    anInt32: int32(random),
    aUint32: uint32(random),
    aSint32: int32(random),
    aFixed32: uint32(random),
    aSfixed32: int32(random),
    anInt64: int64(random),
    aUint64: uint64(random),
    aSint64: int64(random),
    aFixed64: uint64(random),
    aSfixed64: int64(random),
    aFloat: Math.fround(random.of(0, -0, 1.5, Number.NaN, Infinity, 3.4e38, 1e-45)),
    aDouble: double(random),
    aBool: bool(random),
    aString: text(random),
    aBytes: bytes(random),
    far: text(random),
  };
}

function lists(random: Random): MessageInit<Lists> {
  return {
    int32s: random.list(() => int32(random)),
    sint64s: random.list(() => int64(random)),
    doubles: random.list(() => double(random)),
    bools: random.list(() => bool(random)),
    strings: random.list(() => text(random)),
    blobs: random.list(() => bytes(random)),
    unpacked: random.list(() => uint32(random)),
    weights: random.list(() => weight(random)),
    nodes: random.list(() => node(random, 1)),
  };
}

function optionals(random: Random): MessageInit<Optionals> {
  const safe = random.of(0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32) - 1);
  return {
    ...(bool(random) && { number: int32(random) }),
    ...(bool(random) && { text: text(random) }),
    ...(bool(random) && { flag: bool(random) }),
    ...(bool(random) && { weight: weight(random) }),
    ...(bool(random) && { node: node(random, 1) }),
    ...(bool(random) && { blob: bytes(random) }),
    asNumber: safe,
    asUnsignedNumber: Math.abs(safe),
    asSignedNumber: safe,
    asFixedNumber: Math.abs(safe),
    asNumbers: [safe, 0 - safe],
  };
}

function maps(random: Random): MessageInit<Maps> {
  const some = <V>(keys: readonly string[], make: () => V): Record<string, V> =>
    Object.fromEntries(keys.filter(() => bool(random)).map((key) => [key, make()]));
  return {
    texts: some(["", "a", "__proto__", "constructor", "é"], () => text(random)),
    tags: some(["0", "1", "-1", "2147483647"], () => tag(random)),
    blobs: some(["true", "false"], () => bytes(random)),
    // protobufjs keeps a larger 64-bit key as a hash, and writes that.
    doubles: some(["0"], () => double(random)),
    weights: some(["a", "b"], () => weight(random)),
    nodes: some(["-2147483648", "5"], () => node(random, 1)),
  };
}

function picked(random: Random): MessageInit<Choice["pickedOne"]> {
  return random.of<() => MessageInit<Choice["pickedOne"]>>(
    () => ({ case: undefined }),
    () => ({ case: "asText", value: text(random) }),
    () => ({ case: "asInt", value: int64(random) }),
    () => ({ case: "asNode", value: node(random, 1) }),
    () => ({ case: "asTag", value: tag(random) }),
    () => ({ case: "asBool", value: bool(random) }),
    () => ({ case: "asBytes", value: bytes(random) }),
    () => ({ case: "asWeight", value: weight(random) }),
  )();
}

function tag(random: Random): MessageInit<Tag> {
  return { key: text(random), weight: weight(random) };
}

function node(random: Random, depth: number): MessageInit<Node> {
  return {
    name: text(random),
    color: random.of(0, 1),
    ...(depth > 0 && { next: node(random, depth - 1) }),
    ...(bool(random) && { inner: { depth: uint32(random), buffer: { b: bytes(random) } } }),
  };
}
