import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type TlsFile, tlsFile } from "../../../../../tools/tls-files.ts";
import { createZooKeeperClient, createZooKeeperRegistry } from "../../../src/zookeeper/index.ts";

const pem = (name: TlsFile): string => readFileSync(tlsFile(name), "utf8");
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let server: Server;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "servertech-zookeeper-tls-"));
  const keys = join(folder, "keys.pem");
  await writeFile(keys, pem("server.key") + pem("server.crt"));
  port = await freePort();
  server = await startServer("zookeeper", {
    args: ["-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory"],
    config: [
      `secureClientPort=${port}`,
      "secureClientPortAddress=127.0.0.1",
      `ssl.keyStore.location=${keys}`,
      "ssl.keyStore.type=PEM",
      "ssl.clientAuth=none",
    ],
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("tls", () => {
  it("carries a session, its watches and large replies, over reconnects, too", async () => {
    const connect = `localhost:${port}`;
    await using client = createZooKeeperClient({ connect, tls: { ca: pem("ca.crt") } });
    const data = Buffer.alloc(900_000, 7);
    await client.create("/large", data);
    expect((await client.getData("/large")).data?.equals(data)).toBe(true);
    await using registry = createZooKeeperRegistry({ connect, tls: { ca: pem("ca.crt") } });
    const watcher = registry.watch("ai");
    await watcher.ready();
    await registry.register({ name: "ai", id: "one", address: "h", port: 1 });
    await expect.poll(() => watcher.instances.map(({ id }) => id), WAIT).toEqual(["one"]);
    await server.kill("SIGKILL");
    await server.restart();
    await expect.poll(() => registry.health, WAIT).toBe("ok");
    expect(registry.stats()).toMatchObject({ reconnects: 1, expirations: 0, protocolErrors: 0 });
    await expect.poll(() => watcher.stale, WAIT).toBe(false);
  });

  it.each([
    ["a certificate that nobody vouches for", {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["a certificate of somebody else", { ca: pem("other-ca.crt") }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [
      "a certificate with another name",
      { ca: pem("ca.crt"), servername: "other.test" },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
  ])("refuses %s", async (_what, tls, code) => {
    await using client = createZooKeeperClient({ connect: `127.0.0.1:${port}`, tls, requestTimeoutMs: 2_000 });
    const refused = { code: "ZK_CONNECTION_LOSS", cause: { code } };
    await Promise.all([
      expect(client.ready()).rejects.toMatchObject(refused),
      expect(client.getData("/large")).rejects.toMatchObject(refused),
    ]);
  });

  it("is not spoken by a plain port, nor plain by its port, and requests settle all the same", async () => {
    const tls = { ca: pem("ca.crt") };
    await using plain = createZooKeeperClient({ connect: `127.0.0.1:${port}`, requestTimeoutMs: 500 });
    await using secure = createZooKeeperClient({ connect: server.url, tls, requestTimeoutMs: 2_000 });
    const lost = { code: "ZK_CONNECTION_LOSS" };
    await Promise.all([
      expect(plain.getData("/")).rejects.toMatchObject(lost),
      expect(secure.getData("/")).rejects.toMatchObject(lost),
    ]);
  });
});
