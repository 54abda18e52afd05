/** Generated code with the well-known types, which the runtime has. */
import { fileURLToPath } from "node:url";
import { Any, NullValue, Timestamp as WellKnownTimestamp, loadProto } from "@servertech/rpc";
import { Root } from "protobufjs";
import { describe, expect, it } from "vitest";
import { Alone, Clock, Known, Timestamp, file$ } from "../fixtures/gen/well_known.ts";

const FILE = fileURLToPath(new URL("../fixtures/proto/well_known.proto", import.meta.url));

const at = { seconds: 1_700_000_000n, nanos: 5 };

const alone = Alone.create({
  timestamp: at,
  duration: { seconds: -3n, nanos: -1 },
  any: { typeUrl: "type.googleapis.com/test.known.Known", value: Buffer.from([1, 2]) },
  struct: { fields: { a: { kind: { case: "numberValue", value: 1.5 } } } },
  value: { kind: { case: "nullValue", value: NullValue.NULL_VALUE } },
  listValue: { values: [{ kind: { case: "boolValue", value: true } }] },
  nullValue: NullValue.NULL_VALUE,
  doubleValue: { value: 0.5 },
  floatValue: { value: 0.25 },
  int64Value: { value: -(2n ** 63n) },
  uint64Value: { value: 2n ** 64n - 1n },
  int32Value: { value: -7 },
  uint32Value: { value: 7 },
  boolValue: { value: true },
  stringValue: { value: "é" },
  bytesValue: { value: Buffer.from([0, 255]) },
  fieldMask: { paths: ["a.b", "c"] },
  empty: {},
});

const known = Known.create({
  alone,
  times: [at, {}],
  nulls: [NullValue.NULL_VALUE, NullValue.NULL_VALUE],
  anys: [Any.create({ typeUrl: "a/b" })],
  durations: { short: { nanos: 1 } },
  values: { "-1": { kind: { case: "stringValue", value: "x" } } },
  nullsByName: { none: NullValue.NULL_VALUE },
  pick: { case: "asInt64", value: { value: 5n } },
  maybeNull: NullValue.NULL_VALUE,
});

describe("the well-known types in generated code", () => {
  it("come back as they were, in fields, lists, maps and oneofs", () => {
    expect(plain(Known.decode(Known.encode(known)))).toEqual(plain(known));
    const struct = Known.create({ pick: { case: "asStruct", value: { fields: {} } } });
    expect(Known.decode(Known.encode(struct))).toEqual(struct);
    const none = Known.create({ pick: { case: "asNull", value: NullValue.NULL_VALUE } });
    expect(Known.decode(Known.encode(none))).toEqual(none);
  });

  it("are to protobufjs the same bytes", () => {
    const root = new Root();
    root.resolvePath = (_, target) =>
      target.startsWith("/") ? target : fileURLToPath(new URL(`../../proto/${target}`, import.meta.url));
    const type = root.loadSync(FILE, { keepCase: true }).lookupType("test.known.Alone");
    const small = Alone.create({ ...alone, int64Value: { value: -5n }, uint64Value: { value: 5n } });
    const theirs = type.encode(type.decode(Alone.encode(small))).finish();
    expect(plain(Alone.decode(theirs))).toEqual(plain(small));
  });

  it("leave their names to messages of the file", () => {
    const own = Timestamp.create({ at });
    expect(Timestamp.typeName).toBe("test.known.Timestamp");
    expect(WellKnownTimestamp.typeName).toBe("google.protobuf.Timestamp");
    expect(Timestamp.decode(Timestamp.encode(own))).toEqual(own);
    expect(Clock.methods.now.response).toBe(WellKnownTimestamp);
  });

  it("are described for reflection", () => {
    expect(file$.dependencies.map((dependency) => dependency().name)).toEqual(
      ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"].map(
        (name) => `google/protobuf/${name}.proto`,
      ),
    );
    expect(file$.dependencies.every((dependency) => dependency().bytes.length > 50)).toBe(true);
  });

  it("are the runtime's in dynamic services too", async () => {
    const services = await loadProto(FILE);
    const clock = services["test.known.Clock"];
    expect(clock?.methods.now?.response).toBe(WellKnownTimestamp);
    const echo = clock?.methods.echo?.request;
    expect(plain(echo?.decode(Known.encode(known)))).toEqual(plain(known));
    expect(Buffer.from(clock?.file?.bytes ?? []).equals(file$.bytes)).toBe(true);
  });
});

/** Bytes as text, whatever class holds them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
