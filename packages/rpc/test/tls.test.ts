/** TLS: the same calls, and who is let in. */
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { tlsFile } from "../../../tools/tls-files.ts";
import { type CallContext, type ChannelOptions, type ServerOptions, createClient, createServer } from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

const [ca, otherCa, cert, key, clientCert, clientKey] = await Promise.all(
  (["ca.crt", "other-ca.crt", "server.crt", "server.key", "client.crt", "client.key"] as const).map((name) =>
    readFile(tlsFile(name), "utf8"),
  ),
);
const serverTls = { cert, key };

async function start(tls: ServerOptions["tls"], clientTls: ChannelOptions["tls"], options: ServerOptions = {}) {
  const contexts: CallContext[] = [];
  const server = createServer({ ...options, tls }).add(Echo, {
    ...echoHandlers,
    unary(request, context) {
      contexts.push(context);
      return echoHandlers.unary(request, context);
    },
  });
  const { port } = await server.listen();
  const target = `tcp://localhost:${port}`;
  const client = createClient(Echo, { target, connectTimeoutMs: 2_000, tls: clientTls });
  return {
    server,
    client,
    port,
    contexts,
    async [Symbol.asyncDispose]() {
      await client.close({ timeoutMs: 0 });
      await server.close({ timeoutMs: 0 });
      expect(server.stats().connections).toBe(0);
    },
  };
}

describe("tls", () => {
  it("carries all kinds of calls, long messages too", async () => {
    await using ends = await start(serverTls, { ca });
    const data = Buffer.alloc(3_000_000, 7);
    expect(Buffer.compare((await ends.client.unary({ data })).data, data)).toBe(0);
    const many = await Promise.all(Array.from({ length: 200 }, (_, i) => ends.client.unary({ id: `${i}` })));
    expect(many.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
    const call = ends.client.bidi();
    await call.send({ data });
    call.end();
    for await (const reply of call) expect(Buffer.compare(reply.data, data)).toBe(0);
    expect(ends.contexts[0]?.peer).toMatchObject({ authorized: false, certificate: undefined });
    expect(ends.contexts[0]?.peer.address).toMatch(/:\d+$/);
  });

  it("gives the handler the client's certificate with mutual TLS", async () => {
    const mutual = { ...serverTls, ca, requestCert: true, rejectUnauthorized: true };
    await using ends = await start(mutual, { ca, cert: clientCert, key: clientKey });
    await ends.client.unary({});
    expect(ends.contexts[0]?.peer).toMatchObject({
      authorized: true,
      certificate: { subject: { CN: "client of tests" } },
    });
  });

  it("refuses a client without a certificate, and goes on with others", async () => {
    const mutual = { ...serverTls, ca, requestCert: true, rejectUnauthorized: true };
    await using ends = await start(mutual, { ca });
    const error = await ends.client.unary({}, { timeoutMs: 3_000 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 14 });
    const good = createClient(Echo, {
      target: `tcp://localhost:${ends.port}`,
      tls: { ca, cert: clientCert, key: clientKey },
    });
    expect((await good.unary({ id: "x" })).id).toBe("x");
    await good.close();
  });

  it.each([
    ["signed by nobody the client trusts", { ca: otherCa }, "cause.code"],
    ["for another name", { ca, servername: "elsewhere.test" }, "cause.code"],
  ])("refuses a server's certificate that is %s", async (_, tls, where) => {
    await using ends = await start(serverTls, tls);
    const error = await ends.client.unary({}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 14, retryable: true });
    expect(error).toHaveProperty(where, expect.stringMatching(/CERT|ALTNAME|UNABLE/));
  });

  it("takes the server name from the options", async () => {
    await using ends = await start(serverTls, { ca, servername: "chat.test" });
    expect((await ends.client.unary({ id: "x" })).id).toBe("x");
  });

  it("agrees on ttrpc by ALPN", async () => {
    await using ends = await start(serverTls, { ca });
    const socket = connectTls({ port: ends.port, host: "localhost", ca, ALPNProtocols: ["ttrpc"] });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("ttrpc");
    socket.destroy();
  });

  it("counts plain connections to it as failed handshakes, and closes them", async () => {
    await using ends = await start(serverTls, { ca });
    const socket = connectTcp(ends.port, "localhost");
    socket.on("error", () => {}); // a reset is as good
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
    expect(ends.server.stats().rejected.handshakes).toBe(1);
    expect((await ends.client.unary({ id: "x" })).id).toBe("x");
  });

  it("counts a connection over a unix socket once", async () => {
    const path = join(tmpdir(), `servertech-rpc-tls-${process.pid}.sock`);
    await using server = createServer({ tls: serverTls, maxConnections: 2 }).add(Echo, echoHandlers);
    await server.listen({ path });
    const options = { target: `unix://${path}`, tls: { ca, servername: "localhost" }, connectTimeoutMs: 2_000 };
    await using one = createClient(Echo, options);
    expect((await one.unary({ id: "one" })).id).toBe("one");
    await using other = createClient(Echo, options);
    expect((await other.unary({ id: "other" })).id).toBe("other");
    expect(server.stats()).toMatchObject({ connections: 2, rejected: { connections: 0 } });
  });

  it("gives a handshake no longer than frameTimeoutMs", async () => {
    await using ends = await start(serverTls, { ca }, { frameTimeoutMs: 100 });
    const socket = connectTcp(ends.port, "localhost");
    socket.on("error", () => {});
    await once(socket, "connect");
    await once(socket, "close");
    expect(ends.server.stats().rejected.handshakes).toBe(1);
  });

  it("fails a plain client, with the same error as a lost connection", async () => {
    await using ends = await start(serverTls, undefined);
    const error = await ends.client.unary({}, { timeoutMs: 3_000 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 14 });
  });

  it("fails a TLS client of a plain server as a garbled connection", async () => {
    await using ends = await start(undefined, { ca });
    expect(await ends.client.unary({}).catch((reason: unknown) => reason)).toMatchObject({ status: 14 });
    expect(ends.server.stats().rejected.garbage).toBeGreaterThan(0);
  });

  it("names the option when the key is none, and keeps it to itself", async () => {
    const server = createServer({ tls: { cert, key: "not a key" } });
    const error = await server.listen().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "OPTION_INVALID", problems: [{ option: "tls" }] });
    expect(String(error)).not.toContain("not a key");
    await server.close();
  });
});
