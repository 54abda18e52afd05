import { OptionError, optionChecks, silentLogger } from "@servertech/core";
import { describe, expect, it } from "vitest";
import type { Resolver } from "../../src/resolver.ts";
import { resolverOf } from "../../src/resolvers/targets.ts";
import { Watching } from "./watching.ts";

function parse(target: unknown): Resolver {
  const check = optionChecks({}, []);
  return check.done(resolverOf(check, target as string, silentLogger));
}

const LABEL = "a".repeat(63);

describe("a target", () => {
  it.each([
    ["tcp://h:1", [{ id: "h:1", host: "h", port: 1 }]],
    ["tcp://[::1]:65535/", [{ id: "[::1]:65535", host: "::1", port: 65_535 }]],
    [
      "static:a:1, [fe80::1%lo]:2",
      [
        { id: "a:1", host: "a", port: 1 },
        { id: "[fe80::1%lo]:2", host: "fe80::1%lo", port: 2 },
      ],
    ],
    ["unix:///run/x.sock", [{ id: "/run/x.sock", host: "", port: 0, path: "/run/x.sock" }]],
  ])("%s is a fixed list", async (target, endpoints) => {
    await using watching = new Watching(parse(target));
    await watching.has(1);
    expect(watching.lists).toEqual([endpoints]);
    expect(watching.ended).toBe(false);
  });

  it.each([
    "dns:///a:1",
    "dns:///a.b-c.d_e.:65535",
    `dns:///${LABEL}.example:1`,
    "dns:///10.0.0.1:80",
    "dns:///[::1]:80",
    "srv://_rpc._tcp.chat.example",
    "srv://_rpc._tcp.a",
    "srv://_redis._amqp.service.consul",
    "file:./x.json",
    "file:/x.json",
    "file:///a%20b/x.json",
    "zk://a:1,b/base/service",
  ])("%s is legal", (target) => {
    expect(parse(target)).toMatchObject({ watch: expect.any(Function), refresh: expect.any(Function) });
  });

  it.each([
    ["", /must be tcp:.*dns:.*srv:.*file:.*zk:.*or a Resolver/],
    ["localhost:1", /must be tcp:.*or a Resolver/],
    ["DNS:///a:1", /or a Resolver/],
    ["http://h:1", /or a Resolver/],
    [undefined, /or a Resolver/],
    [null, /or a Resolver/],
    [{}, /or a Resolver/],
    ["tcp://h", /tcp:\/\/host:port, the port from 1 to 65535/],
    ["tcp://h:0", /1 to 65535/],
    ["tcp://h:65536", /1 to 65535/],
    ["tcp://::1:80", /IPv6 address in brackets/],
    ["tcp://[h]:80", /IPv6 address in brackets/],
    ["static:", /static:host:port/],
    ["static:a:1,b", /static:host:port/],
    ["unix://", /unix:\/\/\/path/],
    ["dns:a:1", /dns:\/\//],
    ["dns://a:1", /dns:\/\/\/name:port/],
    ["dns://8.8.8.8/a:1", /own name servers/],
    ["dns:///a", /port/],
    ["dns:///a:0", /1 to 65535/],
    ["dns:///a:65536", /1 to 65535/],
    ["dns:///:1", /dns:\/\/\/name:port/],
    ["dns:///a..b:1", /labels/],
    ["dns:///10.0.0.256:1", /labels/],
    ["dns:///é.example:1", /labels/],
    [`dns:///a${LABEL}.example:1`, /63/],
    [`dns:///${Array.from({ length: 4 }, () => LABEL).join(".")}:1`, /253/],
    ["srv://a.example", /srv:\/\/_service._tcp.name/],
    ["srv://_rpc._tcp", /srv:\/\/_service._tcp.name/],
    ["srv://_rpc._tcp.a:1", /without a port/],
    ["srv:///_rpc._tcp.a", /srv:\/\/_service._tcp.name/],
    ["file:", /file:/],
    ["file://host/x.json", /without a host/],
    ["file:a\0b", /file:/],
    ["zk://h:1", /zk:\/\//],
    ["zk:///base/service", /zk:\/\//],
    ["zk://h:0/base/service", /port/],
  ])("%j is refused, saying what is allowed", (target, words) => {
    const error = problem(target);
    expect(error.problems).toEqual([{ option: "target", range: expect.stringMatching(words), value: target }]);
  });
});

function problem(target: unknown): OptionError {
  try {
    parse(target);
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error("was taken");
}
