import { OptionError } from "@servertech/core";
import { describe, expect, it } from "vitest";
import { type ChannelOptions, type ServerOptions, createChannel, createServer } from "../src/index.ts";
import { pick } from "../src/client/pick.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

function problems(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

const target = "tcp://127.0.0.1:1";

describe("createChannel", () => {
  it.each<[keyof ChannelOptions, unknown, unknown]>([
    ["connectTimeoutMs", 10, 9],
    ["connectTimeoutMs", 60_000, 60_001],
    ["timeoutMs", 0, -1],
    ["maxMessageBytes", 1_024, 1_023],
    ["maxMessageBytes", 1 << 30, (1 << 30) + 1],
    ["initialWindowBytes", 65_536, 65_535],
    ["connectionWindowBytes", 0, 1],
    ["connectionWindowBytes", 65_536, 65_535],
    ["waitForReady", true, 1],
    ["extensions", false, "no"],
    ["keepalive", false, "no"],
    ["logger", console, {}],
  ])("checks %s", (name, good, bad) => {
    expect(problems(() => createChannel({ target, [name]: good }))).toEqual([]);
    expect(problems(() => createChannel({ target, [name]: bad }))).toEqual([name]);
  });

  it("names the options of keepalive", () => {
    expect(problems(() => createChannel({ target, keepalive: { intervalMs: 999, timeoutMs: 99 } }))).toEqual([
      "keepalive.intervalMs",
      "keepalive.timeoutMs",
    ]);
  });

  it.each([
    "",
    "localhost:1",
    "http://h:1",
    "tcp://h",
    "tcp://h:0",
    "tcp://h:65536",
    "static:",
    "static:a:1,b",
    "unix://",
  ])("refuses the target %j", (wrong) => {
    expect(problems(() => createChannel({ target: wrong }))).toEqual(["target"]);
  });

  it.each(["tcp://[::1]:80", "static:a:1,b:2", "unix:///run/x.sock", "zk://h:2181/base/service"])(
    "takes the target %j",
    (right) => {
      expect(problems(() => createChannel({ target: right }))).toEqual([]);
    },
  );

  it("tells all problems at once, unknown options too", () => {
    const wrong = { target: 5, timeoutMs: -1, retries: 3 } as unknown as ChannelOptions;
    expect(problems(() => createChannel(wrong)).toSorted()).toEqual(["retries", "target", "timeoutMs"]);
    expect(problems(() => createChannel(undefined as unknown as ChannelOptions))).toEqual(["target"]);
  });
});

describe("createServer", () => {
  it.each<[keyof ServerOptions, unknown, unknown]>([
    ["maxMessageBytes", 1_024, 1_023],
    ["maxStreamsPerConnection", 1, 0],
    ["maxConnections", 1, 0],
    ["maxMetadataBytes", 0, -1],
    ["maxMetadataPairs", 0, 1.5],
    ["frameTimeoutMs", 10, 9],
    ["outputHighWaterBytes", 131_072, 131_071],
    ["stallTimeoutMs", 100, 99],
    ["badPayloadStatus", 3, 5],
    ["exposeErrors", true, 1],
    ["extensions", false, 0],
    ["keepalive", { intervalMs: 1_000 }, 5],
    ["logger", console, {}],
  ])("checks %s", (name, good, bad) => {
    expect(problems(() => createServer({ [name]: good }))).toEqual([]);
    expect(problems(() => createServer({ [name]: bad }))).toEqual([name]);
  });

  it("refuses handlers that are none, unknown ones, and a service twice", () => {
    const server = createServer();
    const wrong = { ...echoHandlers, unary: 5, other: () => {} } as unknown as typeof echoHandlers;
    expect(problems(() => server.add(Echo, wrong)).toSorted()).toEqual(["other", "unary"]);
    server.add(Echo, echoHandlers);
    expect(problems(() => server.add(Echo, echoHandlers))).toEqual(["service"]);
    expect(problems(() => server.use(5 as never))).toEqual(["interceptor"]);
  });

  it("checks where to listen", async () => {
    const server = createServer();
    await expect(server.listen({ port: 70_000 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(server.listen({ port: 1, path: "/x" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(server.listen({ path: "/nowhere/at/all.sock" })).rejects.toMatchObject({ status: 14 });
    await server.close();
  });
});

describe("pick", () => {
  const choice = (id: string, inFlight: number, weight?: number) => ({ inFlight, endpoint: { id, weight } });

  it("takes the one with fewer calls of two, never the same one twice", () => {
    for (let i = 0; i < 100; i++) expect(pick([choice("a", 5), choice("b", 0)], undefined)?.endpoint.id).toBe("b");
  });

  it("counts weight", () => {
    expect(pick([choice("a", 5, 10), choice("b", 0)], undefined)?.endpoint.id).toBe("a");
  });

  it("avoids an endpoint while there is another", () => {
    expect(pick([choice("a", 5), choice("b", 0)], "b")?.endpoint.id).toBe("a");
    expect(pick([choice("b", 0)], "b")?.endpoint.id).toBe("b");
    expect(pick([], undefined)).toBeUndefined();
  });

  it("spreads calls over equals", () => {
    const counts = new Map<string, number>();
    const choices = ["a", "b", "c"].map((id) => choice(id, 0));
    for (let i = 0; i < 3_000; i++) {
      const id = pick(choices, undefined)?.endpoint.id ?? "";
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });
});
