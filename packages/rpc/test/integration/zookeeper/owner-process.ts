/** A process that registers one instance until it ends: `node owner-process.ts <connect> <base> <id> <sessionTimeoutMs>`. */
import { createZooKeeperRegistry } from "../../../src/zookeeper/index.ts";

const [connect = "", base = "", id = "", sessionTimeoutMs = ""] = process.argv.slice(2);
const registry = createZooKeeperRegistry({ connect, base, sessionTimeoutMs: Number(sessionTimeoutMs), jitterMs: 100 });
await registry.register({ name: "ai", id, address: "127.0.0.1", port: 9_000 });
process.stdout.write("registered\n");
