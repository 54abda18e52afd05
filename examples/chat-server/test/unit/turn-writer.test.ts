import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLogger } from "@servertech/core";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ClientSocket } from "../../src/ws/socket.ts";
import { TextFrame } from "../../src/ws/text-frame.ts";
import { TurnWriter } from "../../src/ws/turn-writer.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A real WebSocket: the server's end as a ClientSocket, the client's end, and what it has received. */
async function setUp() {
  const http = createServer().listen(0, "127.0.0.1");
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  await once(http, "listening");
  const accepted = once(server, "connection") as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on("message", (data: Buffer) => received.push(data.toString()));
  const closed = once(client, "close").then(([code]: unknown[]) => code);
  const [[ws]] = await Promise.all([accepted, once(client, "open")]);
  return {
    ws,
    client,
    closed,
    received,
    socket: new ClientSocket(ws, silentLogger),
    async [Symbol.asyncDispose]() {
      client.terminate();
      server.close();
      http.close();
      await once(http, "close");
    },
  };
}

describe("TextFrame", () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])(
    "of %i bytes is read by a WebSocket as it was",
    async (length) => {
      await using pair = await setUp();
      const text = length < 3 ? "x".repeat(length) : `${"x".repeat(length - 3)}你`;
      pair.socket.send(text);
      pair.socket.send("after");
      await expect.poll(() => pair.received).toEqual([text, "after"]);
    },
  );
});

describe("frames of one turn", () => {
  it("go out by one write for each target, the same bytes for those who get the same", async () => {
    const writer = new TurnWriter();
    const writes: [string, Buffer][] = [];
    const target = (name: string) => ({ write: (bytes: Buffer) => void writes.push([name, bytes]) });
    const [a, b, c] = [target("a"), target("b"), target("c")];
    const [one, two] = [new TextFrame("one"), new TextFrame("two")];
    for (const each of [a, b]) for (const frame of [one, two]) writer.add(each, frame);
    writer.add(c, two);
    expect(writes).toEqual([]);
    await turn();
    expect(writes.map(([name]) => name)).toEqual(["a", "b", "c"]);
    expect(writes[0]?.[1]).toBe(writes[1]?.[1]);
    expect(writes[0]?.[1]).toEqual(Buffer.concat([one.bytes, two.bytes]));
    expect(writes[2]?.[1]).toEqual(two.bytes);
  });

  it("come before a close, and nothing after it", async () => {
    await using pair = await setUp();
    pair.socket.send("last words");
    pair.socket.close(1001);
    pair.socket.send("too late");
    expect(await pair.closed).toBe(1001);
    expect(pair.received).toEqual(["last words"]);
  });

  it("keep their order among pings and over turns", async () => {
    await using pair = await setUp();
    const expected: string[] = [];
    for (let i = 0; i < 200; i += 1) {
      const text = String(i).repeat(i);
      expected.push(text);
      pair.socket.send(text);
      if (i % 7 === 0) pair.ws.ping();
      if (i % 11 === 0) await turn();
    }
    await expect.poll(() => pair.received.length).toBe(200);
    expect(pair.received).toEqual(expected);
  });

  it("cut off a client that does not read", async () => {
    await using pair = await setUp();
    pair.client.pause();
    for (let i = 0; i < 400 && pair.socket.isOpen; i += 1) {
      pair.socket.send("x".repeat(60_000));
      await turn();
    }
    expect(pair.socket.isOpen).toBe(false);
  });
});
