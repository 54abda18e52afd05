import { build } from "./build.mjs";
import { runShown } from "./child.mjs";
import { ensureServers, environmentOf, startServers } from "./servers.mjs";
import { throwIfStopping } from "./stop.mjs";

// Later ones load TypeScript by themselves, `await using` included.
const LOADS_TYPESCRIPT = 24;

/** `npm run bench`: the harness in benchmarks/, against what is built. */
export async function benchMode(args) {
  await build();
  await ensureServers();
  const servers = await startServers();
  try {
    const hook =
      Number(process.versions.node.split(".")[0]) < LOADS_TYPESCRIPT ? ["--import", "./tools/ts-worker-hook.mjs"] : [];
    const status = await runShown([...hook, "benchmarks/src/main.ts", ...args], environmentOf(servers));
    throwIfStopping();
    return status;
  } finally {
    await servers.stop();
  }
}
