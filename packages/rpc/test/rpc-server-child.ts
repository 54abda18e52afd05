/** An echo server in a process of its own, for tests that kill it. */
import { createServer } from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

const server = createServer().add(Echo, {
  ...echoHandlers,
  async unary(request, context) {
    if (request.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, request.delayMs));
    return echoHandlers.unary(request, context);
  },
});
const { port } = await server.listen({ port: Number(process.argv[2] ?? 0) });
process.on("message", () => {
  void server.close({ timeoutMs: 5_000 }).then(() => process.exit(0));
});
process.send?.(port);
