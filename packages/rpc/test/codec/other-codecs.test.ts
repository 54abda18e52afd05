/** Codecs of other libraries in place of generated messages: whatever encodes to bytes and decodes from bytes. */
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { parse } from "protobufjs";
import { describe, expect, it } from "vitest";
import { type Codec, createClient, createLocalPair, createServer, service } from "../../src/index.ts";
import { Node, file$ } from "../fixtures/gen/everything.ts";

interface Named {
  name: string;
}

/** `test.all.Node` by @bufbuild/protobuf, which knows it by its descriptor. */
function bufbuildCodec(): Codec<Named> {
  // What is imported stands before who imports it.
  const files = [...file$.dependencies.map((dependency) => dependency()), file$];
  const file = files.map(({ bytes }) => fromBinary(FileDescriptorProtoSchema, bytes));
  const schema = createFileRegistry(create(FileDescriptorSetSchema, { file })).getMessage("test.all.Node");
  if (schema === undefined) throw new Error("everything.proto declares test.all.Node");
  return {
    encode: (message) => toBinary(schema, create(schema, { ...message })),
    decode: (bytes) => fromBinary(schema, bytes) as unknown as Node,
  };
}

/** A message with the same field by protobufjs. */
function protobufjsCodec(): Codec<Named> {
  const type = parse('syntax = "proto3"; message Named { string name = 1; }').root.lookupType("Named");
  return {
    encode: (message) => type.encode(type.create(message)).finish(),
    decode: (bytes) => type.toObject(type.decode(bytes)) as Named,
  };
}

describe.each([
  ["@bufbuild/protobuf", bufbuildCodec, protobufjsCodec],
  ["protobufjs", protobufjsCodec, bufbuildCodec],
])("codecs of %s", (_, request, response) => {
  it("carry requests and replies of calls and streams", async () => {
    const Names = service("other.Names", {
      one: { name: "One", kind: "unary", request: request(), response: response() },
      all: { name: "All", kind: "bidi", request: request(), response: response() },
    });
    await using server = createServer().add(Names, {
      one: ({ name }) => ({ name: `${name}, one` }),
      async *all(requests) {
        for await (const { name } of requests) yield { name: `${name}, all` };
      },
    });
    await using channel = createLocalPair(server);
    const client = createClient(Names, channel);
    expect(await client.one({ name: "a" })).toMatchObject({ name: "a, one" });
    const call = client.all();
    await call.send({ name: "b" });
    expect((await call.next()).value).toMatchObject({ name: "b, all" });
    call.end();
    expect(await call.next()).toMatchObject({ done: true });
  });
});

it("a generated message that was copied and changed is used as it was changed", async () => {
  const changed: Codec<Named> = {
    ...Node,
    encode: ({ name }) => Node.encode({ name: `${name}, sent` }),
    decode: (bytes) => ({ name: `${Node.decode(bytes).name}, read` }),
  };
  const Names = service("other.Changed", {
    say: { name: "Say", kind: "unary", request: changed, response: changed },
  } as const);
  const server = createServer().add(Names, { say: ({ name }) => ({ name: `${name}, said` }) });
  const client = createClient(Names, createLocalPair(server));
  expect(await client.say({ name: "a" })).toEqual({ name: "a, sent, read, said, sent, read" });
  await server.close();
});
