/** What is known by its name alone: in `Any`, in the details of errors. */
import { describe, expect, it } from "vitest";
import { messageTypesIn } from "../../src/codec/message-types-in.ts";
import * as rpc from "../../src/index.ts";
import { knownType, makeKnown } from "../../src/well-known/known-types.ts";
import { Everything } from "../fixtures/gen/everything.ts";

/** Without those that stand inside others. */
const exported = messageTypesIn(rpc).filter(({ typeName }) => /^google\.(protobuf|rpc)\.\w+$/.test(typeName));

describe("knownType", () => {
  it.each(exported.map((type) => [type.typeName, type] as const))("has the exported %s", (typeName, type) => {
    expect(knownType(typeName)).toBe(type);
  });

  it("has all 17 well-known types and all 10 error details", () => {
    expect(exported.filter(({ typeName }) => typeName.startsWith("google.protobuf."))).toHaveLength(17);
    expect(exported.filter(({ typeName }) => typeName.startsWith("google.rpc."))).toHaveLength(10);
  });

  it("has no type of a user, and keeps its own when another one has the name", () => {
    expect(knownType(Everything.typeName)).toBeUndefined();
    makeKnown({ ...rpc.Empty });
    expect(knownType("google.protobuf.Empty")).toBe(rpc.Empty);
  });
});
