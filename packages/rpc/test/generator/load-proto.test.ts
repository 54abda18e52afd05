import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { type Codec, type MessageType, loadProto } from "../../src/index.ts";
import { dynamicServices } from "../../src/dynamic/dynamic-services.ts";
import { filesFromDescriptors } from "../../src/generator/from-descriptors.ts";
import type { Properties } from "../../src/codec/field-info.ts";
import { Random, everything } from "../codec/random-messages.ts";
import * as generated from "../fixtures/gen/everything.ts";

const PROTO = fileURLToPath(new URL("../fixtures/proto/", import.meta.url));
const FILE = `${PROTO}everything.proto`;

describe("loadProto", () => {
  it("gives the services that generated code has", async () => {
    const services = await loadProto(FILE, { includeDirs: [PROTO] });
    const names = Object.values(generated).flatMap((each) => ("methods" in each ? [each.name] : []));
    expect(Object.keys(services).toSorted()).toEqual(names.toSorted());
    for (const each of Object.values(generated)) {
      if (!("methods" in each)) continue;
      const dynamic = services[each.name];
      expect(described(dynamic?.methods)).toEqual(described(each.methods));
      expect(Buffer.from(dynamic?.file?.bytes ?? []).equals(generated.file$.bytes)).toBe(true);
      expect(dynamic?.file?.dependencies.map((dependency) => dependency().name)).toEqual(["shared/kinds.proto"]);
    }
  });

  it("writes, reads and forms JSON as generated code does", async () => {
    const services = await loadProto(FILE, { includeDirs: [PROTO] });
    const dynamic = typeOf(services, "test.all.Everything");
    for (let seed = 1; seed <= 150; seed++) {
      const init = everything(new Random(seed));
      const bytes = generated.Everything.encode(init);
      expect(bytesOf(dynamic.encode(init as Properties)).equals(bytes), `seed ${seed}`).toBe(true);
      const decoded = dynamic.decode(bytes);
      const message = generated.Everything.decode(bytes);
      expect(isDeepStrictEqual(decoded, message), `seed ${seed}`).toBe(true);
      const json = JSON.stringify(generated.Everything.toJSON(message));
      expect(JSON.stringify(dynamic.toJSON(decoded)) === json, `seed ${seed}`).toBe(true);
      const read = generated.Everything.fromJSON(JSON.parse(json));
      expect(isDeepStrictEqual(dynamic.fromJSON(JSON.parse(json)), read), `seed ${seed}`).toBe(true);
    }
  });

  it("refuses bytes that generated code refuses", async () => {
    const dynamic = typeOf(await loadProto(FILE, { includeDirs: [PROTO] }), "test.all.Everything");
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(generated.Everything.encode(everything(random)));
      for (let change = 3; change > 0 && bytes.length > 0; change--)
        bytes[random.below(bytes.length)] = random.below(256);
      expect(
        outcome(() => dynamic.decode(bytes)),
        `seed ${seed}`,
      ).toEqual(outcome(() => generated.Everything.decode(bytes)));
    }
  });

  it("gives 64-bit integers as numbers on request", async () => {
    const services = await loadProto(FILE, { includeDirs: [PROTO], int64: "number" });
    const dynamic = typeOf(services, "test.all.Everything");
    const bytes = generated.Everything.encode({ scalars: { anInt64: 7n } });
    expect(dynamic.decode(bytes).scalars).toMatchObject({ anInt64: 7 });
    const large = generated.Everything.encode({ scalars: { anInt64: 2n ** 53n } });
    expect(() => dynamic.decode(large)).toThrow("outside ±(2^53 - 1)");
  });

  it("refuses what it does not know", async () => {
    await expect(loadProto(FILE, { int64: "long" as never })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(loadProto(FILE, { other: 1 } as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(loadProto(`${PROTO}none.proto`)).rejects.toThrow("none.proto: cannot be read (ENOENT)");
  });
});

describe("services from descriptors", () => {
  const servicesFromDescriptors = (files: readonly Uint8Array[]) =>
    dynamicServices(filesFromDescriptors(files), { int64: "bigint", unknownFields: false });

  it("gives the same, whatever the order of the files", () => {
    const files = [generated.file$, ...generated.file$.dependencies.map((dependency) => dependency())];
    for (const order of [files, files.toReversed()]) {
      const services = servicesFromDescriptors(order.map(({ bytes }) => bytes));
      const dynamic = typeOf(services, "test.all.Everything");
      const bytes = generated.Everything.encode(everything(new Random(5)));
      expect(dynamic.decode(bytes)).toEqual(generated.Everything.decode(bytes));
    }
  });

  it("refuses what is no descriptor, and a file whose import is missing", () => {
    expect(() => servicesFromDescriptors([Buffer.from([0xff])])).toThrow("no such message");
    expect(() => servicesFromDescriptors([generated.file$.bytes])).toThrow("everything.proto");
  });
});

function typeOf(services: Awaited<ReturnType<typeof loadProto>>, name: string): MessageType<Properties> {
  for (const { methods } of Object.values(services)) {
    for (const { request, response } of Object.values(methods)) {
      for (const type of [request, response]) {
        if (isMessageType(type) && type.typeName === name) return type;
      }
    }
  }
  throw new Error(`no method has ${name}`);
}

function described(
  methods: Readonly<Record<string, { name: string; kind: string; idempotent?: boolean | undefined }>> = {},
) {
  return Object.entries(methods).map(([key, { name, kind, idempotent = false }]) => ({ key, name, kind, idempotent }));
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}

function isMessageType<T>(codec: Codec<T> | MessageType<T>): codec is MessageType<T> {
  return "typeName" in codec;
}
