/** Layouts of others, read and written through a codec. */
import { describe, expect, inject, it, vi } from "vitest";
import { createZooKeeperClient, createZooKeeperRegistry, type ServiceCodec } from "../../../src/zookeeper/index.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-codec-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });

/** Dubbo: `/dubbo/<interface>/providers/<url-encoded URL>`, and nothing in the node. */
const dubbo: ServiceCodec = {
  encode: () => Buffer.alloc(0),
  decode(id) {
    const { hostname, port, searchParams } = new URL(decodeURIComponent(id).replace(/^dubbo:/, "http:"));
    return {
      name: "",
      id,
      address: hostname,
      port: Number(port),
      sslPort: null,
      meta: { weight: Number(searchParams.get("weight") ?? 1) },
      payload: null,
      uriSpec: null,
      registeredAtMs: 0,
      enabled: searchParams.get("disabled") !== "true",
    };
  },
};

/** Finagle's server sets: `member_<n>` with an endpoint in JSON. */
const serverSet: ServiceCodec = {
  encode: ({ address, port, enabled }) =>
    Buffer.from(
      JSON.stringify({ serviceEndpoint: { host: address, port }, status: enabled === false ? "DEAD" : "ALIVE" }),
    ),
  decode(id, data) {
    const { serviceEndpoint, status } = JSON.parse(String(data)) as {
      serviceEndpoint: { host: string; port: number };
      status: string;
    };
    const { host, port } = serviceEndpoint;
    const rest = { sslPort: null, meta: {}, payload: null, uriSpec: null, registeredAtMs: 0 };
    return { name: "", id, address: host, port, ...rest, enabled: status === "ALIVE" };
  },
};

describe("codec", () => {
  it("reads what Dubbo's providers wrote", async () => {
    await using writer = createZooKeeperClient({ connect: url });
    const folder = `${BASE}/dubbo/com.example.Ai/providers`;
    await writer.mkdirp(folder);
    const ids = ["dubbo://10.0.0.5:20880/com.example.Ai?weight=3", "dubbo://10.0.0.6:20880/x?disabled=true", "junk"];
    for (const id of ids) await writer.create(`${folder}/${encodeURIComponent(id)}`, null);
    const base = `${BASE}/dubbo/com.example.Ai`;
    await using registry = createZooKeeperRegistry({ connect: url, base, codec: dubbo });
    const watcher = registry.watch("providers");
    await watcher.ready();
    const found = { name: "providers", id: encodeURIComponent(ids[0] ?? ""), address: "10.0.0.5", port: 20_880 };
    expect(watcher.instances).toMatchObject([{ ...found, meta: { weight: 3 } }]);
    expect(registry.stats().invalidNodes).toBe(1);
  });

  it("writes and reads Finagle's server sets, in and out of use", async () => {
    await using registry = createZooKeeperRegistry({ connect: url, base: `${BASE}/finagle`, codec: serverSet });
    const watcher = registry.watch("ai");
    const registration = await registry.register({ name: "ai", id: "member_0", address: "10.0.0.5", port: 9_000 });
    await expect
      .poll(() => watcher.instances, WAIT)
      .toMatchObject([{ id: "member_0", address: "10.0.0.5", port: 9_000 }]);
    await registration.setEnabled(false);
    await expect.poll(() => watcher.instances, WAIT).toEqual([]);
    await using reader = createZooKeeperClient({ connect: url });
    const { data } = await reader.getData(`${BASE}/finagle/ai/member_0`);
    expect(String(data)).toBe('{"serviceEndpoint":{"host":"10.0.0.5","port":9000},"status":"DEAD"}');
  });

  it("that throws, or gives no bytes, fails the registration alone", async () => {
    const encodes = [
      () => {
        throw new Error("no");
      },
      () => "text" as unknown as Buffer,
    ];
    for (const encode of encodes) {
      await using registry = createZooKeeperRegistry({ connect: url, base: BASE, codec: { ...dubbo, encode } });
      await expect(registry.register({ name: "ai", address: "h", port: 1 })).rejects.toMatchObject({
        code: "REGISTRY_INVALID_SERVICE",
      });
      expect(registry.stats().registrations).toBe(0);
    }
  });
});
