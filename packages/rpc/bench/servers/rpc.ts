import { serve } from "@servertech/benchmarks";
import { createServer } from "@servertech/rpc";
import { Echo } from "../echo-service.ts";

serve(async () => {
  const server = createServer().add(Echo, { unary: ({ text }) => ({ text }) });
  const { port } = await server.listen();
  return { address: { port }, close: () => server.close() };
});
