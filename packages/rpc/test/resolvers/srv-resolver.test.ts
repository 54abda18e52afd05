import { silentLogger } from "@servertech/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "../../src/resolver.ts";
import { srvResolver } from "../../src/resolvers/srv-resolver.ts";
import { DnsServer } from "./dns-server.ts";
import { LogKeeper, Watching, until } from "./watching.ts";

const NAME = "_rpc._tcp.chat.example";

let server: DnsServer;

beforeEach(async () => {
  server = await DnsServer.start();
  server.a("a.example", ["10.0.0.1"]);
  server.a("b.example", ["10.0.0.2"]);
});

afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
});

function resolver(logger = silentLogger) {
  return srvResolver(NAME, logger, server);
}

/** Time passes only where a test says so; the network is real. */
function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
}

async function firstList(): Promise<readonly Endpoint[]> {
  await using watching = new Watching(resolver());
  await watching.has(1);
  return watching.lists[0] ?? [];
}

function weights(endpoints: readonly Endpoint[]): Record<string, number | undefined> {
  return Object.fromEntries(endpoints.map(({ id, weight }) => [id, weight]));
}

describe("the list", () => {
  it("has the addresses of the targets of lowest priority, with their ports and weights", async () => {
    server.srv(NAME, ["20 5 9000 c.example", "10 3 9001 b.example", "10 1 9002 a.example"]);
    expect(await firstList()).toEqual([
      { id: "10.0.0.1:9002", host: "10.0.0.1", port: 9_002, weight: 1 },
      { id: "10.0.0.2:9001", host: "10.0.0.2", port: 9_001, weight: 3 },
    ]);
    expect(server.asked).not.toContain("A c.example");
  });

  it("shares a weight among the addresses of its target", async () => {
    server.a("b.example", ["10.0.0.2", "10.0.0.3"]);
    server.aaaa("b.example", ["2001:db8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:2"]);
    server.srv(NAME, ["0 10 1 a.example", "0 10 1 b.example"]);
    expect(weights(await firstList())).toEqual({
      "10.0.0.1:1": 10,
      "10.0.0.2:1": 2.5,
      "10.0.0.3:1": 2.5,
      "[2001:db8::1]:1": 2.5,
      "[2001:db8::2]:1": 2.5,
    });
  });

  it("adds up the weights of one address", async () => {
    server.a("b.example", ["10.0.0.1"]);
    server.srv(NAME, ["0 10 1 a.example", "0 5 1 b.example"]);
    expect(weights(await firstList())).toEqual({ "10.0.0.1:1": 15 });
  });

  it("gives weight 0 a hundredth of the smallest, or equal shares where all have it", async () => {
    server.srv(NAME, ["0 0 1 a.example", "0 50 1 b.example"]);
    expect(weights(await firstList())).toEqual({ "10.0.0.1:1": 0.5, "10.0.0.2:1": 50 });
    server.srv(NAME, ["0 0 1 a.example", "0 0 1 b.example"]);
    expect(weights(await firstList())).toEqual({ "10.0.0.1:1": 1, "10.0.0.2:1": 1 });
  });

  it("leaves out targets without addresses", async () => {
    server.srv(NAME, ["0 1 1 a.example", "0 1 1 gone.example"]);
    server.reply("A", "gone.example", "NXDOMAIN");
    expect(weights(await firstList())).toEqual({ "10.0.0.1:1": 1 });
  });

  it.each([
    ["no records", []],
    ["only the target .", ["0 0 0 ."]],
    ["only targets without addresses", ["0 0 1 gone.example"]],
  ])("that has %s ends the watch with an error", async (_, records) => {
    server.srv(NAME, records);
    await using watching = new Watching(resolver());
    await until("the end", () => watching.ended);
    expect(watching.error).toBeInstanceOf(Error);
  });
});

it("completes a short name, and takes the targets as they are", async () => {
  server.search = { domains: ["x.example", "y.example"], ndots: 5 };
  server.a("a", ["10.0.0.5"]);
  server.srv("_rpc._tcp.chat.y.example", ["0 1 1 a"]);
  await using watching = new Watching(srvResolver("_rpc._tcp.chat", silentLogger, server));
  await watching.has(1);
  expect(watching.ids).toEqual([["10.0.0.5:1"]]);
  expect(server.asked).not.toContain("A a.x.example");
});

describe("a new look-up", () => {
  it("is made within 24 to 36 s, however long the answers hold, and follows what changed", async () => {
    fakeTime();
    server.a("a.example", ["10.0.0.1"], 3_600);
    server.srv(NAME, ["0 1 1 a.example"], 3_600);
    await using watching = new Watching(resolver());
    await watching.has(1);
    server.srv(NAME, ["0 2 1 a.example", "0 2 1 b.example"], 3_600);
    await vi.advanceTimersByTimeAsync(23_999);
    expect(server.count(`SRV ${NAME}`)).toBe(1);
    await vi.advanceTimersByTimeAsync(12_001);
    await watching.has(2);
    expect(weights(watching.lists[1] ?? [])).toEqual({ "10.0.0.1:1": 2, "10.0.0.2:1": 2 });
  });

  it("is made when the addresses of a target no longer hold", async () => {
    fakeTime();
    server.a("a.example", ["10.0.0.1"], 5);
    server.srv(NAME, ["0 1 1 a.example"], 3_600);
    await using watching = new Watching(resolver());
    await watching.has(1);
    server.a("a.example", ["10.0.0.7"], 5);
    await vi.advanceTimersByTimeAsync(5_000);
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["10.0.0.7:1"]);
  });

  it("keeps the addresses of a target that cannot be looked up", async () => {
    fakeTime();
    server.srv(NAME, ["0 1 1 a.example", "0 1 1 b.example"]);
    const target = resolver();
    await using watching = new Watching(target);
    await watching.has(1);
    server.reply("A", "a.example", "SERVFAIL");
    server.a("b.example", ["10.0.0.9"]);
    target.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["10.0.0.1:1", "10.0.0.9:1"]);
  });

  it.each(["SERVFAIL", "NXDOMAIN", "silent", "empty", "no addresses"])(
    "that fails (%s) keeps the last list",
    async (how) => {
      fakeTime();
      const logger = new LogKeeper();
      server.srv(NAME, ["0 1 1 a.example"]);
      const target = resolver(logger);
      await using watching = new Watching(target);
      await watching.has(1);
      if (how === "no addresses") server.reply("A", "a.example", "SERVFAIL");
      else server.reply("SRV", NAME, how === "empty" ? [] : (how as "SERVFAIL"));
      target.refresh();
      await vi.advanceTimersByTimeAsync(1_000);
      await until("the warning", () => logger.lines.length > 0);
      expect(logger.lines).toEqual(["warn an RPC target cannot be looked up; its last answer stays"]);
      expect(watching.ids).toEqual([["10.0.0.1:1"]]);
      expect(watching.ended).toBe(false);
    },
  );
});

describe("an abort", () => {
  it.each(["SRV", "A"] as const)("ends the watch at once while the %s look-up waits", async (type) => {
    const name = type === "A" ? "a.example" : NAME;
    server.srv(NAME, ["0 1 1 a.example"]);
    server.reply(type, name, "silent");
    const watching = new Watching(resolver());
    await until("the question", () => server.count(`${type} ${name}`) > 0);
    await watching[Symbol.asyncDispose]();
    expect(watching.error).toBeUndefined();
    expect(watching.lists).toEqual([]);
  });
});
