import { describe, expect, it } from "vitest";
import type { ServiceInit } from "../../src/zookeeper/registry-types.ts";
import { decodeRecord, encodeRecord, recordOf } from "../../src/zookeeper/service-record.ts";

const SERVICE: ServiceInit = { name: "ai", address: "10.0.0.5", port: 9_000 };
const decode = (value: unknown) => decodeRecord("ai", "x", Buffer.from(JSON.stringify(value)));

describe("encodeRecord", () => {
  it("writes Curator's format with our metadata beside the payload", () => {
    const meta = { weight: 1, zone: "a", proto: "ttrpc", v: "1.4.0" };
    const record = recordOf({ ...SERVICE, meta }, "uuid", 1_795_333_080_030);
    expect(encodeRecord(record).toString()).toBe(
      '{"name":"ai","id":"uuid","address":"10.0.0.5","port":9000,"sslPort":null,"payload":null,"registrationTimeUTC":1795333080030,"serviceType":"DYNAMIC","uriSpec":null,"meta":{"weight":1,"zone":"a","proto":"ttrpc","v":"1.4.0"}}',
    );
  });

  it("writes enabled only when it is false", () => {
    const text = encodeRecord(recordOf({ ...SERVICE, enabled: false }, "x", 0)).toString();
    expect(JSON.parse(text)).toMatchObject({ enabled: false });
    expect(decodeRecord("ai", "x", Buffer.from(text))).toBe("disabled");
  });

  it("reads what it wrote", () => {
    const payload = { a: [1, null] };
    const record = recordOf({ ...SERVICE, payload, meta: { n: 1, ok: true } }, "x", 5);
    expect(decodeRecord("ai", "x", encodeRecord(record))).toEqual({
      name: "ai",
      id: "x",
      address: "10.0.0.5",
      port: 9_000,
      sslPort: null,
      meta: { n: 1, ok: true },
      payload,
      uriSpec: null,
      registeredAtMs: 5,
    });
  });

  it.each([
    ["an empty name", { ...SERVICE, name: "" }],
    ["a name with a slash", { ...SERVICE, name: "a/b" }],
    ["a name of dots", { ...SERVICE, name: ".." }],
    ["a name of one dot", { ...SERVICE, name: "." }],
    ["a name with NUL", { ...SERVICE, name: "a\0" }],
    ["a name with a C1 control character", { ...SERVICE, name: "a\u0085" }],
    ["a name with a private character", { ...SERVICE, name: "\uE000a" }],
    ["a name that is no text", { ...SERVICE, name: 5 as unknown as string }],
    ["an empty address", { ...SERVICE, address: "" }],
    ["port 0", { ...SERVICE, port: 0 }],
    ["port 65536", { ...SERVICE, port: 65_536 }],
    ["a weight of 0", { ...SERVICE, meta: { weight: 0 } }],
    ["meta that is NaN", { ...SERVICE, meta: { n: NaN } }],
    ["a payload without JSON", { ...SERVICE, payload: () => {} }],
    ["a payload that JSON refuses", { ...SERVICE, payload: 1n }],
  ])("refuses %s", (_what, service) => {
    expect(() => recordOf(service, "x", 0)).toThrow(expect.objectContaining({ code: "REGISTRY_INVALID_SERVICE" }));
  });

  it("refuses an id that is no node's name", () => {
    expect(() => recordOf(SERVICE, "a/b", 0)).toThrow(expect.objectContaining({ code: "REGISTRY_INVALID_SERVICE" }));
  });
});

describe("decodeRecord", () => {
  it("reads a node as Curator writes it", () => {
    const uriSpec = { parts: [{ value: "http://", variable: false }] };
    const node = {
      name: "ai",
      id: "x",
      address: "host",
      port: 80,
      sslPort: 443,
      payload: { "@class": "java.util.LinkedHashMap", k: "v" },
      registrationTimeUTC: 5,
      serviceType: "DYNAMIC",
      uriSpec,
      enabled: true,
    };
    expect(decode(node)).toMatchObject({ port: 80, sslPort: 443, payload: { k: "v" }, uriSpec, meta: {} });
    expect(decode({ ...node, payload: "text" })).toMatchObject({ payload: "text" });
  });

  it("takes strange keys for plain data", () => {
    const text = '{"address":"h","port":1,"meta":{"__proto__":"x","constructor":1,"list":[]}}';
    const found = decodeRecord("ai", "x", Buffer.from(text));
    expect(typeof found === "object" ? Object.entries(found.meta) : found).toEqual([
      ["__proto__", "x"],
      ["constructor", 1],
    ]);
  });

  it("reads no instance from anything else", () => {
    const nodes = [null, [], 5, "text", {}, { address: 1 }, { address: "h", port: "1" }, { address: "h", port: 0 }];
    for (const node of [...nodes, { address: "h", enabled: 1 }, { address: "h", meta: [] }])
      expect(decode(node)).toBeUndefined();
    expect(decodeRecord("ai", "x", null)).toBeUndefined();
    expect(decodeRecord("ai", "x", Buffer.from("{"))).toBeUndefined();
  });
});
