/** What do encoding and decoding cost beside protobufjs and @bufbuild/protobuf? Ten messages of a chat, about 2 KB; no connection. */
import { readFileSync } from "node:fs";
import { type Message as AnyMessage, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type GenMessage, messageDesc } from "@bufbuild/protobuf/codegenv2";
import { compare } from "@servertech/benchmarks";
import { Root, parse } from "protobufjs";
import { bufbuildFile } from "./bufbuild-file.ts";
import { History, file$ } from "../test/fixtures/gen/chat.ts";

/** Which message of `chat.proto` it is. */
const HISTORY = 2;

/** `text` holds letters beyond ASCII in every second message, as chats do. */
function history<Id>(id: (value: number) => Id) {
  const messages = Array.from({ length: 10 }, (_, index) => ({
    id: id(1_000_000 + index),
    role: index % 2 === 0 ? (1 as const) : (2 as const),
    content: (index % 2 === 0
      ? "How does a pool hand its resources out? "
      : "In the order of the requests — each waits. "
    ).repeat(4),
    usage: { promptTokens: 120 + index, completionTokens: 300 + index },
    createdAtMs: id(1_764_000_000_000 + index),
    model: "demo-model-1",
  }));
  return { messages, hasMore: true };
}

function protobufjsCodec() {
  const source = readFileSync(new URL("../test/fixtures/proto/chat.proto", import.meta.url), "utf8");
  // `setup` makes the same code as its generator of static classes.
  return parse(source, new Root()).root.lookupType("test.chat.History").setup();
}

type BufbuildHistory = AnyMessage<"test.chat.History"> & {
  messages: (AnyMessage<"test.chat.Message"> & {
    id: bigint;
    role: number;
    content: string;
    usage?: AnyMessage<"test.chat.Usage"> & { promptTokens: number; completionTokens: number };
    createdAtMs: bigint;
    model: string;
  })[];
  hasMore: boolean;
};

function bufbuildSchema(): GenMessage<BufbuildHistory> {
  return messageDesc(bufbuildFile(file$), HISTORY);
}

function repeated(count: number, operation: () => unknown): void {
  for (let done = 0; done < count; done++) operation();
}

export default compare({
  question: "What do encoding and decoding cost beside protobufjs and @bufbuild/protobuf?",
  unit: "ns/message",
  params: [{ way: "encode" }, { way: "decode" }],
  roundMs: 500,
  contenders: [
    {
      name: "@servertech/rpc",
      setup({ way }) {
        const message = history(BigInt);
        const bytes = History.encode(message);
        const operation = way === "encode" ? () => History.encode(message) : () => History.decode(bytes);
        return { batch: (count) => repeated(count, operation) };
      },
    },
    {
      name: "protobufjs",
      setup({ way }) {
        const type = protobufjsCodec();
        const message = type.create(history(Number));
        const bytes = type.encode(message).finish();
        const operation = way === "encode" ? () => type.encode(message).finish() : () => type.decode(bytes);
        return { batch: (count) => repeated(count, operation) };
      },
    },
    {
      name: "@bufbuild/protobuf",
      setup({ way }) {
        const schema = bufbuildSchema();
        const message = create(schema, history(BigInt));
        const bytes = toBinary(schema, message);
        if (Buffer.compare(bytes, History.encode(history(BigInt))) !== 0) throw new Error("the messages differ");
        const operation = way === "encode" ? () => toBinary(schema, message) : () => fromBinary(schema, bytes);
        return { batch: (count) => repeated(count, operation) };
      },
    },
  ],
  goals: [
    { against: "@bufbuild/protobuf", bound: "<=", goal: 0.5 },
    { against: "protobufjs", where: { way: "encode" }, bound: "<=", goal: 0.67 },
    { against: "protobufjs", where: { way: "decode" }, bound: "<=", goal: 1 },
  ],
});
