import { serve } from "@servertech/benchmarks";
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { promisify } from "node:util";
import type { Payload } from "../echo-service.ts";
import { loadEcho } from "../grpc-echo.ts";

serve(async () => {
  const server = new Server();
  server.addService(loadEcho().service, {
    Unary: ({ request }: ServerUnaryCall<Payload, Payload>, reply: sendUnaryData<Payload>) =>
      reply(null, { text: request.text }),
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  return { address: { port }, close: () => promisify(server.tryShutdown.bind(server))() };
});
