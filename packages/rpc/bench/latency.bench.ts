/**
 * How long do the slowest calls take at half load? Calls of 100 bytes begin at a fixed rate, half of what the contender itself can
 * do, however long the others take; each is timed from when it should have begun.
 */
import { LatencyHistogram, type Measured, type Round, type SetupContext, compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { echoes } from "./echoes.ts";
import { FrameClient, bodyFor } from "./frame-socket.ts";
import { Echo } from "./fixtures/echo.ts";

const BYTES = 100;
const IN_FLIGHT = 64;
const LOAD = 0.5;

type Call = () => Promise<unknown>;

/** Calls per second with 64 in flight. */
async function capacity(call: Call, durationMs: number): Promise<number> {
  let calls = 0;
  const begin = performance.now();
  const loop = async () => {
    while (performance.now() - begin < durationMs) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  return (calls / (performance.now() - begin)) * 1e3;
}

/**
 * Begins each call when it is due. It never sleeps, since a timer is late by more than a call takes; so its CPU time says
 * nothing.
 */
function openLoop(call: Call, perSecond: number, durationMs: number): Promise<LatencyHistogram> {
  const latencies = new LatencyHistogram();
  const gapMs = 1e3 / perSecond;
  const total = Math.max(1, Math.floor(durationMs / gapMs));
  return new Promise((resolve, reject) => {
    let begun = 0;
    const begin = performance.now();
    const start = async (dueAt: number) => {
      await call();
      latencies.record((performance.now() - dueAt) * 1e3);
      if (latencies.total === total) resolve(latencies);
    };
    const turn = () => {
      const due = Math.min(total, Math.floor((performance.now() - begin) / gapMs) + 1);
      for (; begun < due; begun += 1) start(begin + begun * gapMs).catch(reject);
      if (begun < total) setImmediate(turn);
    };
    turn();
  });
}

async function atHalfLoad(call: Call, { smoke }: SetupContext): Promise<(round: Round) => Promise<Measured>> {
  const capacityMs = smoke ? 50 : 1_000;
  // The first one is the warm-up.
  await capacity(call, capacityMs);
  const perSecond = LOAD * (await capacity(call, capacityMs));
  return async ({ durationMs }) => {
    const latencies = await openLoop(call, perSecond, durationMs);
    return { operations: latencies.total, value: latencies.quantile(0.99), latencies, metrics: { perSecond } };
  };
}

export default compare({
  question: "How long do the slowest calls take at half load?",
  unit: "us at p99",
  isolate: true,
  rounds: 5,
  roundMs: 1_000,
  warmUpMs: 500,
  contenders: [
    {
      name: "@servertech/rpc",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/rpc.ts", import.meta.url));
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.address.port}` });
        await client.ready();
        const call = echoes(BYTES, (request) => client.unary(request));
        return { round: await atHalfLoad(call, context), close: () => client.close() };
      },
    },
    {
      name: "raw TCP frames",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/raw.ts", import.meta.url));
        const client = await FrameClient.connect(server.address.port);
        const body = bodyFor(BYTES);
        return { round: await atHalfLoad(() => client.call(body), context), close: () => client.close() };
      },
    },
  ],
  goals: [{ against: "raw TCP frames", bound: "<=", goal: 2 }],
});
