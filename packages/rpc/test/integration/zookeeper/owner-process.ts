/**
 * A process that registers one instance: `node owner-process.ts <connect> <base> <id> <sessionTimeoutMs>`. A number on its
 * input is the time that it has to close the registry; it then writes how long that took, and has nothing left to do.
 */
import { once } from "node:events";
import { createZooKeeperRegistry } from "../../../src/zookeeper/index.ts";

const [connect = "", base = "", id = "", sessionTimeoutMs = ""] = process.argv.slice(2);
const registry = createZooKeeperRegistry({ connect, base, sessionTimeoutMs: Number(sessionTimeoutMs), jitterMs: 100 });
await registry.register({ name: "ai", id, address: "127.0.0.1", port: 9_000 });
process.stdout.write("registered\n");
const [line] = (await once(process.stdin, "data")) as [Buffer];
process.stdin.destroy();
const start = performance.now();
await registry.close({ timeoutMs: Number(line.toString()) });
process.stdout.write(`${performance.now() - start}\n`);
