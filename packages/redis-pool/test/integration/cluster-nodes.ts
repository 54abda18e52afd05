import { createRedisPool } from "@servertech/redis-pool";
import { type Server, freePort, startServer } from "@servertech/services";
import { vi } from "vitest";

/** Redis Cluster on loopback: three masters, and a replica of the first. */
export interface ClusterNodes extends AsyncDisposable {
  readonly masters: readonly Server[];
  readonly replica: Server;
}

/** One command to one node, whatever its slots. */
export async function tell(node: Server, ...args: (string | number)[]): Promise<unknown> {
  await using direct = createRedisPool({ url: node.url });
  const [subcommand, ...rest] = args.map(String);
  const cluster = direct.commands.cluster as (this: unknown, ...all: (string | undefined)[]) => Promise<unknown>;
  return await cluster.call(direct.commands, subcommand, ...rest);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const check = async (): Promise<void> => {
    if (!(await condition())) throw new Error("not yet");
  };
  await vi.waitFor(check, { timeout: 20_000, interval: 100 });
}

export async function startCluster(): Promise<ClusterNodes> {
  const ports = await Promise.all(Array.from({ length: 4 }, () => freePort()));
  const nodes = await Promise.all(
    ports.map((bus) =>
      startServer("redis", {
        args: ["--cluster-enabled", "yes", "--cluster-port", String(bus), "--cluster-node-timeout", "1000"],
      }),
    ),
  );
  const [first, second, third, replica] = nodes as [Server, Server, Server, Server];
  const masters = [first, second, third];
  await Promise.all(
    masters.map((node, n) =>
      tell(node, "ADDSLOTSRANGE", Math.ceil((n * 16_384) / 3), Math.ceil(((n + 1) * 16_384) / 3) - 1),
    ),
  );
  for (const [n, node] of nodes.entries())
    if (n > 0) await tell(first, "MEET", "127.0.0.1", node.port, ports[n] as number);
  for (const node of nodes) await until(async () => String(await tell(node, "INFO")).includes("cluster_known_nodes:4"));
  const firstId = String(await tell(first, "MYID"));
  await until(async () => (await tell(replica, "REPLICATE", firstId)) === "OK");
  for (const node of nodes) {
    await until(async () => String(await tell(node, "INFO")).includes("cluster_state:ok"));
    await until(async () => JSON.stringify(await tell(node, "SLOTS")).includes(`${replica.port},`));
  }
  return {
    masters,
    replica,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
