import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { silentLogger } from "@servertech/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient, createServer } from "../../src/index.ts";
import { machineDns } from "../../src/resolvers/dns-client.ts";
import { dnsResolver } from "../../src/resolvers/dns-resolver.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { DnsServer } from "./dns-server.ts";
import { LogKeeper, Watching, until } from "./watching.ts";

const HOST = "chat.example";
const PORT = 9_000;
const V4 = "10.0.0.1";
const V6 = "2001:db8:0:0:0:0:0:1";

let server: DnsServer;

beforeEach(async () => {
  server = await DnsServer.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
});

function resolver(logger = silentLogger, host = HOST) {
  return dnsResolver({ host, port: PORT }, logger, server);
}

/** Time passes only where a test says so; the network is real. */
function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
}

describe("an answer", () => {
  it("gives an endpoint for each address of both families, with the address as its stable id", async () => {
    server.a(HOST, ["10.0.0.2", V4, V4]);
    server.aaaa(HOST, [V6]);
    await using watching = new Watching(resolver());
    await watching.has(1);
    expect(watching.lists[0]).toEqual([
      { id: "10.0.0.1:9000", host: "10.0.0.1", port: PORT },
      { id: "10.0.0.2:9000", host: "10.0.0.2", port: PORT },
      { id: "[2001:db8::1]:9000", host: "2001:db8::1", port: PORT },
    ]);
  });

  it.each(["SERVFAIL", "NXDOMAIN", "silent"] as const)(
    "of one family is enough when the other's is %s",
    async (other) => {
      server.a(HOST, [V4]);
      server.reply("AAAA", HOST, other);
      await using watching = new Watching(resolver());
      await watching.has(1);
      expect(watching.ids).toEqual([["10.0.0.1:9000"]]);
    },
  );

  it("is not waited for when the host is an address or localhost", async () => {
    for (const [host, ids] of [
      ["10.1.2.3", ["10.1.2.3:9000"]],
      ["::1", ["[::1]:9000"]],
      ["localhost", ["127.0.0.1:9000", "[::1]:9000"]],
    ] as const) {
      await using watching = new Watching(resolver(silentLogger, host));
      await watching.has(1);
      expect(watching.ids).toEqual([ids]);
    }
    expect(server.asked).toEqual([]);
  });

  it.each(["SERVFAIL", "NXDOMAIN", "silent"] as const)(
    "that never came ends the watch with its error: %s",
    async (reply) => {
      server.reply("A", HOST, reply);
      server.reply("AAAA", HOST, reply);
      await using watching = new Watching(resolver());
      await expect.poll(() => watching.ended, { timeout: 10_000 }).toBe(true);
      expect(String(watching.error)).toMatch(HOST);
      expect(watching.lists).toEqual([]);
    },
  );
});

describe("a new look-up", () => {
  it("is made when the shortest time to live has passed, and tells of a changed answer only", async () => {
    fakeTime();
    server.a(HOST, [V4, "10.0.0.2"], 120);
    server.aaaa(HOST, [V6], 90);
    await using watching = new Watching(resolver());
    await watching.has(1);
    await vi.advanceTimersByTimeAsync(89_999);
    expect(server.count(`A ${HOST}`)).toBe(1);
    // Name servers change the order at each answer.
    server.a(HOST, ["10.0.0.2", V4], 5);
    await vi.advanceTimersByTimeAsync(1);
    await until("a second look-up", () => server.count(`AAAA ${HOST}`) === 2);
    server.a(HOST, ["10.0.0.3"], 5);
    server.aaaa(HOST, []);
    await pass(5_000, 3);
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["10.0.0.3:9000"]);
  });

  it("waits a second at least: for an answer that does not hold, and when asked for again and again", async () => {
    fakeTime();
    server.a(HOST, [V4], 0);
    const target = resolver();
    await using watching = new Watching(target);
    await watching.has(1);
    const begun = performance.now();
    for (let lookUp = 2; lookUp <= 4; lookUp++) {
      target.refresh();
      target.refresh();
      await vi.advanceTimersByTimeAsync(999);
      await turns();
      expect(server.count(`A ${HOST}`)).toBe(lookUp - 1);
      await pass(1, lookUp);
    }
    expect(performance.now() - begun).toBe(3_000);
  });

  it("is made at once when asked for, once a second has passed", async () => {
    fakeTime();
    server.a(HOST, [V4], 3_600);
    const target = resolver();
    await using watching = new Watching(target);
    await watching.has(1);
    await vi.advanceTimersByTimeAsync(1_000);
    server.a(HOST, ["10.0.0.9"], 3_600);
    target.refresh();
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["10.0.0.9:9000"]);
  });

  it("is made within 24 to 36 s after one that failed", async () => {
    fakeTime();
    server.a(HOST, [V4], 2);
    await using watching = new Watching(resolver());
    await watching.has(1);
    server.reply("A", HOST, "SERVFAIL");
    await pass(2_000, 2);
    await vi.advanceTimersByTimeAsync(23_999);
    await turns();
    expect(server.count(`A ${HOST}`)).toBe(2);
    await pass(12_001, 3);
    expect(watching.ended).toBe(false);
  });

  it.each([
    [5, 4_999, 5_001],
    [3_600, 23_999, 36_000],
  ])("is made by the time to live of %i s when one family failed, and within 36 s", async (ttl, before, after) => {
    fakeTime();
    server.a(HOST, [V4], ttl);
    server.reply("AAAA", HOST, "SERVFAIL");
    await using watching = new Watching(resolver());
    await watching.has(1);
    await vi.advanceTimersByTimeAsync(before);
    await turns();
    expect(server.count(`A ${HOST}`)).toBe(1);
    await vi.advanceTimersByTimeAsync(after - before);
    await until("a second look-up", () => server.count(`A ${HOST}`) === 2);
  });

  it("counts a time to live of years as a day", async () => {
    fakeTime();
    server.a(HOST, [V4], 2 ** 31 - 1);
    await using watching = new Watching(resolver());
    await watching.has(1);
    await vi.advanceTimersByTimeAsync(24 * 3_600_000 - 1);
    expect(server.count(`A ${HOST}`)).toBe(1);
    await pass(1, 2);
  });

  it.each(["SERVFAIL", "NXDOMAIN", "silent", "empty"] as const)(
    "that brings nothing (%s) keeps the last answer, and is logged once until it is over",
    async (reply) => {
      fakeTime();
      const logger = new LogKeeper();
      server.a(HOST, [V4], 0);
      server.aaaa(HOST, [V6], 0);
      const target = resolver(logger);
      await using watching = new Watching(target);
      await watching.has(1);
      const bad = reply === "empty" ? [] : reply;
      server.reply("A", HOST, bad);
      server.reply("AAAA", HOST, bad);
      await until("three look-ups that fail", () => {
        target.refresh();
        vi.advanceTimersByTime(1_000);
        return server.count(`A ${HOST}`) > 4;
      });
      expect(logger.lines).toHaveLength(1);
      expect(watching.ids).toEqual([["10.0.0.1:9000", "[2001:db8::1]:9000"]]);
      server.a(HOST, [V4, "10.0.0.2"]);
      server.aaaa(HOST, [V6]);
      await until("the new list", () => {
        target.refresh();
        vi.advanceTimersByTime(1_000);
        return watching.lists.length === 2;
      });
      expect(logger.lines).toEqual([
        "warn an RPC target cannot be looked up; its last answer stays",
        "info an RPC target can be looked up again",
      ]);
    },
  );

  it("keeps the addresses of a family whose look-up fails, and drops those of one that is empty", async () => {
    server.a(HOST, [V4], 0);
    server.aaaa(HOST, [V6], 0);
    const target = resolver();
    await using watching = new Watching(target);
    await watching.has(1);
    server.a(HOST, ["10.0.0.2"], 0);
    server.reply("AAAA", HOST, "SERVFAIL");
    target.refresh();
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["10.0.0.2:9000", "[2001:db8::1]:9000"]);
    server.reply("AAAA", HOST, []);
    target.refresh();
    await watching.has(3);
    expect(watching.ids[2]).toEqual(["10.0.0.2:9000"]);
  });
});

/** Lets time pass; resolves when the server was asked so often. */
async function pass(ms: number, asked: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  const all = () => server.count(`A ${HOST}`) === asked && server.count(`AAAA ${HOST}`) === asked;
  await until(`look-up ${asked}`, all);
  // The answer is on its way.
  await turns();
}

/** Time for the network to bring what it should not. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("a name", () => {
  beforeEach(() => {
    server.search = { domains: ["x.example", "y.example"], ndots: 2 };
    server.a("chat.y.example", [V4]);
  });

  it("that is short is completed, by the first domain that has it", async () => {
    await using watching = new Watching(resolver(silentLogger, "chat"));
    await watching.has(1);
    expect(watching.ids).toEqual([["10.0.0.1:9000"]]);
    expect(server.asked.filter((each) => each.startsWith("A "))).toEqual(["A chat.x.example", "A chat.y.example"]);
  });

  it("is not completed by the next domain when the first cannot say", async () => {
    server.reply("A", "chat.x.example", "SERVFAIL");
    await using watching = new Watching(resolver(silentLogger, "chat"));
    await until("the end", () => watching.ended);
    expect(server.asked).not.toContain("A chat.y.example");
  });

  it("that ends in a dot is full", async () => {
    server.a("chat", ["10.0.0.5"]);
    await using watching = new Watching(resolver(silentLogger, "chat."));
    await watching.has(1);
    expect(watching.ids).toEqual([["10.0.0.5:9000"]]);
    expect(server.asked).toHaveLength(2);
  });
});

describe("an abort", () => {
  it("ends a watch at once: in a look-up, before one, and after it", async () => {
    server.reply("A", HOST, "silent");
    server.reply("AAAA", HOST, "silent");
    const target = resolver();
    const asking = new Watching(target);
    await expect.poll(() => server.asked.length).toBeGreaterThan(0);
    await asking[Symbol.asyncDispose]();
    expect(asking.error).toBeUndefined();

    const pausing = new Watching(target);
    await pausing[Symbol.asyncDispose]();
    expect(pausing.error).toBeUndefined();

    server.a("b.example", [V4]);
    const waiting = new Watching(resolver(silentLogger, "b.example"));
    await waiting.has(1);
    await waiting[Symbol.asyncDispose]();
    expect(waiting.error).toBeUndefined();
  });

  it.skipIf(!existsSync("/proc/self/fd"))("leaves no socket behind", async () => {
    server.reply("A", HOST, "silent");
    server.reply("AAAA", HOST, "silent");
    const before = sockets();
    const watches = Array.from({ length: 20 }, () => new Watching(resolver()));
    await until("sockets", () => sockets() >= before + 20);
    await Promise.all(watches.map((watching) => watching[Symbol.asyncDispose]()));
    await expect.poll(sockets).toBe(before);
  });
});

function sockets(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // that of the reading itself
    }
  }).length;
}

it("asks the machine's name servers unless told otherwise", () => {
  expect(machineDns.open()).toMatchObject({ resolve4: expect.any(Function), cancel: expect.any(Function) });
});

it("names the servers of a client", async () => {
  await using echo = createServer().add(Echo, echoHandlers);
  const { port } = await echo.listen({ host: "127.0.0.1", port: 0 });
  server.a(HOST, ["127.0.0.1"]);
  const target = dnsResolver({ host: HOST, port }, silentLogger, server);
  await using client = createClient(Echo, { target, waitForReady: true });
  expect((await client.unary({ id: "x" })).id).toBe("x");
});
