/**
 * Calls of all kinds for 10 minutes (SERVERTECH_SOAK_MINUTES says otherwise) through a network that breaks off now and then,
 * a third of them given up: in the end streams, windows, counts and the heap are back where they were.
 */
import { createProxy } from "@servertech/services";
import { expect, it } from "vitest";
import { createClient } from "../../src/index.ts";
import { LoopLag } from "../faults/loop-lag.ts";
import { RandomCalls, faultyServer } from "../faults/random-calls.ts";
import { Random } from "../fuzz/random.ts";
import { Echo } from "../echo-service.ts";
import { heapBytes, pause } from "./heap.ts";

const MINUTES = Number(process.env.SERVERTECH_SOAK_MINUTES ?? 10);
const WARM_UP_MS = Math.min(30_000, MINUTES * 6_000);
const MiB = 1 << 20;

it("leaves nothing behind", { timeout: MINUTES * 60_000 + 60_000 }, async () => {
  const random = new Random(Date.now());
  using lag = new LoopLag();
  await using server = faultyServer();
  const { port } = await server.listen();
  await using proxy = await createProxy({ target: port });
  const client = createClient(Echo, {
    target: `tcp://${proxy.address}`,
    keepalive: { intervalMs: 1_000, timeoutMs: 200 },
    connectTimeoutMs: 200,
  });
  const calls = new RandomCalls(client, random, lag);

  async function run(ms: number): Promise<void> {
    const until = performance.now() + ms;
    const callers = Array.from({ length: 30 }, async () => {
      while (performance.now() < until) await calls.one(200);
    });
    while (performance.now() < until) {
      await pause(500 + random.below(2_000));
      if (random.chance(0.5)) await proxy.set("reset");
      else await proxy.set("cutAfter", { bytes: random.below(50_000), direction: "down" });
      await pause(random.below(50));
      await proxy.set("pass");
    }
    await Promise.all(callers);
  }

  await run(WARM_UP_MS);
  await expect.poll(() => server.stats().inFlight, { timeout: 10_000 }).toBe(0);
  const before = await heapBytes();
  await run(MINUTES * 60_000 - WARM_UP_MS);
  await expect.poll(() => server.stats().inFlight, { timeout: 10_000 }).toBe(0);
  expect(client.stats()).toMatchObject({ inFlight: 0 });
  const { ok, failed, aborted } = calls.outcomes;
  expect((failed + aborted) / (ok + failed + aborted)).toBeGreaterThan(0.2);
  expect((await heapBytes()) - before).toBeLessThan(8 * MiB);

  // The windows of a connection that has lived through all this are whole: more than they are goes through at once.
  const data = Buffer.alloc(MiB);
  await client.ready();
  const call = client.bidi({ timeoutMs: 30_000 });
  const sent = (async () => {
    for (let i = 0; i < 40; i++) await call.send({ data });
    call.end();
  })();
  let got = 0;
  for await (const message of call) got += message.data.length;
  await sent;
  expect(got).toBe(40 * MiB);
  await client.close();
  await expect.poll(() => server.stats(), { timeout: 10_000 }).toMatchObject({ connections: 0, inFlight: 0 });
  expect(client.stats()).toMatchObject({ inFlight: 0, connections: 0 });
});
