import { serve } from "@servertech/benchmarks";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import thrift from "thrift";
import { type EchoHandler, EchoProcessor, FRAMED_BINARY } from "../thrift-echo.ts";

serve(async () => {
  const handler: EchoHandler = { unary: ({ text }) => ({ text }) };
  const server = thrift.createServer(EchoProcessor, handler, FRAMED_BINARY).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: { port }, close: () => server.close() };
});
