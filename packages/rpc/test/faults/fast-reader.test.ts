/** A stream to a peer that takes all at once, from a handler that awaits nothing: everybody else is served, too. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createClient, createServer } from "../../src/index.ts";
import { textField } from "../../src/wire/fields.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { frame } from "../raw-peer.ts";

/** Runs beside this thread, as fast as it can. It speaks plain ttrpc: no window holds the server back. */
const READER = `
  const { connect } = require("node:net");
  const { workerData } = require("node:worker_threads");
  const socket = connect(workerData.port, "127.0.0.1", () => socket.write(workerData.request));
  socket.on("data", () => {});
`;

it("lets the process go on", { timeout: 30_000 }, async () => {
  const data = Buffer.alloc(1_000);
  let yielded = 0;
  let inTurn = 0;
  let mostInTurn = 0;
  await using server = createServer().add(Echo, {
    ...echoHandlers,
    async *serverStream() {
      for (;;) {
        yielded += 1;
        mostInTurn = Math.max(mostInTurn, ++inTurn);
        if (mostInTurn > 100_000) return; // else this test could not end
        yield { data };
      }
    },
  });
  const { port } = await server.listen();
  await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
  await client.ready();
  let turns = setImmediate(function turn() {
    inTurn = 0;
    turns = setImmediate(turn);
  });
  const body = Buffer.concat([textField(1, Echo.name), textField(2, "ServerStream")]);
  const request = frame({ stream: 1, type: 1, flags: 1, body });
  const reader = new Worker(READER, { eval: true, workerData: { port, request } });
  try {
    await once(reader, "online");
    await expect.poll(() => yielded).toBeGreaterThan(0);
    const others = async () => {
      const { id } = await client.unary({ id: "beside" });
      return id === "beside" && mostInTurn < 2_000 && yielded > 300_000;
    };
    await expect.poll(others, { interval: 1, timeout: 20_000 }).toBe(true);
  } finally {
    clearImmediate(turns);
    await reader.terminate();
  }
});
