/** How many unary calls does one connection carry? 100 bytes at depths of 1 to 256, and 10 KB; client and server in processes of their own. */
import { create } from "@bufbuild/protobuf";
import { createClient as createConnectClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type SetupContext, bunExecutable, compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { once } from "node:events";
import thrift from "thrift";
import { Echo as ConnectEcho, PayloadSchema } from "./connect-echo.ts";
import { echoes } from "./echoes.ts";
import { FrameClient, bodyFor } from "./frame-socket.ts";
import { Echo } from "./fixtures/echo.ts";
import { goLoad, goServer } from "./go-ttrpc.ts";
import { connectGrpc, unaryOf } from "./grpc-echo.ts";
import { EchoClient, FRAMED_BINARY } from "./thrift-echo.ts";
import { goProblem } from "../test/interop/go-toolchain.ts";

const GRPC = "@grpc/grpc-js";
const GRPC_ON_BUN = "@grpc/grpc-js on Bun";
const CONNECT = "@connectrpc/connect-node";
const THRIFT = "thrift";
const RAW = "raw TCP frames";
const GO = "ttrpc in Go";
const TO_GO = "@servertech/rpc to ttrpc in Go";
const FROM_GO = "ttrpc in Go to @servertech/rpc";

/** Starts a server and gives its port. */
async function portOf(script: URL, context: SetupContext): Promise<number> {
  return (await context.serverProcess<{ port: number }>(script)).address.port;
}

const OUR_SERVER = new URL("servers/rpc.ts", import.meta.url);
const RAW_SERVER = new URL("servers/raw.ts", import.meta.url);
const GRPC_SERVER = new URL("servers/grpc-js.ts", import.meta.url);
const GRPC_LOAD = new URL("servers/grpc-js-load.ts", import.meta.url);
const CONNECT_SERVER = new URL("servers/connect-node.ts", import.meta.url);
const THRIFT_SERVER = new URL("servers/thrift.ts", import.meta.url);

/** At least `ratio` times a peer's calls, both per second and per second of CPU time. */
function times(against: string, ratio: number, where: { inFlight: number; bytes: number }) {
  return [
    { against, where, bound: ">=" as const, goal: ratio },
    { against, where, metric: "cpuUsPerOp", bound: "<=" as const, goal: 1 / ratio },
  ];
}

const ONE = { inFlight: 1, bytes: 100 };
const DEEP = { inFlight: 64, bytes: 100 };
const DEEPER = { inFlight: 256, bytes: 100 };
const LONG = { inFlight: 64, bytes: 10_240 };

export default compare({
  question: "How many unary calls does one connection carry?",
  unit: "calls/s",
  params: [DEEP, ONE, { inFlight: 16, bytes: 100 }, DEEPER, LONG],
  isolate: true,
  rounds: 3,
  roundMs: 700,
  // Both ends are to be compiled by then: what has little code of its own is so sooner.
  warmUpMs: 3_000,
  contenders: [
    {
      name: "@servertech/rpc",
      async setup({ inFlight, bytes }, context) {
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${await portOf(OUR_SERVER, context)}` });
        await client.ready();
        return {
          callers: inFlight,
          operation: echoes(bytes, (request) => client.unary(request)),
          close: () => client.close(),
        };
      },
    },
    {
      name: RAW,
      async setup({ inFlight, bytes }, context) {
        const client = await FrameClient.connect(await portOf(RAW_SERVER, context));
        const body = bodyFor(bytes);
        return {
          callers: inFlight,
          operation: async () => {
            const reply = await client.call(body);
            if (reply.length !== body.length) throw new Error(`the reply has ${reply.length} bytes`);
          },
          close: () => client.close(),
        };
      },
    },
    {
      name: GRPC,
      async setup({ inFlight, bytes }, context) {
        const client = connectGrpc(await portOf(GRPC_SERVER, context));
        return { callers: inFlight, operation: echoes(bytes, unaryOf(client)), close: () => client.close() };
      },
    },
    {
      name: GRPC_ON_BUN,
      package: GRPC,
      native: "bun@1.4.5",
      // Client and server both run on Bun; this process only says when.
      async setup({ inFlight, bytes }, context) {
        const bun = bunExecutable(context.nativePeer());
        const server = await context.serverProcess<{ port: number }>(GRPC_SERVER, undefined, bun);
        return context.loadProcess(GRPC_LOAD, { port: server.address.port, inFlight, bytes }, bun);
      },
    },
    {
      name: CONNECT,
      async setup({ inFlight, bytes }, context) {
        const baseUrl = `http://127.0.0.1:${await portOf(CONNECT_SERVER, context)}`;
        const client = createConnectClient(ConnectEcho, createGrpcTransport({ baseUrl }));
        return {
          callers: inFlight,
          operation: echoes(bytes, ({ text }) => client.unary(create(PayloadSchema, { text }))),
        };
      },
    },
    {
      name: THRIFT,
      async setup({ inFlight, bytes }, context) {
        const connection = thrift.createConnection("127.0.0.1", await portOf(THRIFT_SERVER, context), FRAMED_BINARY);
        await once(connection, "connect");
        const client = thrift.createClient(EchoClient, connection);
        return {
          callers: inFlight,
          operation: echoes(bytes, (request) => client.unary(request)),
          close: () => connection.end(),
        };
      },
    },
    {
      name: GO,
      skip: goProblem,
      async setup({ inFlight, bytes }, context) {
        const server = await goServer(context);
        const { round, close } = await goLoad({ port: server.port, inFlight, bytes }, context);
        return { round, close: async () => (await close(), await server.close()) };
      },
    },
    {
      name: TO_GO,
      skip: goProblem,
      async setup({ inFlight, bytes }, context) {
        const server = await goServer(context);
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.port}` });
        await client.ready();
        return {
          callers: inFlight,
          operation: echoes(bytes, (request) => client.unary(request)),
          close: async () => (await client.close(), await server.close()),
        };
      },
    },
    {
      name: FROM_GO,
      skip: goProblem,
      setup: async ({ inFlight, bytes }, context) =>
        goLoad({ port: await portOf(OUR_SERVER, context), inFlight, bytes }, context),
    },
  ],
  goals: [
    ...times(GRPC, 40, DEEP),
    ...times(CONNECT, 150, DEEP),
    ...times(THRIFT, 10, DEEP),
    ...times(GRPC_ON_BUN, 40, DEEP),
    ...times(RAW, 0.5, DEEP),
    ...times(GRPC, 8, ONE),
    ...times(RAW, 0.9, ONE),
    ...times(GRPC, 60, DEEPER),
    ...times(RAW, 0.5, DEEPER),
    ...times(GRPC, 25, LONG),
    ...times(RAW, 0.7, LONG),
    ...times(GO, 5, DEEP),
    ...times(GO, 1.5, ONE),
    ...times(GO, 5, LONG),
    { of: TO_GO, against: GO, where: DEEP, bound: ">=", goal: 1 },
    { of: FROM_GO, against: GO, where: DEEP, bound: ">=", goal: 1 },
  ],
});
