import { serve } from "@servertech/benchmarks";
import { createServer } from "@servertech/rpc";
import { feed } from "../feed.ts";
import { Echo } from "../fixtures/echo.ts";

serve(async () => {
  const server = createServer({ maxConnections: 20_000 }).add(Echo, {
    unary: ({ text }) => ({ text }),
    feed,
  });
  const { port } = await server.listen();
  return { address: { port }, close: () => server.close({ timeoutMs: 1_000 }) };
});
