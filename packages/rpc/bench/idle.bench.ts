/**
 * What do connections cost on which nothing is called? Memory for each and CPU time for all, at the client and at the server, with
 * keepalive as it is by default. Each connection is a client of its own.
 */
import { type Measured, type Round, type SetupContext, type ServerProcess, compare } from "@servertech/benchmarks";
import { createClient } from "@servertech/rpc";
import { setTimeout as sleep } from "node:timers/promises";
import { FrameClient } from "./frame-socket.ts";
import { Echo } from "./fixtures/echo.ts";

const CONNECTIONS = 10_000;
const SMOKE_CONNECTIONS = 50;
/** What a process has open besides. */
const OTHER_FILES = 500;
const OPENED_AT_ONCE = 100;
/** A round sees one keepalive of each connection. */
const KEEPALIVE_INTERVAL_MS = 10_000;

interface Idle {
  close(): unknown;
}

/** As many as are asked for, or as this system lets a process open. */
function connectionCount(smoke: boolean): number {
  const { userLimits } = process.report.getReport() as unknown as { userLimits?: { open_files?: { soft?: number } } };
  const files = Number(userLimits?.open_files?.soft);
  const wanted = smoke ? SMOKE_CONNECTIONS : CONNECTIONS;
  return Number.isNaN(files) ? wanted : Math.min(wanted, files - OTHER_FILES);
}

async function openMany(count: number, open: () => Promise<Idle>): Promise<Idle[]> {
  const opened: Idle[] = [];
  while (opened.length < count) {
    const batch = Math.min(OPENED_AT_ONCE, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: batch }, open))));
  }
  return opened;
}

/** In percent of one core. `us` are microseconds of CPU time. */
function percent(us: number, elapsedMs: number): number {
  return us / 10 / elapsedMs;
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function cpuShares(server: ServerProcess<unknown>, durationMs: number): Promise<Record<string, number>> {
  const begin = performance.now();
  const own = ownCpuUs();
  const { cpuUs } = await server.usage();
  await sleep(durationMs);
  const serverCpuUs = (await server.usage()).cpuUs - cpuUs;
  const elapsedMs = performance.now() - begin;
  return {
    clientCpuPercent: percent(ownCpuUs() - own, elapsedMs),
    serverCpuPercent: percent(serverCpuUs, elapsedMs),
  };
}

async function idle(
  server: ServerProcess<unknown>,
  open: () => Promise<Idle>,
  { smoke }: SetupContext,
  mostMs = Infinity,
) {
  const rss = async () => {
    globalThis.gc?.();
    return { own: process.memoryUsage.rss(), server: (await server.usage()).rssMiB * 2 ** 20 };
  };
  // What the first ones load belongs to no connection.
  const first = await openMany(OPENED_AT_ONCE / 10, open);
  const connections = connectionCount(smoke);
  const before = await rss();
  const opened = await openMany(connections, open);
  const after = await rss();
  const clientKiBEach = (after.own - before.own) / connections / 1024;
  const serverKiBEach = (after.server - before.server) / connections / 1024;
  return {
    async round({ durationMs }: Round): Promise<Measured> {
      const shares = await cpuShares(server, Math.min(durationMs, mostMs));
      return {
        operations: connections,
        value: clientKiBEach + serverKiBEach,
        metrics: { connections, clientKiBEach, serverKiBEach, ...shares },
      };
    },
    async close() {
      await Promise.all([...first, ...opened].map((connection) => connection.close()));
    },
  };
}

export default compare({
  question: "What do connections cost on which nothing is called?",
  unit: "KiB/connection",
  isolate: true,
  rounds: 2,
  roundMs: KEEPALIVE_INTERVAL_MS,
  // What opening them leaves to the garbage collector belongs to no idle connection.
  warmUpMs: KEEPALIVE_INTERVAL_MS,
  contenders: [
    {
      name: "@servertech/rpc",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/rpc.ts", import.meta.url));
        const target = `tcp://127.0.0.1:${server.address.port}`;
        const open = async () => {
          const client = createClient(Echo, { target });
          await client.ready();
          return client;
        };
        return idle(server, open, context);
      },
    },
    {
      name: "raw TCP frames",
      async setup(_, context) {
        const server = await context.serverProcess<{ port: number }>(new URL("servers/raw.ts", import.meta.url));
        // Nothing happens on these, which a second shows as well.
        return idle(server, () => FrameClient.connect(server.address.port), context, 1_000);
      },
    },
  ],
  limits: [
    { metric: "clientKiBEach", bound: "<=", goal: 20 },
    { metric: "serverKiBEach", bound: "<=", goal: 20 },
    { metric: "clientCpuPercent", bound: "<=", goal: 1 },
    { metric: "serverCpuPercent", bound: "<=", goal: 1 },
  ],
});
