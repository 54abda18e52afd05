/** A server in a process of its own whose handlers read nothing; tells its memory when asked. */
import { createServer } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { aborted } from "../gate.ts";

const server = createServer({ maxStreamsPerConnection: 200, streamBufferBytes: 65_536 }).add(Echo, {
  ...echoHandlers,
  async clientStream(_, { signal }) {
    throw await aborted(signal);
  },
});
const { port } = await server.listen();
process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ rss: process.memoryUsage().rss, stats: server.stats() });
});
process.send?.({ port });
