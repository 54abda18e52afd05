/** What subscribers of the diagnostics channels learn. */
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import {
  type CallContext,
  type ClientCallTrace,
  type ConnectionStateChange,
  RpcError,
  type Server,
  type ServerCallTrace,
  createClient,
  createServer,
} from "../src/index.ts";
import { MetadataList } from "../src/metadata.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { aborted } from "./gate.ts";

let server: Server;
let stops: (() => void)[] = [];

async function start() {
  server = createServer().add(Echo, {
    ...echoHandlers,
    async unary(request, context) {
      if (request.id === "hang") await aborted(context.signal);
      if (request.id === "fail") throw new RpcError(9, "no", { metadata: { token: "of an error" } });
      return echoHandlers.unary(request, context);
    },
  });
  const { port } = await server.listen();
  return { port, client: createClient(Echo, { target: `tcp://127.0.0.1:${port}` }) };
}

/** Everything that an operation publishes: the events, and the contexts. */
function listen(name: "client-call"): { events: string[]; contexts: ClientCallTrace[] };
function listen(name: "server-call"): { events: string[]; contexts: ServerCallTrace[] };
function listen(name: string): { events: string[]; contexts: unknown[] } {
  const events: string[] = [];
  const contexts: unknown[] = [];
  const channel = tracingChannel<unknown, object>(`servertech:rpc:${name}`);
  const handler = (event: string) => (context: unknown) => {
    events.push(event);
    if (event === "start") contexts.push(context);
  };
  const handlers = {
    start: handler("start"),
    end: handler("end"),
    asyncStart: handler("asyncStart"),
    asyncEnd: handler("asyncEnd"),
    error: handler("error"),
  };
  channel.subscribe(handlers);
  stops.push(() => channel.unsubscribe(handlers));
  return { events, contexts };
}

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await server.close({ timeoutMs: 0 });
});

describe("calls", () => {
  it("of every kind begin and end once on both sides, without payloads", async () => {
    const { client, port } = await start();
    const ours = listen("client-call");
    const theirs = listen("server-call");
    await client.unary({ id: "secret" }, { metadata: { user: "u" } });
    for await (const _ of client.serverStream({ count: 2 }));
    const upload = client.clientStream();
    await upload.send({ id: "secret" });
    await upload.end();
    const talk = client.bidi();
    talk.end();
    await talk.next();
    await talk.status;
    for (const { events, contexts } of [ours, theirs]) {
      expect(contexts.map(({ kind }) => kind)).toEqual(["unary", "serverStream", "clientStream", "bidi"]);
      expect(contexts.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
      for (const event of ["start", "end", "asyncStart", "asyncEnd"])
        expect(events.filter((each) => each === event)).toHaveLength(4);
      expect(events).not.toContain("error");
      expect(contexts[0]?.method.fullName).toBe(`${Echo.name}/Unary`);
      expect(contexts[0]?.metadata.get("user")).toBe("u");
    }
    expect(ours.contexts[0]).toMatchObject({ address: "127.0.0.1", port, attempts: 1 });
    expect(theirs.contexts[0]?.peer.address).toContain("127.0.0.1:");
    expect(JSON.stringify([...ours.contexts.map(plain), ...theirs.contexts.map(plain)])).not.toContain("secret");
    await client.close();
  });

  it("that fail, are cancelled or are late say so", async () => {
    const { client } = await start();
    const ours = listen("client-call");
    const theirs = listen("server-call");
    await client.unary({ id: "fail" }).catch(() => {});
    const caller = new AbortController();
    const hanging = client.unary({ id: "hang" }, { signal: caller.signal }).catch(() => {});
    await expect.poll(() => server.stats().inFlight).toBe(1);
    caller.abort();
    await hanging;
    await client.unary({ id: "hang" }, { timeoutMs: 30 }).catch(() => {});
    await expect.poll(() => server.stats().inFlight).toBe(0);
    expect(ours.contexts.map(({ status }) => status)).toEqual([9, 1, 4]);
    expect(ours.contexts[1]?.error).toBe(caller.signal.reason);
    expect(theirs.contexts.map(({ status }) => status)).toEqual([9, 1, 4]);
    expect(ours.events.filter((event) => event === "error")).toHaveLength(3);
    expect(theirs.events.filter((event) => event === "asyncEnd")).toHaveLength(3);
    await client.close();
  });

  it("that cannot begin, as their parent's time is up, are none", async () => {
    const { client } = await start();
    const { events } = listen("client-call");
    const late = { signal: new AbortController().signal, metadata: new MetadataList(), remainingMs: 0 };
    const parent = late as unknown as CallContext;
    await expect(client.unary({}, { parent })).rejects.toMatchObject({ status: 4, retryable: false });
    expect(() => client.bidi({ parent })).toThrow(/parent/);
    expect(events).toEqual([]);
    await client.close();
  });

  it("carry what a subscriber adds to their metadata", async () => {
    const { client } = await start();
    const channel = tracingChannel<unknown, ClientCallTrace>("servertech:rpc:client-call");
    const handlers = { start: (call: ClientCallTrace) => call.metadata.set("added", "yes") };
    channel.subscribe(handlers as never);
    stops.push(() => channel.unsubscribe(handlers as never));
    const reply = await client.unary({});
    expect(reply.metadata).toEqual({ added: "1:yes" });
    await client.close();
  });
});

describe("connections", () => {
  it("tell their states", async () => {
    const states: string[] = [];
    const listener = (change: unknown) => states.push((change as ConnectionStateChange).state);
    subscribe("servertech:rpc:connection-state", listener);
    stops.push(() => unsubscribe("servertech:rpc:connection-state", listener));
    const { client } = await start();
    await client.unary({});
    await client.close();
    expect(states).toEqual(["connecting", "ready", "draining", "closed"]);
  });
});

function plain({ kind, method, metadata, status }: ClientCallTrace | ServerCallTrace) {
  return { kind, method, metadata: [...metadata.entries()], status };
}
