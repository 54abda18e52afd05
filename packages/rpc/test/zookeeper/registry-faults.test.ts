/** The registry against a server that says what a test wants: orders of replies and events that a real one gives once in a while. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { JuteWriter } from "../../src/zookeeper/client/jute.ts";
import {
  createZooKeeperRegistry,
  type RegistrationState,
  type RegistryStateMessage,
} from "../../src/zookeeper/index.ts";
import { replyFrame, type Script, ScriptedServer } from "./scripted-server.ts";

const WAIT = { timeout: 10_000, interval: 5 };
const Opcode = { create: 1, delete: 2, exists: 3, getData: 4, setData: 5, getChildren2: 12, createContainer: 19 };
const ADD_WATCH = 106;
const AUTH = 100;
const NO_NODE = -101;
const BAD_VERSION = -103;
const THROTTLED = -127;
const NODE_EXISTS = -110;
const EventType = { created: 1, deleted: 2, dataChanged: 3 };

const stat = (writer: JuteWriter, owner = 0n, version = 0) => {
  for (const long of [1n, 1n, 0n, 0n]) writer.long(long);
  return writer.int(version).int(0).int(0).long(owner).int(0).int(0).long(1n);
};
const node = (weight: number) => Buffer.from(JSON.stringify({ address: "h", port: 1, meta: { weight } }));
const dataOf = (xid: number, weight: number) => replyFrame(xid, (writer) => stat(writer.buffer(node(weight))));
const event = (type: number, path: string) => replyFrame(-1, (writer) => writer.int(type).int(3).string(path));
const children = (writer: JuteWriter, ids: readonly string[]) => stat(writer.vector(ids, (w, id) => w.string(id)));

/** A script that knows the listing of one service, and leaves the reads to the test. */
function listing(ids: () => readonly string[], read: NonNullable<Script["request"]>): Script {
  return {
    request: (peer, request) => {
      if (request.opcode === ADD_WATCH) peer.reply(request.xid, (writer) => writer.int(0));
      else if (request.opcode === Opcode.getChildren2) peer.reply(request.xid, (writer) => children(writer, ids()));
      else if (request.opcode === Opcode.getData) read(peer, request);
      else peer.reply(request.xid);
    },
  };
}

describe("a watcher", () => {
  it("has no ghost when a reply and the node's deletion come in one chunk", async () => {
    let turn = 0;
    await using server = await ScriptedServer.start(
      listing(
        () => ["x", "y"],
        (peer, { xid, fields }) => {
          const path = fields.string();
          turn += 1;
          if (path === "/services/ai/x")
            peer.socket.write(Buffer.concat([dataOf(xid, 1), event(EventType.deleted, "/services/ai/x")]));
          else peer.socket.write(dataOf(xid, 1));
        },
      ),
    );
    await using registry = createZooKeeperRegistry({ connect: server.address });
    const watcher = registry.watch("ai");
    await watcher.ready();
    expect([turn, watcher.instances.map(({ id }) => id)]).toEqual([2, ["y"]]);
  });

  it("has the newest record when a reply, a change and the next reply come in one chunk", async () => {
    const reads: number[] = [];
    await using server = await ScriptedServer.start(
      listing(
        () => ["x"],
        (peer, { xid }) => {
          reads.push(xid);
          if (reads.length === 1)
            peer.socket.write(Buffer.concat([dataOf(xid, 1), event(EventType.dataChanged, "/services/ai/x")]));
          else peer.socket.write(dataOf(xid, 2));
        },
      ),
    );
    await using registry = createZooKeeperRegistry({ connect: server.address });
    const watcher = registry.watch("ai");
    await expect.poll(() => watcher.instances.map(({ meta }) => meta.weight), WAIT).toEqual([2]);
  });

  it("gets to the end of a long list, too, when a slow server answers a part of it at a time", async () => {
    const ids = Array.from({ length: 40 }, (_, n) => `id-${n}`);
    let left = 0;
    let reads = 0;
    await using server = await ScriptedServer.start(
      listing(
        () => {
          // Ten reads of each listing are answered in time.
          left = 10;
          return ids;
        },
        (peer, { xid }) => {
          reads += 1;
          left -= 1;
          if (left >= 0) peer.socket.write(dataOf(xid, 1));
          else peer.reply(xid, undefined, THROTTLED);
        },
      ),
    );
    await using registry = createZooKeeperRegistry({ connect: server.address });
    const watcher = registry.watch("ai");
    await watcher.ready({ timeoutMs: 60_000 });
    expect([watcher.instances.length, watcher.stale]).toEqual([40, false]);
    // Each time what is left: 40, 30, 20, 10.
    expect(reads).toBe(100);
  }, 60_000);
});

/** What the client asked, and how the test answers: by default that it is done. */
class Nodes {
  readonly asked: string[] = [];
  readonly data: string[] = [];
  /** Answers to come, in order, for an operation; the default after them. */
  readonly answers = new Map<string, ((peer: Peer, xid: number) => void)[]>();
  session = 1n;

  next(op: string, ...answers: ((peer: Peer, xid: number) => void)[]): this {
    this.answers.set(op, answers);
    return this;
  }

  readonly script: Script = {
    connect: (peer, { sessionId }) => {
      if (sessionId === 0n || sessionId === this.session) peer.session(this.session, 1_000);
      else peer.session(0n, 0);
    },
    request: (peer, { xid, opcode, fields }) => {
      const op = Object.entries(Opcode).find(([, code]) => code === opcode)?.[0] ?? "other";
      if (op !== "other") {
        const path = fields.string() ?? "";
        if (op === "create" || op === "setData") this.data.push(String(fields.buffer()));
        const version = op === "delete" ? ` ${fields.int()}` : "";
        this.asked.push(`${op} ${path.replace("/services/", "")}${version}`);
      }
      const answer = this.answers.get(op)?.shift();
      if (answer !== undefined) answer(peer, xid);
      else if (op === "exists" || op === "setData") peer.reply(xid, (writer) => stat(writer, this.session));
      else if (op === "createContainer") peer.reply(xid, (writer) => stat(writer.string(""), 0n));
      else if (op === "create") peer.reply(xid, (writer) => writer.string(""));
      else peer.reply(xid);
    },
  };
}
type Peer = Parameters<NonNullable<Script["request"]>>[0];

const fails = (errno: number) => (peer: Peer, xid: number) => peer.reply(xid, undefined, errno);
const exists = (owner: bigint, version: number) => (peer: Peer, xid: number) =>
  peer.reply(xid, (writer) => stat(writer, owner, version));
const instance = { name: "ai", id: "one", address: "h", port: 1 };
const folders = ["createContainer /services", "createContainer ai"];

describe("a registration", () => {
  const registryAt = (server: ScriptedServer) =>
    createZooKeeperRegistry({ connect: server.address, sessionTimeoutMs: 1_000, jitterMs: 0 });

  it("whose create was done and its reply lost takes the node for its own, and writes its record", async () => {
    const nodes = new Nodes().next("create", (peer) => peer.socket.destroy(), fails(NODE_EXISTS));
    await using server = await ScriptedServer.start(nodes.script);
    await using registry = registryAt(server);
    await registry.register(instance);
    expect(nodes.asked).toEqual(["create ai/one", "create ai/one", "exists ai/one", "setData ai/one"]);
  });

  it("deletes the node of an older session, and only the one that it has seen", async () => {
    const nodes = new Nodes()
      .next("create", fails(NODE_EXISTS), fails(NODE_EXISTS))
      .next("exists", exists(77n, 3), exists(78n, 0))
      .next("delete", fails(BAD_VERSION));
    await using server = await ScriptedServer.start(nodes.script);
    await using registry = registryAt(server);
    await registry.register(instance);
    const look = ["create ai/one", "exists ai/one"];
    expect(nodes.asked).toEqual([...look, "delete ai/one 3", ...look, "delete ai/one 0", "create ai/one"]);
  });

  it("makes the folders again as often as the server removes them", async () => {
    const nodes = new Nodes().next("create", fails(NO_NODE), fails(NO_NODE));
    await using server = await ScriptedServer.start(nodes.script);
    await using registry = registryAt(server);
    await registry.register(instance);
    const look = ["create ai/one", ...folders];
    expect(nodes.asked).toEqual([...look, ...look, "create ai/one"]);
  });

  it("that is closed while it is made again in a new session stays closed", async () => {
    let answer = (): void => {};
    const nodes = new Nodes();
    await using server = await ScriptedServer.start(nodes.script);
    await using registry = registryAt(server);
    const registration = await registry.register(instance);
    nodes.next("create", (peer, xid) => {
      answer = () => peer.reply(xid, (writer) => writer.string(""));
    });
    nodes.session = 2n;
    nodes.next("setData", (peer) => peer.socket.destroy());
    registration.update({ weight: 2 }).catch(() => {}); // the cut that ends the session
    await expect.poll(() => nodes.asked.filter((one) => one === "create ai/one").length, WAIT).toBe(2);
    const closed = registration.close();
    answer();
    await expect(closed).resolves.toBe(true);
    await registry.ready();
    expect(nodes.asked.slice(-3)).toEqual(["create ai/one", "exists ai/one", "delete ai/one 0"]);
  });

  it("that changes while it is made again in a new session ends with the newest record", async () => {
    let answer = (): void => {};
    const nodes = new Nodes();
    await using server = await ScriptedServer.start(nodes.script);
    await using registry = registryAt(server);
    const registration = await registry.register(instance);
    const states: RegistrationState[] = [];
    registration.on("state", (state) => states.push(state));
    nodes.next("create", (peer, xid) => {
      answer = () => peer.reply(xid, (writer) => writer.string(""));
    });
    nodes.session = 2n;
    nodes.next("setData", (peer) => peer.socket.destroy());
    const updates = [registration.update({ weight: 2 })];
    await expect.poll(() => nodes.asked.filter((one) => one === "create ai/one").length, WAIT).toBe(2);
    updates.push(registration.update({ weight: 3 }), registration.update({ weight: 4 }));
    answer();
    await Promise.all(updates);
    expect(nodes.data.at(-1)).toContain('"meta":{"weight":4}');
    expect(nodes.data.filter((data) => data.includes('"weight":3'))).toEqual([]);
    expect([registration.state, states]).toEqual(["registered", ["pending", "registered"]]);
  });
});

describe("a registry", () => {
  it("tells a caller that waits that its credentials are refused, and holds on to what was registered", async () => {
    let refuses = true;
    const nodes = new Nodes();
    await using server = await ScriptedServer.start({
      ...nodes.script,
      request: (peer, asked) => {
        if (asked.opcode === AUTH) peer.reply(-4, undefined, refuses ? -115 : 0);
        else nodes.script.request?.(peer, asked);
      },
    });
    const auth = [{ scheme: "digest", auth: "user:secret" }];
    await using registry = createZooKeeperRegistry({ connect: server.address, sessionTimeoutMs: 1_000, auth });
    const error: unknown = await registry.register(instance).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ZK_AUTH_FAILED", errno: -115, retryable: false });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("secret");
    refuses = false;
    const registration = await registry.register(instance);
    refuses = true;
    nodes.next("setData", (peer) => peer.socket.destroy());
    const late = expect(registration.update({ weight: 2 })).rejects.toMatchObject({ code: "ZK_TIMEOUT" });
    await late;
    refuses = false;
    await expect.poll(() => nodes.data.at(-1), WAIT).toContain('"weight":2');
    await expect.poll(() => registration.state, WAIT).toBe("registered");
  });

  it("tells each change of its state on a channel, with the session and never with a secret", async () => {
    const told: RegistryStateMessage[] = [];
    const hear = (message: unknown) => void told.push(message as RegistryStateMessage);
    subscribe("servertech:rpc:registry-state", hear);
    try {
      const nodes = new Nodes();
      await using server = await ScriptedServer.start(nodes.script);
      const auth = [{ scheme: "digest", auth: "user:secret" }];
      await using registry = createZooKeeperRegistry({ connect: server.address, sessionTimeoutMs: 1_000, auth });
      const registration = await registry.register(instance);
      nodes.session = 2n;
      nodes.next("setData", (peer) => peer.socket.destroy());
      await registration.update({ weight: 2 });
      await registry.close();
      expect(told).toEqual([
        { state: "connected", previous: "connecting", sessionId: 1n },
        { state: "suspended", previous: "connected", sessionId: 1n },
        { state: "lost", previous: "suspended", sessionId: 0n },
        { state: "connected", previous: "lost", sessionId: 2n },
        { state: "closed", previous: "connected", sessionId: 2n },
      ]);
    } finally {
      unsubscribe("servertech:rpc:registry-state", hear);
    }
  });
});
