import { readFile } from "node:fs/promises";
import { type Server, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TlsFile, tlsFile } from "../../../../tools/tls-files.ts";
import { createDbPool } from "../../src/index.ts";
import { failure } from "./database.ts";

const read = (name: TlsFile): Promise<string> => readFile(tlsFile(name), "utf8");

let server: Server;

beforeAll(async () => {
  server = await startServer("mysql", {
    config: [`ssl_ca=${tlsFile("ca.crt")}`, `ssl_cert=${tlsFile("server.crt")}`, `ssl_key=${tlsFile("server.key")}`],
  });
});

afterAll(async () => {
  await server.stop();
});

describe("tls", () => {
  it("encrypts, with statements sharing connections as elsewhere", async () => {
    const tls = { ca: await read("ca.crt"), servername: "localhost" };
    await using db = createDbPool({ url: `${server.url}mysql`, max: 2, tls });
    const { Value } = await db.one<{ Value: string }>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    expect(Value).toMatch(/^TLS_|AES/);
    const values = await Promise.all(Array.from({ length: 200 }, (_, n) => db.value("SELECT ? + 1", [n])));
    expect(values).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    let rows = 0;
    for await (const _ of db.stream("SELECT seq FROM seq_1_to_3000")) rows += 1;
    expect(rows).toBe(3_000);
  });

  it.each([
    ["of a stranger", { ca: "other-ca.crt", servername: "localhost" }],
    ["with another name", { ca: "ca.crt", servername: "elsewhere.test" }],
  ] as const)("refuses a certificate %s", async (_what, { ca, servername }) => {
    const tls = { ca: await read(ca), servername };
    await using db = createDbPool({ url: server.url, tls, acquireTimeoutMs: 500 });
    const error = await failure(db.query("SELECT 1"));
    expect(error).toMatchObject({ code: "POOL_ACQUIRE_TIMEOUT", cause: { code: "POOL_CONNECT_FAILED" } });
  });

  it("takes any certificate when told so", async () => {
    await using db = createDbPool({ url: server.url, tls: { rejectUnauthorized: false } });
    expect(await db.value("SELECT 1")).toBe(1);
  });
});
