/** `echo.proto` for @connectrpc. */
import type { Message } from "@bufbuild/protobuf";
import { type GenMessage, type GenService, messageDesc, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import { bufbuildFile } from "./bufbuild-file.ts";
import { file$ } from "./fixtures/echo.ts";

type Payload = Message<"bench.Payload"> & { text: string };
type FeedRequest = Message<"bench.FeedRequest"> & { bytes: number; messages: number };

const file = bufbuildFile(file$);

export const PayloadSchema: GenMessage<Payload> = messageDesc(file, 0);
const FeedRequestSchema: GenMessage<FeedRequest> = messageDesc(file, 1);

export const Echo: GenService<{
  unary: { methodKind: "unary"; input: typeof PayloadSchema; output: typeof PayloadSchema };
  feed: { methodKind: "server_streaming"; input: typeof FeedRequestSchema; output: typeof PayloadSchema };
}> = serviceDesc(file, 0);
