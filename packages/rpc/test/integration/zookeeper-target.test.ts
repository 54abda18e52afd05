/** Clients that find their servers in ZooKeeper. */
import { describe, expect, inject, it } from "vitest";
import { createChannel, createClient, createServer } from "../../src/index.ts";
import { createZooKeeperRegistry, zookeeper } from "../../src/zookeeper/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

const { zookeeper: connect } = inject("urls");
const BASE = "/rpc-target-test";

describe("a client of registered servers", () => {
  it("finds them by zk://, and by a registry, and leaves those that are gone", async () => {
    await using registry = createZooKeeperRegistry({ connect, base: BASE });
    const start = async (id: string) => {
      const server = createServer().add(Echo, { ...echoHandlers, unary: () => ({ id }) });
      const { port } = await server.listen();
      const registration = await registry.register({ name: "echo", id, address: "127.0.0.1", port });
      return { server, registration };
    };
    const [one, two] = await Promise.all([start("one"), start("two")]);
    const hosts = connect.replace(/^zk:\/\//, "");
    await using byUrl = createClient(Echo, { target: `zk://${hosts}${BASE}/echo` });
    await using channel = createChannel({ target: zookeeper(registry, "echo") });
    const byRegistry = createClient(Echo, channel);
    for (const client of [byUrl, byRegistry]) {
      await client.ready();
      await expect.poll(() => client.stats()).toMatchObject({ instances: 2, connections: 2 });
    }
    await one.registration.close();
    await one.server.close();
    for (const client of [byUrl, byRegistry]) {
      await expect.poll(() => client.stats(), { timeout: 10_000 }).toMatchObject({ instances: 1, connections: 1 });
      expect((await client.unary({})).id).toBe("two");
    }
    await two.server.close();
  });
});
