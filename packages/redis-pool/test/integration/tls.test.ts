import { readFileSync } from "node:fs";
import { createRedisPool } from "@servertech/redis-pool";
import { type Server, freePort, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TlsFile, tlsFile } from "../../../../tools/tls-files.ts";

const pem = (name: TlsFile): string => readFileSync(tlsFile(name), "utf8");
const CERTIFICATES = ["--tls-cert-file", tlsFile("server.crt"), "--tls-key-file", tlsFile("server.key")];
const trusted = { ca: pem("ca.crt"), cert: pem("client.crt"), key: pem("client.key") };

/** Listens on a port with TLS, too. */
async function startSecure(...args: string[]): Promise<{ server: Server; port: number }> {
  const port = await freePort();
  const tls = ["--tls-port", String(port), ...CERTIFICATES, "--tls-ca-cert-file", tlsFile("ca.crt")];
  return { server: await startServer("redis", { args: [...tls, ...args] }), port };
}

let secure: { server: Server; port: number };
beforeAll(async () => {
  secure = await startSecure("--requirepass", "open-sesame");
});
afterAll(() => secure?.server.stop());

const url = (): string => `rediss://:open-sesame@127.0.0.1:${secure.port}`;

describe("rediss:", () => {
  it("carries commands, leases, subscriptions and large values over TLS, with a certificate of one's own", async () => {
    await using redis = createRedisPool({ url: url(), tls: trusted });
    const value = "x".repeat(1_000_000);
    await redis.commands.set("large", value);
    expect(await redis.commands.get("large")).toBe(value);
    const many = await Promise.all(Array.from({ length: 500 }, (_, n) => redis.commands.echo(`${n}`)));
    expect(many).toEqual(Array.from({ length: 500 }, (_, n) => `${n}`));
    expect(await redis.use((commands) => commands.ping())).toBe("PONG");
    const heard: string[] = [];
    await redis.subscribe("c", (message) => heard.push(message));
    await redis.commands.publish("c", "secret");
    await expect.poll(() => heard).toEqual(["secret"]);
  });

  it.each([
    ["a certificate that nobody vouches for", { cert: trusted.cert, key: trusted.key }, /certificate/i],
    ["a certificate of somebody else", { ...trusted, ca: pem("other-ca.crt") }, /certificate/i],
    ["a certificate with another name", { ...trusted, servername: "other.test" }, /other\.test|altnames/i],
  ])("refuses %s", async (_what, tls, reason) => {
    await using redis = createRedisPool({ url: url(), tls, commandTimeoutMs: 1_000 });
    const error: unknown = await redis.commands.get("k").catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE", maybeExecuted: false });
    expect(String((error as Error).cause)).toMatch(reason);
    expect(redis.stats().ready).toBe(false);
  });

  it("is refused without a certificate where the server wants one", async () => {
    await using redis = createRedisPool({ url: url(), tls: { ca: trusted.ca }, commandTimeoutMs: 1_000 });
    await expect(redis.commands.get("k")).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });

  it("takes any certificate when told so", async () => {
    const { cert, key } = trusted;
    await using redis = createRedisPool({ url: url(), tls: { cert, key, rejectUnauthorized: false } });
    expect(await redis.commands.ping()).toBe("PONG");
  });

  it("gives up a server that never shakes hands, within its time", async () => {
    // A plain port: it waits for a command.
    await using redis = createRedisPool({
      url: `rediss://127.0.0.1:${secure.server.port}`,
      commandTimeoutMs: 600,
      connectTimeoutMs: 200,
    });
    await expect(redis.commands.get("k")).rejects.toMatchObject({ code: "REDIS_UNAVAILABLE" });
  });
});

describe("sentinels with a login and TLS", () => {
  it("are asked with their own login, the master with its own", async () => {
    const monitor = ["sentinel monitor m 127.0.0.1", String(secure.port), "1"].join(" ");
    const config = [monitor, "sentinel auth-pass m open-sesame", "requirepass watch-out", "tls-replication yes"];
    const port = await freePort();
    const tls = ["--tls-port", String(port), ...CERTIFICATES, "--tls-ca-cert-file", tlsFile("ca.crt")];
    await using sentinel = await startServer("redis", { args: ["--sentinel", ...tls], config });
    const address = `127.0.0.1:${port}`;
    const master = "rediss://:open-sesame@m";
    await using redis = createRedisPool({ url: master, sentinels: [`rediss://:watch-out@${address}`], tls: trusted });
    await redis.ready({ timeoutMs: 5_000 });
    expect(await redis.commands.ping()).toBe("PONG");
    await using wrong = createRedisPool({
      url: master,
      sentinels: [`rediss://:hidden-secret@${address}`],
      tls: trusted,
    });
    const error: unknown = await wrong.ready({ timeoutMs: 500 }).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: "REDIS_UNAVAILABLE", cause: expect.any(Error) });
    expect(String((error as Error).cause)).not.toContain("hidden-secret");
    expect(sentinel.port).toBeGreaterThan(0);
  });
});
