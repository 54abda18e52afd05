import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";

describe("readConfig", () => {
  it("has a default for everything", () => {
    expect(readConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      mysqlUrl: "mysql://servertech_user:temp_password@127.0.0.1:3306/servertech_chat",
      redisUrl: "redis://127.0.0.1:6379",
      zookeeper: undefined,
      aiTarget: "tcp://127.0.0.1:9090",
      trustProxy: 0,
      scrypt: { ln: 14, concurrency: 2, queue: 64 },
      limits: {
        loginIpEmail: { count: 10, periodMs: 300_000, burst: 10 },
        messages: { count: 10, periodMs: 1_000, burst: 20 },
      },
    });
  });

  it.each([
    ["PORT", "65536", 'PORT: must be an integer from 0 to 65535, got "65536"'],
    ["PORT", "80a", "PORT: "],
    ["SCRYPT_LN", "13", "SCRYPT_LN: must be an integer from 14 to 17"],
    ["MAX_SOCKETS", "-1", "MAX_SOCKETS: "],
    ["LIMIT_LOGIN_IP", "5", "LIMIT_LOGIN_IP: must be count/seconds"],
    ["LIMIT_AI", "0/60", "LIMIT_AI: "],
    ["MYSQL_URL", "postgres://x/", "MYSQL_URL: must be a URL that begins with mysql://"],
    ["REDIS_URL", "localhost", "REDIS_URL: must be a URL that begins with redis:// or rediss://"],
  ])("refuses %s=%s, naming the variable", (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  it("keeps passwords out of its errors", () => {
    expect(() => readConfig({ MYSQL_URL: "mysq://user:secret@host/" })).toThrow(/^(?!.*secret).*$/s);
  });

  it("adds the database to a URL without one, and leaves a given one", () => {
    expect(readConfig({ MYSQL_URL: "mysql://root@h:1/" }).mysqlUrl).toBe("mysql://root@h:1/servertech_chat");
    expect(readConfig({ MYSQL_URL: "mysql://root@h:1/own" }).mysqlUrl).toBe("mysql://root@h:1/own");
  });

  it("warns of LIMIT variables that nobody reads", () => {
    const warnings: string[] = [];
    readConfig({ LIMIT_LOGINS: "1/1", LIMIT_AI: "1/1" }, [], (warning) => warnings.push(warning));
    expect(warnings).toEqual(["LIMIT_LOGINS is not a variable of chat-server"]);
  });

  it("takes --doc-root in place of STATIC_DIR, and needs its folder", () => {
    expect(readConfig({ STATIC_DIR: "/a" }, ["--doc-root", "/b"]).staticDir).toBe("/b");
    expect(() => readConfig({}, ["--doc-root"])).toThrow("--doc-root");
  });
});
