import { createZooKeeperRegistry } from "@servertech/rpc/zookeeper";
import { type Codec, Status as RpcStatus, createClient, service } from "@servertech/rpc";
import { freePort, startServer } from "@servertech/services";
import { describe, expect, inject, it } from "vitest";
import { AiServer, Status } from "../../src/contract.ts";
import { freshDatabase } from "./fresh-database.ts";
import {
  chatRequest,
  clientOf,
  eventually,
  failureOf,
  hear,
  providerEnv,
  spawnAiServer,
  startAiServer,
  tokenFor,
} from "./harness.ts";

const bytes: Codec<Uint8Array> = { encode: (message) => message, decode: (given) => Uint8Array.from(given) };
const Health = service("grpc.health.v1.Health", {
  check: { name: "Check", kind: "unary", request: bytes, response: bytes },
} as const);
const [SERVING, NOT_SERVING] = [1, 2];

const USER = 3_000_000 + (process.pid % 100_000);

describe("the start", () => {
  it("needs nothing but MySQL and Redis, and answers with the demo", async () => {
    const mysql = await freshDatabase(inject("urls").mysql, "ai_start_test");
    await using server = await startAiServer({ MYSQL_URL: mysql, REDIS_URL: inject("urls").redis });
    await using client = clientOf(server.address);
    const token = await tokenFor(client, USER);
    await expect(client.listModels({ token })).resolves.toEqual({
      models: ["offline-demo"],
      defaultModel: "offline-demo",
      demo: true,
    });
    await expect(client.query({ token, queryMessage: "6*7" })).resolves.toEqual({ responMessage: "6*7 = 42" });
    const heard = await hear(client.chat(chatRequest({ token, content: "/think what is 2+2?" })));
    expect(heard).toMatchObject({ text: "2+2 = 4", done: { status: Status.COMPLETE } });
    expect(heard.deltas.some(({ reasoning }) => reasoning !== "")).toBe(true);
    await expect(hear(client.chat(chatRequest({ token, content: "/fail cut" })))).resolves.toMatchObject({
      done: { error: { code: "AI_STREAM_CUT" } },
    });
    server.process.kill("SIGTERM");
    await expect(server.exited).resolves.toBe(0);
    const lines = server
      .output()
      .split("\n")
      .filter((line) => line.startsWith("ai-server"));
    expect(lines).toEqual([`ai-server listening on ${server.address}`]);
  });

  it.each([
    ["a port that is none", { RPC_PORT: "x" }, /^RPC_PORT: must be an integer from 0 to 65535, got "x"\n$/],
    ["an open host without a secret", { RPC_HOST: "0.0.0.0" }, /^RPC_SHARED_SECRET: must be set [^\n]+\n$/],
    ["a provider without a model", { AI_BASE_URL: "https://h/v1" }, /^AI_MODEL: must be set [^\n]+\n$/],
    [
      "a file that is not there",
      { ...providerEnv({ baseUrl: "https://h/v1" }, "", ""), AI_CA_FILE: "/no/such/file", LOG_LEVEL: "silent" },
      /^ai-server cannot start: AI_CA_FILE: must be a readable file [^\n]+\n$/,
    ],
  ])("with %s ends with status 78 and one line", async (_, env, line) => {
    await using server = spawnAiServer(env);
    await expect(server.exited).resolves.toBe(78);
    expect(server.output()).toMatch(line);
  });

  it("says in one line what it waits for, and goes on when it comes", async () => {
    const [redisPort, mysqlPort] = [await freePort(), await freePort()];
    await using server = spawnAiServer({
      MYSQL_URL: `mysql://root@127.0.0.1:${mysqlPort}`,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      LOG_LEVEL: "silent",
    });
    await eventually(() => server.output(), 20_000).toMatch(/Redis[^]*MySQL|MySQL[^]*Redis/);
    await using redis = await startServer("redis", { port: redisPort });
    await using mysql = await startServer("mysql", { port: mysqlPort });
    expect([redis.port, mysql.port]).toEqual([redisPort, mysqlPort]);
    await eventually(() => server.output(), 30_000).toContain("listening on");
    const lines = server.output().trimEnd().split("\n").toSorted();
    expect(lines).toEqual([
      expect.stringMatching(/^ai-server listening on 127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^ai-server: MySQL at 127\.0\.0\.1:\d+ cannot be reached \(.*\), trying again$/),
      `ai-server: MySQL at 127.0.0.1:${mysqlPort} is there`,
      expect.stringMatching(/^ai-server: Redis at 127\.0\.0\.1:\d+ cannot be reached \(.*\), trying again$/),
      `ai-server: Redis at 127.0.0.1:${redisPort} is there`,
    ]);
  }, 60_000);

  it("that waits is ended by SIGTERM", async () => {
    await using server = spawnAiServer({
      MYSQL_URL: `mysql://root@127.0.0.1:${await freePort()}`,
      REDIS_URL: inject("urls").redis,
    });
    await eventually(() => server.output(), 20_000).toContain("trying again");
    server.process.kill("SIGTERM");
    await expect(server.exited).resolves.toBe(0);
  });

  it("fails with one line when the password is wrong", async () => {
    const { port } = new URL(inject("urls").mysql);
    await using server = spawnAiServer({
      MYSQL_URL: `mysql://nobody:secret-pw@127.0.0.1:${port}`,
      REDIS_URL: inject("urls").redis,
      LOG_LEVEL: "silent",
    });
    await expect(server.exited).resolves.toBe(1);
    expect(server.output()).toMatch(/^ai-server cannot start: [^\n]*Access denied[^\n]*\n$/);
    expect(server.output()).not.toContain("secret-pw");
  });
});

describe("a provider that is not there", () => {
  it("ends calls, not the server", async () => {
    const mysql = await freshDatabase(inject("urls").mysql, "ai_unreachable_test");
    const nowhere = { baseUrl: `http://127.0.0.1:${await freePort()}/v1` };
    await using server = await startAiServer(providerEnv(nowhere, mysql, inject("urls").redis));
    await using client = clientOf(server.address);
    const token = await tokenFor(client, USER);
    for (let i = 0; i < 3; i += 1)
      await expect(failureOf(client.query({ token, queryMessage: "hi" }))).resolves.toEqual({
        status: RpcStatus.Internal,
        code: "AI_UNREACHABLE",
      });
    const { done } = await hear(client.chat(chatRequest({ token, content: "hi" })));
    expect(done.error).toMatchObject({ code: "AI_UNREACHABLE", retryable: true });
    // It has failed so often that it is left alone for a while.
    expect(done.error!.retryAfterMs).toBeGreaterThan(0);
    await expect(client.listModels({ token })).resolves.toMatchObject({ demo: false });
  });
});

describe("the shared secret", () => {
  it("is asked for before anything else", async () => {
    const mysql = await freshDatabase(inject("urls").mysql, "ai_secret_test");
    await using server = await startAiServer({
      MYSQL_URL: mysql,
      REDIS_URL: inject("urls").redis,
      RPC_SHARED_SECRET: "open sesame",
    });
    await using client = clientOf(server.address);
    const ask = (metadata: Record<string, string>) =>
      client.setInitInfo({ userId: USER, sessionId: 0, apiKey: "" }, { metadata });
    for (const metadata of [{}, { "x-servertech-secret": "open" }, { "x-servertech-secret": "" }])
      await expect(failureOf(ask(metadata as Record<string, string>))).resolves.toMatchObject({
        status: RpcStatus.PermissionDenied,
      });
    const stream = client.chat(chatRequest({ token: "x", content: "x" }));
    await expect(failureOf(hear(stream))).resolves.toMatchObject({ status: RpcStatus.PermissionDenied });
    await expect(ask({ "x-servertech-secret": "open sesame" })).resolves.toMatchObject({
      responMessage: expect.stringMatching(/^ai_server_/) as string,
    });
  });
});

describe("the registry", () => {
  it("is waited for until the server is ready, and may go once it is", async () => {
    const { mysql, redis } = inject("urls");
    const url = await freshDatabase(mysql, "ai_readiness_test");
    const [rpcPort, port] = [await freePort(), await freePort()];
    const env = { MYSQL_URL: url, REDIS_URL: redis, RPC_PORT: String(rpcPort), ZOOKEEPER: `127.0.0.1:${port}` };
    await using server = spawnAiServer(env);
    await using probe = createClient(Health, { target: `tcp://127.0.0.1:${rpcPort}` });
    const status = () =>
      probe.check(Buffer.alloc(0)).then(
        ([, value]) => value,
        () => undefined,
      );
    await eventually(status).toBe(NOT_SERVING);
    await using zookeeper = await startServer("zookeeper", { port });
    await eventually(status).toBe(SERVING);
    await zookeeper.kill();
    // Longer than its connection takes to be given up.
    await using registry = createZooKeeperRegistry({ connect: zookeeper.url, requestTimeoutMs: 1_000 });
    await expect(registry.ready()).rejects.toMatchObject({ code: "ZK_CONNECTION_LOSS" });
    await expect(status()).resolves.toBe(SERVING);
    server.process.kill("SIGTERM");
    await expect(server.exited).resolves.toBe(0);
  });

  it("has the server while it runs, under the address it is reached at", async () => {
    const { mysql, redis, zookeeper } = inject("urls");
    const chroot = `${zookeeper}/ai_start_test_${process.pid}`;
    const url = await freshDatabase(mysql, "ai_registry_test");
    const env = { MYSQL_URL: url, REDIS_URL: redis, ZOOKEEPER: `zk://${chroot}` };
    await using server = await startAiServer(env);
    await using registry = createZooKeeperRegistry({ connect: chroot });
    await using watcher = registry.watch("ai");
    await watcher.ready({ timeoutMs: 10_000 });
    await eventually(() => watcher.instances.map(({ address, port }) => `${address}:${port}`)).toEqual([
      server.address,
    ]);
    await using client = createClient(AiServer, { target: `zk://${chroot}/services/ai` });
    await expect(tokenFor(client, USER)).resolves.toMatch(/^ai_server_/);
    server.process.kill("SIGUSR2");
    const told = () =>
      server
        .output()
        .split("\n")
        .find((line) => line.includes('"msg":"stats"')) ?? "{}";
    await eventually(() => JSON.parse(told()) as object).toMatchObject({
      registry: { state: "connected", registrations: 1 },
      rpc: { calls: 1 },
      mysql: { name: "ai" },
      redis: {},
      scheduler: { failed: 0 },
    });
    server.process.kill("SIGTERM");
    await eventually(() => watcher.instances).toEqual([]);
    expect(server.process.exitCode).toBeNull();
    await expect(server.exited).resolves.toBe(0);
  });
});
