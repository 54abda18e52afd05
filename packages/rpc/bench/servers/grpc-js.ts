/** Runs on Bun, too. */
import { serve } from "@servertech/benchmarks";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { promisify } from "node:util";
import type { Text } from "../echoes.ts";
import { type FeedRequest, feedLength } from "../feed.ts";
import { loadEcho } from "../grpc-echo.ts";

serve(async () => {
  const server = new Server();
  server.addService(loadEcho().service, {
    Unary: ({ request }: ServerUnaryCall<Text, Text>, reply: sendUnaryData<Text>) =>
      reply(null, { text: request.text }),
    Feed: feed,
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  return { address: { port }, close: () => server.forceShutdown() };
});

/** Writes as long as the stream takes more. */
function feed(call: ServerWritableStream<FeedRequest, Text>): void {
  const message = { text: "x".repeat(call.request.bytes) };
  let left = feedLength(call.request);
  const send = () => {
    while (!call.cancelled && left > 0) {
      left -= 1;
      if (!call.write(message)) {
        call.once("drain", send);
        return;
      }
    }
    call.end();
  };
  send();
}
