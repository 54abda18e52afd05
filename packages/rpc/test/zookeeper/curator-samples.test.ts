/** Nodes as Apache Curator 5.4's x-discovery writes them, kind of payload by kind of payload, and what its readers need of ours. */
import { describe, expect, it } from "vitest";
import { decodeRecord, encodeRecord, recordOf } from "../../src/zookeeper/service-record.ts";

const REST = '"registrationTimeUTC":1795333080030,"serviceType":"DYNAMIC"';
const plain = (payload: string, uriSpec = "null") =>
  `{"name":"ai","id":"one","address":"10.0.0.5","port":9000,"sslPort":null,"payload":${payload},${REST},"uriSpec":${uriSpec}}`;
const URI_SPEC =
  '{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},{"value":"address","variable":true}]}';

const read = (text: string) => decodeRecord("ai", "one", Buffer.from(text));
const found = {
  name: "ai",
  id: "one",
  address: "10.0.0.5",
  port: 9_000,
  sslPort: null,
  meta: {},
  payload: null,
  uriSpec: null,
  registeredAtMs: 1_795_333_080_030,
};

describe("what Curator writes", () => {
  it.each<[string, string, object]>([
    ["no payload", plain("null"), {}],
    ["a String", plain('"v=1"'), { payload: "v=1" }],
    ["a Map", plain('{"@class":"java.util.LinkedHashMap","zone":"a"}'), { payload: { zone: "a" } }],
    [
      "a POJO",
      plain('{"@class":"com.example.Details","weight":3,"tags":["x"]}'),
      { payload: { weight: 3, tags: ["x"] } },
    ],
    ["a UriSpec", plain("null", URI_SPEC), { uriSpec: JSON.parse(URI_SPEC) as unknown }],
    ["a name for an address", plain("null").replace("10.0.0.5", "ai-1.example"), { address: "ai-1.example" }],
    ["both ports", plain("null").replace('"sslPort":null', '"sslPort":9443'), { sslPort: 9_443 }],
    ["no plain port", plain("null").replace('"port":9000', '"port":null'), { port: null }],
    ["enabled", plain("null").replace(/}$/, ',"enabled":true}'), {}],
    ["fields of a later version", plain("null").replace(/}$/, ',"later":{"x":1}}'), {}],
    [
      "what older versions leave out",
      '{"name":"ai","id":"one","address":"10.0.0.5","port":9000}',
      { registeredAtMs: 0 },
    ],
  ])("is read: %s", (_what, text, difference) => {
    expect(read(text)).toEqual({ ...found, ...difference });
  });

  it("is absent when it is not enabled", () => {
    expect(read(plain("null").replace(/}$/, ',"enabled":false}'))).toBe("disabled");
  });
});

describe("what Curator's readers find in ours", () => {
  const service = { name: "ai", id: "one", address: "10.0.0.5", port: 9_000 };
  const text = (payload?: unknown) => {
    const more = payload === undefined ? {} : { payload };
    return encodeRecord(recordOf({ ...service, ...more, meta: { weight: 1 } }, "one", 1_795_333_080_030)).toString();
  };
  // Jackson tells the fields of ServiceInstance by name; of the payload it makes what the reader's class says.
  const withMeta = (payload: string) => plain(payload).replace(/}$/, ',"meta":{"weight":1}}');

  it.each<[string, unknown, string]>([
    ["any reader: no payload, unless one was given", undefined, "null"],
    ["a reader of String: a string", "v=1", '"v=1"'],
    ["a reader of Map: an object", { zone: "a" }, '{"zone":"a"}'],
    [
      "a reader of Map that wants the class",
      { "@class": "java.util.LinkedHashMap", zone: "a" },
      '{"@class":"java.util.LinkedHashMap","zone":"a"}',
    ],
  ])("%s", (_what, payload, expected) => {
    expect(text(payload)).toBe(withMeta(expected));
  });
});
