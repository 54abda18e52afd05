/** How much each entry adds to a bundle: minified and gzipped, its dependencies of this workspace included, others left out. */
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./run/root.mjs";

/** Limits in bytes. Raise one only with the reason in the commit. */
const LIMITS = {
  "core/src/index.ts": 5_500,
  "resource-pool/src/index.ts": 10_000,
  "resource-pool/src/otel/index.ts": 4_000,
  "db-pool/src/index.ts": 27_000,
  "db-pool/src/otel/index.ts": 5_000,
  "redis-pool/src/index.ts": 24_000,
  "redis-pool/src/otel/index.ts": 4_000,
  "task-scheduler/src/index.ts": 27_000,
  "task-scheduler/src/bullmq/index.ts": 8_000,
  "task-scheduler/src/otel/index.ts": 4_000,
  "task-scheduler/src/testing/index.ts": 5_500,
  "task-scheduler/src/esbuild/index.ts": 3_000,
  "async-logger/src/index.ts": 19_500,
  "rpc/src/index.ts": 100_000,
  "rpc/src/zookeeper/index.ts": 20_000,
  "rpc/src/otel/index.ts": 12_000,
};

let failed = 0;
for (const entry of entriesWithoutLimit()) {
  failed += 1;
  process.stdout.write(`NO LIMIT ${entry}: give it one in tools/check-size.mjs\n`);
}
for (const [entry, limit] of Object.entries(LIMITS)) {
  const result = await build({
    entryPoints: [join(root, "packages", entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [{ name: "own-only", setup: keepOwn }],
  });
  const bytes = gzipSync(result.outputFiles[0].contents).length;
  const fits = bytes <= limit;
  if (!fits) failed += 1;
  process.stdout.write(`${fits ? "ok      " : "TOO BIG "} ${entry}: ${bytes} of ${limit} bytes\n`);
}
process.exitCode = failed > 0 ? 1 : 0;

/** The sources of entries that packages have in their exports and the table does not. */
function entriesWithoutLimit() {
  const entries = readdirSync(join(root, "packages")).flatMap((name) => {
    const { exports } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    const sources = Object.values(exports).map((target) => target["@servertech/source"]);
    return sources.filter(Boolean).map((source) => posix.join(name, source));
  });
  return entries.filter((entry) => !Object.hasOwn(LIMITS, entry));
}

/** Leaves out what is installed from elsewhere. */
function keepOwn({ onResolve }) {
  onResolve({ filter: /^[^./]/ }, ({ path }) =>
    path.startsWith("@servertech/") ? undefined : { path, external: true },
  );
}
