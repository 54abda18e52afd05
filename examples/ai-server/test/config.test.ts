import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../src/config.ts";

const SECRET = Buffer.alloc(32, 7).toString("base64");
const PROVIDER = { AI_BASE_URL: "https://api.example.com/v1", AI_MODEL: "m", AI_KEY_SECRET: SECRET };

describe("readConfig", () => {
  it("needs nothing for the offline demo", () => {
    expect(readConfig({})).toEqual({
      rpcHost: "127.0.0.1",
      rpcPort: 9090,
      rpcAdvertise: "127.0.0.1",
      rpcSharedSecret: undefined,
      mysqlUrl: "mysql://servertech_user:temp_password@127.0.0.1:3306/servertech_ai",
      redisUrl: "redis://127.0.0.1:6379",
      zookeeper: undefined,
      logLevel: "info",
      logDir: undefined,
      provider: undefined,
      cipherKeys: [],
      contextTokens: 8_000,
      tokenTtlS: 86_400,
      detachGraceMs: 60_000,
    });
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readConfig({ RPC_PORT: "", AI_BASE_URL: "", ZOOKEEPER: "" })).toEqual(readConfig({}));
  });

  it("reads a provider", () => {
    const env = {
      ...PROVIDER,
      AI_BASE_URL: "https://api.example.com/v1/",
      AI_MODELS: "a, b",
      AI_API_KEY: "sk-1",
      AI_CA_FILE: "/ca.pem",
    };
    expect(readConfig(env).provider).toEqual({
      baseUrl: "https://api.example.com/v1",
      apiKey: "sk-1",
      model: "m",
      models: ["m", "a", "b"],
      caFile: "/ca.pem",
    });
  });

  it("keeps the order of the models when the default one is among them", () => {
    expect(readConfig({ ...PROVIDER, AI_MODELS: "a,m" }).provider?.models).toEqual(["a", "m"]);
  });

  it("adds our database to a URL without one, and leaves another alone", () => {
    expect(readConfig({ MYSQL_URL: "mysql://root@h:1" }).mysqlUrl).toBe("mysql://root@h:1/servertech_ai");
    expect(readConfig({ MYSQL_URL: "mysql://root@h:1/other" }).mysqlUrl).toBe("mysql://root@h:1/other");
  });

  it("takes a ZooKeeper with or without zk://", () => {
    expect(readConfig({ ZOOKEEPER: "zk://h1:2181,h2:2181/x" }).zookeeper).toBe("h1:2181,h2:2181/x");
  });

  it("advertises the host's name when it listens everywhere", () => {
    const open = { RPC_HOST: "0.0.0.0", RPC_SHARED_SECRET: "s" };
    expect(readConfig(open).rpcAdvertise).toBe(hostname());
    expect(readConfig({ ...open, RPC_ADVERTISE: "ai.example.com" }).rpcAdvertise).toBe("ai.example.com");
  });

  it("listens elsewhere than on loopback with a shared secret only", () => {
    expect(() => readConfig({ RPC_HOST: "0.0.0.0" })).toThrow("RPC_SHARED_SECRET: must be set");
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      expect(readConfig({ RPC_HOST: host }).rpcHost).toBe(host);
    for (const host of ["::", "10.0.0.1", "127.evil.com"])
      expect(() => readConfig({ RPC_HOST: host })).toThrow(ConfigError);
  });

  it("reads keys for rotation, the current one first", () => {
    const old = Buffer.alloc(32, 8).toString("base64");
    const { cipherKeys } = readConfig({
      AI_KEY_SECRET: `new:${SECRET}`,
      AI_KEY_SECRET_PREVIOUS: `old:${old}, ${SECRET}`,
    });
    expect(cipherKeys.map(({ id }) => id)).toEqual(["new", "old", expect.stringMatching(/^[0-9a-f]{8}$/)]);
  });

  it.each([
    ["RPC_PORT", "65536"],
    ["RPC_PORT", "-1"],
    ["RPC_PORT", "9o"],
    ["AI_CONTEXT_TOKENS", "0"],
    ["AI_TOKEN_TTL_S", "0"],
    ["AI_DETACH_GRACE_MS", "1.5"],
    ["LOG_LEVEL", "loud"],
    ["MYSQL_URL", "postgres://h/d"],
    ["REDIS_URL", "h:6379"],
    ["AI_KEY_SECRET", "short"],
    ["AI_KEY_SECRET_PREVIOUS", "x:short"],
  ])("refuses %s=%s with one line that names it", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}: must be [^\n]+$`));
  });

  it.each([
    [{ AI_BASE_URL: "ftp://h" }, "AI_BASE_URL: must be a URL"],
    [{ ...PROVIDER, AI_BASE_URL: "https://u:p@h/v1" }, "AI_BASE_URL: must not hold a user"],
    [
      { ...PROVIDER, AI_ALLOWED_BASE_URLS: "https://other.example.com/v1" },
      "AI_BASE_URL: must be one of AI_ALLOWED_BASE_URLS",
    ],
    [{ ...PROVIDER, AI_MODEL: "" }, "AI_MODEL: must be set"],
    [{ ...PROVIDER, AI_KEY_SECRET: "" }, "AI_KEY_SECRET: must be set"],
    [{ ...PROVIDER, AI_API_KEY: "a b" }, "AI_API_KEY: must be 1 to 200"],
  ])("refuses %j", (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  it("repeats no secret", () => {
    const tried = () => readConfig({ AI_KEY_SECRET: "hunter2" });
    expect(tried).toThrow(ConfigError);
    expect(tried).not.toThrow(/hunter2/);
    expect(() => readConfig({ MYSQL_URL: "x://root:hunter2@h" })).not.toThrow(/hunter2/);
  });

  it("warns of variables that nobody reads, and of keys on an open wire", () => {
    const warnings: string[] = [];
    readConfig({ AI_MODLE: "m", AI_RPC_TARGET: "x", AI_API_KEY: "k" }, (warning) => warnings.push(warning));
    readConfig({ ...PROVIDER, AI_BASE_URL: "http://h/v1" }, (warning) => warnings.push(warning));
    expect(warnings).toEqual([
      "AI_MODLE is not a variable of ai-server",
      "AI_API_KEY does nothing without AI_BASE_URL: the offline demo answers",
      "AI_BASE_URL is not https: API keys can be read on the way",
    ]);
  });
});
