import { OptionError } from "@servertech/core";
import { describe, expect, it } from "vitest";
import {
  type ChannelOptions,
  type Interceptor,
  type ServerOptions,
  createChannel,
  createClient,
  createServer,
} from "../src/index.ts";
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
    ["balancer", "round-robin", "random"],
    ["balancer", { hash: () => "" }, { hash: "" }],
    ["connectionsPerHost", 16, 17],
    ["connectionsPerHost", 1, 0],
    ["slowStartMs", 0, -1],
    ["retry", false, true],
    ["retry", { maxAttempts: 10 }, { maxAttempts: 11 }],
    ["retry", { statuses: [16] }, { statuses: [17] }],
    ["retry", { initialBackoffMs: 1, maxBackoffMs: 1 }, { initialBackoffMs: 10, maxBackoffMs: 9 }],
    ["retry", { budget: { ratio: 1, minPerSecond: 0 } }, { budget: { ratio: 1.1 } }],
    [
      "hedge",
      { methods: ["a/B"], afterMs: "p95", maxAttempts: 5 },
      { methods: ["a/B"], afterMs: "p95", maxAttempts: 6 },
    ],
    ["hedge", { methods: [], afterMs: 1 }, { methods: [], afterMs: 0 }],
    ["outlier", { maxEjectedRatio: 1 }, { maxEjectedRatio: 2 }],
    ["compression", { encoding: "br" }, { encoding: "zstd" }],
    ["compression", { encoding: "gzip", minBytes: 0 }, { encoding: "gzip", minBytes: -1 }],
    ["attemptInterceptors", [], [1]],
    ["methods", { "a/B": { maxMessageBytes: 1_024 } }, { "a/B": { maxMessageBytes: 5 } }],
    ["copyBytes", true, 1],
    ["tls", {}, 5],
    ["extensions", false, "no"],
    ["keepalive", false, "no"],
    ["logger", console, {}],
  ])("checks %s", (name, good, bad) => {
    expect(problems(() => createChannel({ target, [name]: good }))).toEqual([]);
    const found = problems(() => createChannel({ target, [name]: bad }));
    expect(found).not.toEqual([]);
    for (const option of found) expect(option).toMatch(new RegExp(`^${name}($|[.[])`));
  });

  it("refuses attemptInterceptors beside hedge", () => {
    const hedge = { methods: ["a/B"], afterMs: 1 };
    const attemptInterceptors: Interceptor[] = [(call, next) => next(call)];
    expect(problems(() => createChannel({ target, hedge, attemptInterceptors }))).toEqual(["attemptInterceptors"]);
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

describe("a service that is none", () => {
  it.each([undefined, null, { target }, "Echo", { name: "Echo" }, { name: 5, methods: {} }])(
    "is refused: %o",
    (given) => {
      expect(problems(() => createClient(given as never, { target }))).toEqual(["service"]);
      expect(problems(() => createServer().add(given as never, {}))).toEqual(["service"]);
      expect(problems(() => createServer().add({ service: given } as never))).toEqual(["service"]);
    },
  );
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
    expect(() => server.use((call, next) => next(call))).toThrow(/before the first service/);
  });

  it("checks where to listen", async () => {
    const server = createServer();
    await expect(server.listen({ port: 70_000 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(server.listen({ port: 1, path: "/x" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(server.listen({ path: "/nowhere/at/all.sock" })).rejects.toMatchObject({ status: 14 });
    await server.close();
  });
});
