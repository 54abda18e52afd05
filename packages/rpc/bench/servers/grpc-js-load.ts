/** The calling side of @grpc/grpc-js on Bun. */
import { serveLoad } from "@servertech/benchmarks";
import { echoes } from "../echoes.ts";
import { connectGrpc, unaryOf } from "../grpc-echo.ts";

serveLoad((argument) => {
  const { port, inFlight, bytes } = argument as { port: number; inFlight: number; bytes: number };
  const client = connectGrpc(port);
  return { callers: inFlight, operation: echoes(bytes, unaryOf(client)), close: () => client.close() };
});
