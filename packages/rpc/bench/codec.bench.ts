/** What do encoding and decoding cost beside protobufjs? Ten messages of a chat, about 2 KB; no connection. */
import { readFileSync } from "node:fs";
import { compare } from "@servertech/benchmarks";
import { Root, parse } from "protobufjs";
import { History } from "../test/fixtures/gen/chat.ts";

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

function repeated(count: number, operation: () => unknown): void {
  for (let done = 0; done < count; done++) operation();
}

export default compare({
  question: "What do encoding and decoding cost beside protobufjs?",
  unit: "ns/message",
  params: [{ way: "encode" }, { way: "decode" }],
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
  ],
  goals: [
    { against: "protobufjs", where: { way: "encode" }, bound: "<=", goal: 0.67 },
    { against: "protobufjs", where: { way: "decode" }, bound: "<=", goal: 1 },
  ],
});
