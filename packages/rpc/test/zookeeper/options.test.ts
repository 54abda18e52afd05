import { OptionError } from "@servertech/core";
import { describe, expect, it } from "vitest";
import { parseConnectString } from "../../src/zookeeper/client/connect-string.ts";
import {
  createZooKeeperClient,
  createZooKeeperRegistry,
  digestAcl,
  zookeeper,
  type ZooKeeperRegistryOptions,
} from "../../src/zookeeper/index.ts";

const problemsOf = (make: () => unknown): string[] => {
  try {
    make();
    return [];
  } catch (error) {
    if (error instanceof OptionError) return error.problems.map(({ option }) => option);
    throw error;
  }
};
const problems = (options: Partial<ZooKeeperRegistryOptions>) =>
  problemsOf(() => createZooKeeperRegistry({ connect: "h", ...options }));

describe("connect", () => {
  it("reads hosts, ports, IPv6 and a chroot", () => {
    expect(parseConnectString("a,b:1,[::1]:65535/x/y")).toEqual({
      servers: [
        { host: "a", port: 2181 },
        { host: "b", port: 1 },
        { host: "::1", port: 65_535 },
      ],
      chroot: "/x/y",
    });
    expect(parseConnectString("a/")).toEqual({ servers: [{ host: "a", port: 2181 }], chroot: "" });
  });

  it.each(["", ",", "a,", "a:0", "a:65536", "a:b", "::1", "a b", "a/x/", "a//x", "a/./x", "zk://a", "u@a"])(
    "refuses %o",
    (connect) => {
      expect(problems({ connect })).toEqual(["connect"]);
    },
  );

  it("takes 64 hosts and no more", () => {
    const hosts = (count: number) => Array.from({ length: count }, (_, n) => `h${n}`).join(",");
    expect(problems({ connect: hosts(64) })).toEqual([]);
    expect(problems({ connect: hosts(65) })).toEqual(["connect"]);
  });
});

describe("options", () => {
  it.each<[keyof ZooKeeperRegistryOptions, number, number]>([
    ["sessionTimeoutMs", 1_000, 600_000],
    ["requestTimeoutMs", 1, 600_000],
    ["connectTimeoutMs", 1, 600_000],
    ["maxFrameBytes", 1_024, 67_108_864],
    ["maxRequestBytes", 1_024, 67_108_864],
    ["jitterMs", 0, 10_000],
  ])("takes %s from %i to %i", (name, min, max) => {
    expect([problems({ [name]: min }), problems({ [name]: max })]).toEqual([[], []]);
    for (const value of [min - 1, max + 1, NaN, "1"]) expect(problems({ [name]: value })).toEqual([name]);
  });

  it("names every problem, those of nested options, too", () => {
    const options = {
      base: "services",
      panicGuard: { ratio: 2, holdMs: 0 },
      backoff: { initialMs: 100, maxMs: 50 },
      acl: [{ perms: 32, scheme: "world", id: "anyone" }],
      snapshotFile: "",
      codec: { encode: () => {} },
      logger: {},
      tsl: {},
      tls: true,
    };
    expect(problems(options as unknown as ZooKeeperRegistryOptions)).toEqual([
      "tsl",
      "base",
      "panicGuard.ratio",
      "panicGuard.holdMs",
      "snapshotFile",
      "codec",
      "logger",
      "tls",
      "backoff.maxMs",
      "acl[0].perms",
    ]);
    expect(problems({ acl: [] })).toEqual(["acl"]);
    expect(problems({ panicGuard: false })).toEqual([]);
  });

  it("does not show a secret", () => {
    const auth = [{ scheme: "digest", auth: "", secret: "user:password" }];
    expect(() => createZooKeeperClient({ connect: "h", auth })).toThrow(/^(?!.*password).*auth\[0\]/s);
  });
});

describe("zookeeper", () => {
  it.each(["zk://", "zk://h", "zk://h/", "zk:///a", "h/a/b", "zk://h:0/a", "zk://h/a//b", "zk://h/a/"])(
    "refuses %o",
    (url) => {
      expect(problemsOf(() => zookeeper(url))).toEqual(["url"]);
    },
  );

  it("refuses options that the URL has", () => {
    expect(problemsOf(() => zookeeper("zk://h/a", { connect: "x" } as object))).toEqual(["connect"]);
  });
});

describe("digestAcl", () => {
  it("gives what the server makes of the credentials", () => {
    // The example of ZooKeeper's own documentation of DigestAuthenticationProvider.
    expect(digestAcl("super", "test")).toEqual({
      perms: 31,
      scheme: "digest",
      id: "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",
    });
  });
});
