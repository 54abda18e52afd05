/** How many messages of 100 bytes does one server stream carry? With flow control on, to a reader that does nothing else. */
import { createClient as createConnectClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type Measured, type Round, compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { Echo as ConnectEcho } from "./connect-echo.ts";
import type { Text } from "./echoes.ts";
import { Echo } from "./fixtures/echo.ts";
import { connectGrpc } from "./grpc-echo.ts";

const ENDLESS = { bytes: 100, messages: 0 };
const MESSAGES_PER_CLOCK = 64;

/** Reads a stream for the time of the round; leaving the loop cancels it. */
async function taken(messages: AsyncIterable<Text>, { durationMs }: Round): Promise<Measured> {
  let operations = 0;
  const begin = performance.now();
  const end = begin + durationMs;
  for await (const { text } of messages) {
    if (text.length !== ENDLESS.bytes) throw new Error(`a message has ${text.length} characters`);
    operations += 1;
    if (operations % MESSAGES_PER_CLOCK === 0 && performance.now() >= end) break;
  }
  return { operations, elapsedMs: performance.now() - begin };
}

export default compare({
  question: "How many messages of 100 bytes does one server stream carry?",
  unit: "messages/s",
  isolate: true,
  rounds: 4,
  roundMs: 1_000,
  warmUpMs: 1_000,
  contenders: [
    {
      name: "@servertech/rpc",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/rpc.ts", import.meta.url));
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.address.port}` });
        await client.ready();
        return { round: (round) => taken(client.feed(ENDLESS), round), close: () => client.close() };
      },
    },
    {
      name: "@grpc/grpc-js",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/grpc-js.ts", import.meta.url));
        const client = connectGrpc(server.address.port);
        return {
          // Leaving the loop destroys the stream, and that alone does not cancel the call.
          async round(round) {
            const messages = client.Feed(ENDLESS);
            messages.on("error", () => {
              // The cancelling below is no failure; another error also ends the loop.
            });
            try {
              return await taken(messages, round);
            } finally {
              messages.cancel();
            }
          },
          close: () => client.close(),
        };
      },
    },
    {
      name: "@connectrpc/connect-node",
      async setup(_, context) {
        const script = new URL("servers/connect-node.ts", import.meta.url);
        const server = await context.serverProcess<{ port: number }>(script);
        const baseUrl = `http://127.0.0.1:${server.address.port}`;
        const client = createConnectClient(ConnectEcho, createGrpcTransport({ baseUrl }));
        return { round: (round) => taken(client.feed(ENDLESS), round) };
      },
    },
  ],
  goals: [
    { against: "@grpc/grpc-js", bound: ">=", goal: 20 },
    { against: "@grpc/grpc-js", metric: "cpuUsPerOp", bound: "<=", goal: 1 / 20 },
  ],
});
