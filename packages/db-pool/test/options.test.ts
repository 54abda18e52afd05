import { describe, expect, it } from "vitest";
import { createDbPool } from "../src/index.ts";
import { resolveOptions } from "../src/options.ts";

function messageOf(options: object): string {
  try {
    createDbPool(options);
  } catch (error) {
    return (error as Error).message;
  }
  return "hunter2 was accepted";
}

describe("options", () => {
  it.each([
    [{ url: "redis://localhost" }, "url"],
    [{ url: "localhost:3306" }, "url"],
    [{ url: 5 }, "url"],
    [{ url: "mysql://localhost/db?ssl=1" }, "url"],
    [{ url: "mysql://localhost/a/b" }, "url"],
    [{ url: "mysql://u:%zz@localhost/db" }, "url"],
    [{ url: "mysql://localhost/db", host: "other" }, "host"],
    [{ host: "" }, "host"],
    [{ port: 0 }, "port"],
    [{ port: 65_536 }, "port"],
    [{ socketPath: "/run/mysqld/mysqld.sock", port: 3306 }, "port"],
    [{ user: 5 }, "user"],
    [{ password: 5 }, "password"],
    [{ database: "" }, "database"],
    [{ queryTimeoutMs: -1 }, "queryTimeoutMs"],
    [{ queryTimeoutMs: 1.5 }, "queryTimeoutMs"],
    [{ queryTimeoutMs: null }, "queryTimeoutMs"],
    [{ statementCacheSize: 16_001 }, "statementCacheSize"],
    [{ session: { timeZone: "Europe/Berlin" } }, "session.timeZone"],
    [{ session: { timeZone: "+15:00" } }, "session.timeZone"],
    [{ session: { isolation: "CHAOS" } }, "session.isolation"],
    [{ session: { timezone: "+00:00" } }, "session.timezone"],
    [{ typeCast: true }, "typeCast"],
    [{ pipelining: true }, "pipelining"],
    [{ pipelining: { depth: 0 } }, "pipelining.depth"],
    [{ pipelining: { depth: 257 } }, "pipelining.depth"],
    [{ pipelining: {} }, "pipelining.depth"],
    [{ rowsAsArray: 1 }, "rowsAsArray"],
    [{ tls: 1 }, "tls"],
    [{ tls: true, host: "127.0.0.1" }, "tls.servername"],
    [{ tls: true, socketPath: "/run/mysqld/mysqld.sock" }, "tls"],
    [{ tls: { key: 5 } }, "tls.key"],
    [{ tls: { cert: "x" } }, "tls.cert"],
    [{ tls: { passphrase: 5 } }, "tls.passphrase"],
    [{ tls: { rejectUnauthorized: 0 } }, "tls.rejectUnauthorized"],
    [{ tls: { rejectUnauthorised: false } }, "tls.rejectUnauthorised"],
    [{ replicas: {} }, "replicas"],
    [{ replicas: [{ port: 0 }] }, "replicas[0].port"],
    [{ replicas: [{ user: "other" }] }, "replicas[0].user"],
    [{ maxReplicaLagMs: 999 }, "maxReplicaLagMs"],
    [{ max: 0 }, "max"],
  ])("refuses %j", (wrong, option) => {
    const make = () => createDbPool(wrong as never);
    expect(make).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }) as Error,
    );
  });

  it("names all problems at once, and never a secret", () => {
    const secret = "hunter2hunter2";
    const make = () => createDbPool({ pasword: secret, port: -1, password: [secret], queryTimeoutMS: 5 } as never);
    expect(make).toThrow(/pasword: unknown option, did you mean password.*queryTimeoutMS.*port/s);
    for (const wrong of [
      { pasword: secret },
      { password: [secret] },
      { url: `mysql://u:${secret}@/` },
      { url: "mysql://localhost", password: secret },
    ])
      expect(messageOf(wrong)).toMatch(/^(?!.*hunter2)./s);
  });

  it("takes a URL apart", () => {
    expect(resolveOptions({ url: "mysql://us%40er:p%2Fw@db.example:3307/app" }).endpoint).toEqual({
      host: "db.example",
      port: 3307,
      socketPath: undefined,
      user: "us@er",
      password: "p/w",
      database: "app",
    });
    expect(resolveOptions({ url: "mariadb://[::1]/" }).endpoint).toMatchObject({
      host: "::1",
      port: 3306,
      database: undefined,
    });
  });

  it("fills in the defaults", () => {
    expect(resolveOptions({})).toMatchObject({
      endpoint: { host: "localhost", port: 3306, user: undefined, password: undefined, database: undefined },
      queryTimeoutMs: 30_000,
      statementCacheSize: 256,
      timeZone: undefined,
      isolation: undefined,
      pool: { max: 10 },
    });
  });
});

describe("createDbPool", () => {
  it("opens nothing until the first use", () => {
    expect(createDbPool({ port: 1 }).stats()).toMatchObject({ size: 0, connecting: 0, max: 10, errors: 0 });
  });
});
