import { type Server, createProxy, startServer } from "@servertech/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDbPool } from "../../src/index.ts";
import { failure } from "./database.ts";

let primary: Server;
let replica: Server;

/** Which server it is, and one table on both. */
async function prepare(server: Server, name: string): Promise<void> {
  await using db = createDbPool({ url: server.url, max: 1 });
  await db.run("CREATE DATABASE app");
  await db.run("CREATE TABLE app.who (name VARCHAR(20))");
  await db.run("INSERT INTO app.who VALUES (?)", [name]);
}

beforeAll(async () => {
  [primary, replica] = await Promise.all([startServer("mysql"), startServer("mysql")]);
  await Promise.all([prepare(primary, "primary"), prepare(replica, "replica")]);
});

afterAll(async () => {
  await Promise.all([primary.stop(), replica.stop()]);
});

const WHO = "SELECT name FROM app.who WHERE name <> ?";

describe("read", () => {
  it("goes to the primary until a replica is known to be up, then to the replica; writes never do", async () => {
    await using db = createDbPool({ url: primary.url, replicas: [{ port: replica.port }], name: "two" });
    expect(await db.read.value(WHO, [""])).toBe("primary");
    await expect.poll(() => db.read.stats()[0]?.state).toBe("up");
    expect(await db.read.value(WHO, [""])).toBe("replica");
    expect(await db.read.query("SELECT name FROM app.who")).toEqual([{ name: "replica" }]);
    for await (const row of db.read.stream("SELECT name FROM app.who")) expect(row).toEqual({ name: "replica" });
    expect(await db.value(WHO, [""])).toBe("primary");
    expect(await failure(db.read.run("DELETE FROM app.who"))).toMatchObject({ code: "OPTION_INVALID" });
    expect(await failure(db.read.query("SELECT name FROM app.who FOR UPDATE"))).toMatchObject({
      code: "OPTION_INVALID",
    });
    expect(await failure(db.read.query("SELECT nothing FROM app.who"))).toMatchObject({ errno: 1054 });
    expect(db.read.stats()[0]).toMatchObject({ state: "up", lagMs: 0, pool: { max: 10 } });
  });

  it("without replicas goes to the primary", async () => {
    await using db = createDbPool({ url: primary.url });
    expect(await db.read.value(WHO, [""])).toBe("primary");
    expect(db.read.stats()).toEqual([]);
  });

  it("does not go to a replica that should replicate and does not", async () => {
    await using admin = createDbPool({ url: replica.url, max: 1 });
    await admin.run("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'nobody'");
    try {
      await using db = createDbPool({ url: primary.url, replicas: [{ port: replica.port }] });
      await db.read.value(WHO, [""]);
      await expect.poll(() => db.read.stats()[0]).toMatchObject({ state: "lagging", lagMs: undefined });
      expect(await db.read.value(WHO, [""])).toBe("primary");
    } finally {
      await admin.run("RESET SLAVE ALL");
    }
  });

  it("fails over: no read fails while a replica is reset, refuses, and comes back", async () => {
    await using proxy = await createProxy({ target: replica.url });
    await using db = createDbPool({ url: primary.url, replicas: [{ port: proxy.port }] });
    const names = new Set<string>();
    const state = { stop: false };
    const reader = async () => {
      while (!state.stop) {
        names.add(await db.read.value<string>(WHO, [""]));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const readers = Promise.all(Array.from({ length: 20 }, reader));
    await expect.poll(() => names.has("replica"), { timeout: 5_000 }).toBe(true);
    await proxy.set("reset");
    await proxy.set("refuse");
    await expect.poll(() => db.read.stats()[0]?.state, { timeout: 5_000 }).toBe("down");
    names.clear();
    await expect.poll(() => names.has("primary"), { timeout: 5_000 }).toBe(true);
    await proxy.set("pass");
    names.clear();
    await expect.poll(() => names.has("replica"), { timeout: 10_000 }).toBe(true);
    state.stop = true;
    await readers;
  });
});
