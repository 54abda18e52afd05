/** A process with a client and a server that are idle in the end: it must end without being told. */
import { createClient, createServer } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

const mode = process.argv[2];
const server = createServer().add(Echo, echoHandlers);
const { port } = await server.listen();
const client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, keepalive: { intervalMs: 1_000 } });
await client.unary({ id: "x" });
if (mode === "unread stream") void client.serverStream({ count: 3 });
if (mode === "closed") await client.close();
await server.close({ timeoutMs: 1_000 });
process.disconnect();
