import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProxy, freePort, type Proxy } from "../src/index.ts";

let echo: EchoServer;
let proxy: Proxy;
const clients: Client[] = [];

beforeEach(async () => {
  echo = await echoServer();
  proxy = await createProxy({ target: echo.port });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await proxy.close();
  await echo.close();
});

describe("pass", () => {
  it("hands on all bytes both ways and counts them", async () => {
    const client = await newClient();
    const sent = Buffer.alloc(3_000_000, "abcdefg");
    client.socket.write(sent);
    await expect.poll(() => client.received, { timeout: 4_000 }).toBe(sent.length);
    expect(client.bytes().equals(sent)).toBe(true);
    expect(proxy.stats()).toEqual({
      connections: 1,
      accepted: 1,
      bytesUp: sent.length,
      bytesDown: sent.length,
      droppedUp: 0,
      droppedDown: 0,
    });
  });

  it("hands on the end of one direction and leaves the other open", async () => {
    const client = await newClient({ allowHalfOpen: true });
    client.socket.end("last words");
    await once(client.socket, "end");
    expect(client.bytes().toString()).toBe("last words");
    await expect.poll(() => proxy.stats().connections).toBe(0);
  });

  it("hands on a reset", async () => {
    const client = await newClient();
    await client.roundTrip("a");
    const [server] = echo.sockets;
    server?.resetAndDestroy();
    await expect.poll(() => client.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("resets clients when nobody listens at the target", async () => {
    await using lost = await createProxy({ target: `127.0.0.1:${await freePort()}` });
    const client = await newClient({ port: lost.port });
    await expect.poll(() => client.error).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("blackhole", () => {
  it("swallows what an open connection sends, and its end", async () => {
    const client = await newClient();
    await client.roundTrip("a");
    await proxy.set("blackhole");
    client.socket.write("lost");
    await expect.poll(() => proxy.stats().droppedUp).toBe(4);
    echo.sockets[0]?.end("lost too");
    await expect.poll(() => proxy.stats().droppedDown).toBe(8);
    expect(client.bytes().toString()).toBe("a");
    expect(client.ended).toBe(false);
    expect(client.closed).toBe(false);
  });

  it("accepts new connections and swallows what they send", async () => {
    await proxy.set("blackhole");
    const client = await newClient();
    client.socket.write("hello");
    await expect.poll(() => proxy.stats().droppedUp).toBe(5);
    expect(echo.sockets).toHaveLength(0);
    expect(client.closed).toBe(false);
  });

  it("leaves caught connections dead after pass, while new ones work", async () => {
    const before = await newClient();
    await before.roundTrip("a");
    await proxy.set("blackhole");
    const during = await newClient();
    await proxy.set("pass");
    before.socket.write("12345");
    during.socket.write("123");
    await expect.poll(() => proxy.stats().droppedUp).toBe(8);
    const after = await newClient();
    await after.roundTrip("hello");
    expect(before.received).toBe(1);
    expect(during.received).toBe(0);
    expect(proxy.stats()).toMatchObject({ connections: 3, bytesUp: 6, bytesDown: 6 });
  });

  it("does not tell the target that a caught client has gone", async () => {
    const client = await newClient();
    await client.roundTrip("a");
    await proxy.set("blackhole");
    client.socket.destroy();
    const probe = await newClient();
    probe.socket.write("later than the end of the first");
    await expect.poll(() => proxy.stats().droppedUp).toBeGreaterThan(0);
    expect(echo.sockets[0]?.readableEnded).toBe(false);
    expect(echo.sockets[0]?.destroyed).toBe(false);
  });
});

describe("reset", () => {
  it("resets both sides of open connections, and new ones", async () => {
    const open = await newClient();
    await open.roundTrip("a");
    const serverError = once(echo.sockets[0] as Socket, "error");
    await proxy.set("reset");
    await expect.poll(() => open.error).toMatchObject({ code: "ECONNRESET" });
    await expect(serverError).resolves.toMatchObject([{ code: "ECONNRESET" }]);
    const fresh = openClient();
    await expect.poll(() => fresh.error).toMatchObject({ code: "ECONNRESET" });
    expect(echo.accepted).toBe(1);
    await proxy.set("pass");
    await (await newClient()).roundTrip("works again");
  });
});

describe("refuse", () => {
  it("refuses new connections and leaves open ones alone", async () => {
    const open = await newClient();
    await open.roundTrip("a");
    await proxy.set("refuse");
    await expect(newClient()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await open.roundTrip("b");
    await proxy.set("pass");
    await (await newClient()).roundTrip("works again, on the same port");
  });
});

describe("latency", () => {
  it("delays each direction by its own time and keeps the order", async () => {
    const client = await newClient();
    await client.roundTrip("a");
    await proxy.set("latency", { upMs: 80, downMs: 40 });
    const begin = performance.now();
    client.socket.write("1");
    client.socket.write("2");
    const up = await when(() => echo.received === 3);
    const down = await when(() => client.received === 3);
    expect(up - begin).toBeGreaterThanOrEqual(79);
    expect(down - begin).toBeGreaterThanOrEqual(119);
    expect(down - begin).toBeLessThan(1_000);
    expect(client.bytes().toString()).toBe("a12");
  });

  it("sends what it holds back at once when the mode changes", async () => {
    const client = await newClient();
    await proxy.set("latency", { upMs: 0, downMs: 60_000 });
    client.socket.write("held");
    await expect.poll(() => echo.received).toBe(4);
    expect(client.received).toBe(0);
    await proxy.set("pass");
    await expect.poll(() => client.bytes().toString()).toBe("held");
  });
});

describe("bandwidth", () => {
  it("keeps to the rate in each direction", async () => {
    const client = await newClient();
    await proxy.set("bandwidth", { bytesPerSecond: 100_000 });
    const begin = performance.now();
    client.socket.write(Buffer.alloc(30_000));
    await when(() => client.received === 30_000);
    const seconds = (performance.now() - begin) / 1_000;
    // 0.3 s less the last piece, which is sent before its time is waited for.
    expect(seconds).toBeGreaterThan(0.28);
    expect(seconds).toBeLessThan(3);
  });
});

describe("slice", () => {
  it("sends pieces of that size, each on its own", async () => {
    const client = await newClient();
    await client.roundTrip("a");
    client.sizes.length = 0;
    await proxy.set("slice", { pieceBytes: 3, gapMs: 5 });
    client.socket.write("0123456789");
    await expect.poll(() => client.bytes().toString()).toBe("a0123456789");
    expect(Math.max(...client.sizes)).toBeLessThanOrEqual(6);
    expect(client.sizes.length).toBeGreaterThanOrEqual(3);
    expect(echo.sizes.length).toBeGreaterThanOrEqual(4);
  });
});

describe("cutAfter", () => {
  it("lets exactly so many bytes to the client and then ends the connection", async () => {
    const client = await newClient();
    await client.roundTrip("before");
    await proxy.set("cutAfter", { bytes: 1_000, direction: "down" });
    client.socket.write(Buffer.alloc(50_000));
    await expect.poll(() => client.closed).toBe(true);
    expect(client.received).toBe(6 + 1_000);
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true);
  });

  it("counts for each connection, in the direction to the target too", async () => {
    await proxy.set("cutAfter", { bytes: 5, direction: "up" });
    for (const total of [5, 10]) {
      const client = await newClient();
      client.socket.write("0123456789");
      await expect.poll(() => client.closed).toBe(true);
      await expect.poll(() => echo.received).toBe(total);
    }
  });

  it("ends connections at once with 0 bytes", async () => {
    await proxy.set("cutAfter", { bytes: 0, direction: "up" });
    const client = await newClient();
    await expect.poll(() => client.closed).toBe(true);
    expect(echo.received).toBe(0);
  });
});

describe("set", () => {
  it("refuses options out of range and names them all", async () => {
    await expect(proxy.set("latency", { upMs: -1, downMs: Number.NaN })).rejects.toThrow(
      "latency: upMs must be a number of at least 0, got -1; downMs must be a number of at least 0, got NaN",
    );
    await expect(proxy.set("bandwidth", { bytesPerSecond: 0 })).rejects.toThrow(RangeError);
    await expect(proxy.set("slice", { pieceBytes: 0 })).rejects.toThrow(RangeError);
    await expect(proxy.set("cutAfter", { bytes: 1, direction: "left" as "up" })).rejects.toThrow(
      `direction must be "up" or "down", got 'left'`,
    );
    await (await newClient()).roundTrip("still pass");
  });
});

describe("close", () => {
  it("ends every connection, dead ones too, frees the port and may be called twice", async () => {
    const dead = await newClient();
    await dead.roundTrip("a");
    await proxy.set("blackhole");
    await proxy.set("pass");
    const alive = await newClient();
    await alive.roundTrip("b");
    await Promise.all([proxy.close(), proxy.close()]);
    await expect.poll(() => dead.closed && alive.closed).toBe(true);
    expect(proxy.stats().connections).toBe(0);
    await expect(newClient()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(proxy.set("pass")).rejects.toThrow("closed");
  });
});

interface EchoServer {
  readonly port: number;
  readonly sockets: readonly Socket[];
  readonly sizes: readonly number[];
  readonly accepted: number;
  readonly received: number;
  close(): Promise<void>;
}

async function echoServer(): Promise<EchoServer> {
  const sockets: Socket[] = [];
  const sizes: number[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {}); // resets are what these tests are about
    socket.on("data", (chunk) => {
      sizes.push(chunk.length);
      socket.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    port,
    sockets,
    sizes,
    get accepted() {
      return sockets.length;
    },
    get received() {
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

class Client {
  readonly socket: Socket;
  readonly sizes: number[] = [];
  readonly #chunks: Buffer[] = [];
  received = 0;
  ended = false;
  closed = false;
  error: Error | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay();
    socket.on("data", (chunk) => {
      this.received += chunk.length;
      this.sizes.push(chunk.length);
      this.#chunks.push(chunk);
    });
    socket.on("end", () => (this.ended = true));
    socket.on("close", () => (this.closed = true));
    socket.on("error", (error) => (this.error = error));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async roundTrip(text: string): Promise<void> {
    const before = this.received;
    this.socket.write(text);
    await vi.waitUntil(() => this.received === before + text.length, { interval: 1 });
  }
}

function openClient({ port = proxy.port, allowHalfOpen = false } = {}): Client {
  const client = new Client(connect({ port, host: "127.0.0.1", allowHalfOpen }));
  clients.push(client);
  return client;
}

async function newClient(options?: { port?: number; allowHalfOpen?: boolean }): Promise<Client> {
  const client = openClient(options);
  await once(client.socket, "connect");
  return client;
}

/** When `condition` came true, as `performance.now()` tells it. */
async function when(condition: () => boolean): Promise<number> {
  await vi.waitUntil(condition, { interval: 1, timeout: 5_000 });
  return performance.now();
}
