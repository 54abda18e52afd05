/** How many unary calls of 100 bytes does one connection carry? One call at a time, and 64 in flight. */
import { credentials } from "@grpc/grpc-js";
import { compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { Echo, type Payload } from "./echo-service.ts";
import { type GrpcEcho, loadEcho } from "./grpc-echo.ts";

const TEXT = "x".repeat(100);

function echoes(call: (request: Payload) => Promise<Payload>): () => Promise<void> {
  return async () => {
    const { text } = await call({ text: TEXT });
    if (text.length !== TEXT.length) throw new Error(`the reply has ${text.length} characters`);
  };
}

export default compare({
  question: "How many unary calls of 100 bytes does one connection carry?",
  unit: "calls/s",
  params: [
    { inFlight: 1, bytes: 100 },
    { inFlight: 64, bytes: 100 },
  ],
  contenders: [
    {
      name: "@servertech/rpc",
      async setup({ inFlight }, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/rpc.ts", import.meta.url));
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.address.port}` });
        await client.ready();
        return {
          callers: inFlight,
          operation: echoes((request) => client.unary(request)),
          close: () => client.close(),
        };
      },
    },
    {
      name: "@grpc/grpc-js",
      async setup({ inFlight }, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/grpc-js.ts", import.meta.url));
        const address = `127.0.0.1:${server.address.port}`;
        const client = new (loadEcho())(address, credentials.createInsecure()) as unknown as GrpcEcho;
        const call = (request: Payload) =>
          new Promise<Payload>((resolve, reject) => {
            client.Unary(request, (error, reply) => {
              if (reply === undefined) reject(error ?? new Error("no reply"));
              else resolve(reply);
            });
          });
        return { callers: inFlight, operation: echoes(call), close: () => client.close() };
      },
    },
  ],
  goals: [
    { against: "@grpc/grpc-js", where: { inFlight: 1 }, bound: ">=", goal: 8 },
    { against: "@grpc/grpc-js", where: { inFlight: 64 }, bound: ">=", goal: 40 },
    { against: "@grpc/grpc-js", metric: "cpuUsPerOp", where: { inFlight: 64 }, bound: "<=", goal: 0.025 },
  ],
});
