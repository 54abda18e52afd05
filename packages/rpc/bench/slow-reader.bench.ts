/**
 * How much memory does a slow reader cost? A server stream of 1 GiB is offered as fast as it goes; the reader takes all of it,
 * but rests often. Both processes are looked at while it goes. What counts is growth beyond what both have after a reader that never
 * rests took a quarter of that: messages are garbage once they are read, and the heap that this takes is no slow reader's doing.
 */
import { type Measured, type Round, type SetupContext, compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { setTimeout as sleep } from "node:timers/promises";
import type { Text } from "./echoes.ts";
import type { FeedRequest } from "./feed.ts";
import { Echo } from "./fixtures/echo.ts";
import { connectGrpc } from "./grpc-echo.ts";

const MESSAGE_BYTES = 16 * 1024;
const OFFERED_BYTES = 2 ** 30;
const WARM_UP_BYTES = 2 ** 28;
const SMOKE_BYTES = 2 ** 22;
const REST_EVERY_BYTES = 2 ** 23;
const REST_MS = 15;
const LOOK_EVERY_MS = 25;

type Feed = (request: FeedRequest) => AsyncIterable<Text>;

async function take(feed: Feed, bytes: number, restMs: number): Promise<void> {
  const messages = bytes / MESSAGE_BYTES;
  const messagesPerRest = REST_EVERY_BYTES / MESSAGE_BYTES;
  let taken = 0;
  for await (const { text } of feed({ bytes: MESSAGE_BYTES, messages })) {
    if (text.length !== MESSAGE_BYTES) throw new Error(`a message has ${text.length} characters`);
    taken += 1;
    if (restMs > 0 && taken % messagesPerRest === 0) await sleep(restMs);
  }
  if (taken !== messages) throw new Error(`${taken} of ${messages} messages came`);
}

/** The most memory that a process has while what `begin` began goes on, beyond what it had at first, in MiB. */
async function growthDuring(
  begin: () => Promise<unknown>,
  reads: readonly (() => Promise<number>)[],
): Promise<number[]> {
  const look = () => Promise.all(reads.map((read) => read()));
  const before = await look();
  const work = begin().then(() => true);
  let most = before;
  let done = false;
  while (!done) {
    done = await Promise.race([work, sleep(LOOK_EVERY_MS, false)]);
    const now = await look();
    most = most.map((rss, index) => Math.max(rss, now[index] ?? 0));
  }
  return most.map((rss, index) => rss - (before[index] ?? 0));
}

async function slowReader(feed: Feed, serverRss: () => Promise<number>, { smoke }: SetupContext) {
  await take(feed, smoke ? SMOKE_BYTES : WARM_UP_BYTES, 0);
  return async (round: Round): Promise<Measured> => {
    const ownRss = async () => process.memoryUsage.rss() / 2 ** 20;
    const bytes = round.smoke ? SMOKE_BYTES : OFFERED_BYTES;
    const [readerMiB = 0, serverMiB = 0] = await growthDuring(() => take(feed, bytes, REST_MS), [ownRss, serverRss]);
    return {
      operations: bytes / MESSAGE_BYTES,
      value: Math.max(readerMiB, serverMiB),
      metrics: { readerGrowthMiB: readerMiB, serverGrowthMiB: serverMiB },
    };
  };
}

export default compare({
  question: "How much memory does a slow reader cost?",
  unit: "MiB more",
  isolate: true,
  rounds: 2,
  warmUpMs: 0,
  contenders: [
    {
      name: "@servertech/rpc",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/rpc.ts", import.meta.url));
        const client = createClient(Echo, { target: `tcp://127.0.0.1:${server.address.port}` });
        const serverRss = async () => (await server.usage()).rssMiB;
        return {
          round: await slowReader((request) => client.feed(request), serverRss, context),
          close: () => client.close(),
        };
      },
    },
    {
      name: "@grpc/grpc-js",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/grpc-js.ts", import.meta.url));
        const client = connectGrpc(server.address.port);
        const serverRss = async () => (await server.usage()).rssMiB;
        return {
          round: await slowReader((request) => client.Feed(request), serverRss, context),
          close: () => client.close(),
        };
      },
    },
  ],
  limits: [
    { metric: "readerGrowthMiB", bound: "<=", goal: 32 },
    { metric: "serverGrowthMiB", bound: "<=", goal: 32 },
  ],
});
