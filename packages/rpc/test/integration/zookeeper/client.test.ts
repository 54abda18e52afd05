/** The plain client against a real server: what it promises beyond what the registry needs. */
import { createServer, connect as connectTo } from "node:net";
import { once } from "node:events";
import { createProxy } from "@servertech/services";
import { describe, expect, inject, it, vi } from "vitest";
import { createZooKeeperClient, digestAcl, type WatchEvent } from "../../../src/zookeeper/index.ts";

const { zookeeper: url } = inject("urls");
const BASE = "/rpc-client-test";
const WAIT = { timeout: 40_000, interval: 10 };
// Bounds are asserted where there are some; a loaded machine needs longer for the rest.
vi.setConfig({ testTimeout: 60_000 });
const clientAt = (chroot: string, connect: string = url) =>
  createZooKeeperClient({ connect: `${connect}${BASE}/${chroot}` });

describe("a chroot", () => {
  it("of several segments is made, and stands before no path that the client gives", async () => {
    await using client = clientAt("a/b");
    await using whole = createZooKeeperClient({ connect: url });
    const events: WatchEvent[] = [];
    client.on("watch", (event) => events.push(event));
    await client.addWatch("/", "persistentRecursive");
    expect(await client.create("/x")).toBe("/x");
    const numbered = await client.create("/x/n-", null, { mode: "persistentSequential" });
    expect(numbered).toBe("/x/n-0000000000");
    expect((await client.getChildren("/")).children).toEqual(["x"]);
    expect((await whole.getChildren(`${BASE}/a/b/x`)).children).toEqual(["n-0000000000"]);
    await client.setData("/x", Buffer.from("1"));
    await client.delete(numbered);
    await whole.delete(`${BASE}/a/b/x`);
    await expect
      .poll(() => events.map(({ type, path }) => `${type} ${path}`), WAIT)
      .toEqual(["created /x", "created /x/n-0000000000", "dataChanged /x", "deleted /x/n-0000000000", "deleted /x"]);
    await expect(client.getData("/x")).rejects.toMatchObject({ code: "ZK_NO_NODE", path: "/x" });
  });
});

describe("watch", () => {
  it("of a read tells one change", async () => {
    await using client = clientAt("once");
    await using writer = clientAt("once");
    const events: string[] = [];
    client.on("watch", ({ type, path }) => events.push(`${type} ${path}`));
    expect(await client.exists("/x", { watch: true })).toBeUndefined();
    await writer.create("/x");
    await client.getData("/x", { watch: true });
    await client.getChildren("/", { watch: true });
    await writer.setData("/x", Buffer.from("1"));
    await writer.setData("/x", Buffer.from("2"));
    await writer.create("/y");
    await expect.poll(() => events, WAIT).toEqual(["created /x", "dataChanged /x", "childrenChanged /"]);
  });

  it("that stays is told of after reconnects, until it is removed, whenever that was asked", async () => {
    await using proxy = await createProxy({ target: url });
    await using client = clientAt("stays", proxy.address);
    await using writer = clientAt("stays");
    const events: string[] = [];
    client.on("watch", ({ type, path }) => events.push(`${type} ${path}`));
    await client.addWatch("/x", "persistentRecursive");
    await expect(client.addWatch("/x", "persistent")).rejects.toMatchObject({ code: "ZK_BAD_ARGUMENTS" });
    await proxy.set("reset");
    await proxy.set("pass");
    await client.sync("/").catch(() => {}); // may have met the reset
    await client.ready();
    await writer.create("/x");
    await expect.poll(() => events, WAIT).toEqual(["created /x"]);
    await client.removeWatch("/x");
    // Each removed before its reply has come.
    const added = ["/x", "/y"].map((path) => client.addWatch(path, "persistent"));
    await Promise.all([...added, client.removeWatch("/x"), client.removeWatch("/y")]);
    await writer.setData("/x", null);
    await writer.create("/y");
    await client.sync("/");
    expect(events).toEqual(["created /x"]);
    expect(client.stats().watches).toBe(0);
  });

  it("is removed when that was asked before there was a connection", async () => {
    await using client = clientAt("early");
    const events: unknown[] = [];
    client.on("watch", (event) => events.push(event));
    await Promise.all([client.addWatch("/x", "persistent"), client.removeWatch("/x")]);
    await client.create("/x");
    await client.sync("/");
    expect([events, client.stats().watches]).toEqual([[], 0]);
  });
});

describe("addAuth", () => {
  it("gives rights, over reconnects, too, and to what waits for a connection", async () => {
    await using proxy = await createProxy({ target: url });
    await using client = clientAt("auth", proxy.address);
    await using stranger = clientAt("auth");
    await client.ready();
    await client.addAuth({ scheme: "digest", auth: "user:password" });
    await client.create("/own", Buffer.from("secret"), { acl: [digestAcl("user", "password")] });
    await expect(stranger.getData("/own")).rejects.toMatchObject({ code: "ZK_NO_AUTH" });
    await proxy.set("reset");
    await proxy.set("pass");
    await expect.poll(() => client.getData("/own").then(String, () => ""), WAIT).not.toBe("");
    await using late = clientAt("auth");
    const added = late.addAuth({ scheme: "digest", auth: "user:password" });
    expect(String((await late.getData("/own")).data)).toBe("secret");
    await added;
    await stranger.addAuth({ scheme: "digest", auth: "user:password" });
    expect(String((await stranger.getData("/own")).data)).toBe("secret");
  });

  it("that is refused fails, and is not kept", async () => {
    await using client = clientAt("auth-refused");
    let failures = 0;
    client.on("authFailed", () => (failures += 1));
    const refused = { code: "ZK_AUTH_FAILED", op: "addAuth", errno: -115 };
    await expect(client.addAuth({ scheme: "no-such-scheme", auth: "x" })).rejects.toMatchObject(refused);
    await expect(client.getChildren("/")).resolves.toMatchObject({ children: [] });
    expect(failures).toBe(1);
    await expect(client.addAuth({ scheme: "", auth: "secret" })).rejects.toThrow(/^(?!.*secret)/);
  });
});

describe("a server at an IPv6 address", () => {
  it("is reached", async () => {
    const port = Number(url.slice(url.lastIndexOf(":") + 1));
    const bridge = createServer((socket) => {
      const upstream = connectTo(port, "127.0.0.1");
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on("error", () => [socket, upstream].map((one) => one.destroy()));
    });
    bridge.listen(0, "::1");
    await once(bridge, "listening");
    const { port: bridged } = bridge.address() as { port: number };
    await using client = clientAt("ipv6", `[::1]:${bridged}`);
    expect(await client.create("/x")).toBe("/x");
    await client.close();
    bridge.close();
  });
});
