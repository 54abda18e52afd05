/** Against protobufjs, which reads the same proto file by itself. */
import { fileURLToPath } from "node:url";
import { Root, type Type } from "protobufjs";
import { describe, expect, it } from "vitest";
import { Everything } from "../fixtures/gen/everything.ts";
import { Random, everything } from "./random-messages.ts";

const PROTO = fileURLToPath(new URL("../fixtures/proto/", import.meta.url));

function oracle(): Type {
  const root = new Root();
  root.resolvePath = (_, target) => (target.startsWith("/") ? target : `${PROTO}${target}`);
  return root.loadSync(`${PROTO}everything.proto`).lookupType("test.all.Everything");
}

const MESSAGES = 150;

describe("random messages", () => {
  it("are the same message to protobufjs, both ways", () => {
    const type = oracle();
    for (let seed = 1; seed <= MESSAGES; seed++) {
      // Without a library for it, protobufjs gives 64-bit integers as numbers.
      const whole = Everything.create(everything(new Random(seed, { safe: true })));
      const theirs = type.encode(type.decode(Everything.encode(whole))).finish();
      expect(plain(Everything.decode(theirs)), `seed ${seed}`).toEqual(plain(whole));
    }
  });

  it("come back as they were", () => {
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const whole = Everything.create(everything(new Random(seed)));
      expect(plain(Everything.decode(Everything.encode(whole))), `seed ${seed}`).toEqual(plain(whole));
    }
  });

  it("are written into a buffer of any size, which says when they do not fit", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const message = everything(new Random(seed));
      const encoded = Everything.encode(message);
      const exact = Buffer.alloc(encoded.length + 7);
      expect(Everything.writeTo(message, exact, 7)).toBe(exact.length);
      expect(exact.subarray(7).equals(encoded)).toBe(true);
      for (const missing of [1, 2, 100, encoded.length]) {
        if (missing > encoded.length || encoded.length === 0) continue;
        const small = Buffer.alloc(encoded.length - missing);
        expect(Everything.writeTo(message, small, 0)).toBe(encoded.length);
      }
    }
  });

  it("survive the way over JSON", () => {
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const whole = Everything.create(everything(new Random(seed)));
      const json: unknown = JSON.parse(JSON.stringify(Everything.toJSON(whole)));
      expect(plusZero(plain(Everything.fromJSON(json))), `seed ${seed}`).toEqual(plusZero(plain(whole)));
    }
  });

  it("cut short or with changed bytes are decoded or refused, with an RpcError", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(Everything.encode(everything(random)));
      for (let round = 0; round < 10 && bytes.length > 0; round++) {
        const broken = Buffer.from(
          bytes.subarray(0, random.below(3) === 0 ? random.below(bytes.length) : bytes.length),
        );
        for (let change = random.below(4); change > 0 && broken.length > 0; change--) {
          broken[random.below(broken.length)] = random.below(256);
        }
        try {
          const message = Everything.decode(broken);
          expect(Everything.decode(Everything.encode(message))).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ name: "RpcError", code: "RPC_INTERNAL" });
        }
      }
    }
  });
});

/** Bytes as text, whatever class holds them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** JSON.stringify writes -0 as 0. */
function plusZero(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(plusZero);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plusZero(each)]));
}
