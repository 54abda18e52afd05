/** `echo.proto` for @connectrpc. */
import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { Type, field, proto3File } from "./bufbuild-file.ts";

type Payload = Message<"bench.Payload"> & { text: string };
type FeedRequest = Message<"bench.FeedRequest"> & { bytes: number; messages: number };

const file = proto3File({
  name: "echo.proto",
  package: "bench",
  messageType: [
    { name: "Payload", field: [field("text", 1, Type.STRING)] },
    { name: "FeedRequest", field: [field("bytes", 1, Type.UINT32), field("messages", 2, Type.UINT32)] },
  ],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Unary", inputType: ".bench.Payload", outputType: ".bench.Payload" },
        { name: "Feed", inputType: ".bench.FeedRequest", outputType: ".bench.Payload", serverStreaming: true },
      ],
    },
  ],
});

export const PayloadSchema: GenMessage<Payload> = messageDesc(file, 0);
const FeedRequestSchema: GenMessage<FeedRequest> = messageDesc(file, 1);

export const Echo: GenService<{
  unary: { methodKind: "unary"; input: typeof PayloadSchema; output: typeof PayloadSchema };
  feed: { methodKind: "server_streaming"; input: typeof FeedRequestSchema; output: typeof PayloadSchema };
}> = serviceDesc(file, 0);
