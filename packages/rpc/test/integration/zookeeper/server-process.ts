/**
 * A process that serves Echo and is registered: `node server-process.ts <connect> <base> <id>`. SIGTERM shuts it down in
 * the order of a lifecycle: deregister, settle, drain.
 */
import { createLifecycle } from "@servertech/core";
import { createServer } from "../../../src/index.ts";
import { createZooKeeperRegistry } from "../../../src/zookeeper/index.ts";
import { Echo, echoHandlers } from "../../echo-service.ts";

const [connect = "", base = "", id = ""] = process.argv.slice(2);
const lifecycle = createLifecycle();
const server = createServer().add(Echo, {
  ...echoHandlers,
  // Long enough that some are at work whenever the server is told to end.
  async unary() {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { id };
  },
});
const { port } = await server.listen({ host: "127.0.0.1" });
const registry = createZooKeeperRegistry({ connect, base, sessionTimeoutMs: 3_000 });
const registration = await registry.register({ name: "echo", id, address: "127.0.0.1", port });
lifecycle
  .add("deregister", registration)
  .add("settle", () => server.goAway())
  .add("drain", server)
  .add("pools", registry)
  .installSignalHandlers();
process.stdout.write("registered\n");
