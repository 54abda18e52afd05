import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const condition = "@servertech/source";
const nodeMajor = Number(process.versions.node.split(".")[0]);
// Threads and forked children load TypeScript by themselves from Node 24 on; Node 22 strips types but cannot parse `await using`.
const hook = nodeMajor < 24 ? ["--import", new URL("tools/ts-worker-hook.mjs", import.meta.url).href] : [];
const execArgv = [...hook, "--conditions", condition];
const conditions = [condition, "module", "node", "import", "default"];
// vitest hands the conditions of `ssr` to its workers as `--conditions`, and there `require` of a package with both kinds of modules
// would get the wrong one. It reads them from here; what Vite resolves by is a copy of its own.
const plainWorkers = {
  name: "servertech:plain-workers",
  configResolved(config: { ssr: { resolve?: { conditions?: string[] } } }): void {
    config.ssr.resolve = { ...config.ssr.resolve, conditions: [] };
  },
};
const plugins = [plainWorkers];
const fromSource = { plugins, resolve: { conditions: [condition] }, ssr: { resolve: { conditions } } };
const services = ["./tools/services/src/vitest-setup.ts"];
const tests = (folder: string) => [
  `{packages,examples,tools}/*/test/${folder}/**/*.test.ts`,
  `benchmarks/test/${folder}/**/*.test.ts`,
];

const soak = {
  ...fromSource,
  test: {
    name: "soak",
    pool: "forks" as const,
    execArgv,
    include: tests("soak"),
    globalSetup: services,
    testTimeout: 900_000,
    fileParallelism: false,
    sequence: { groupOrder: 3 },
  },
};

export default defineConfig({
  test: {
    // On two cores vitest would run one file at a time; most tests wait for servers and timers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", "./tools/reporter.mjs"],
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
    projects: [
      {
        ...fromSource,
        test: {
          name: "unit",
          pool: "forks",
          execArgv,
          include: ["{packages,examples,tools}/*/test/**/*.test.ts", "benchmarks/test/**/*.test.ts"],
          exclude: ["**/test/{integration,built,e2e,soak}/**", "**/node_modules/**"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...fromSource,
        test: {
          name: "integration",
          pool: "forks",
          execArgv,
          include: tests("integration"),
          globalSetup: services,
          testTimeout: 20_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      // Threads, bins and entries as they ship: no source condition here.
      {
        plugins,
        test: {
          name: "built",
          pool: "forks",
          include: tests("built"),
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...fromSource,
        test: {
          name: "e2e",
          pool: "forks",
          execArgv,
          include: tests("e2e"),
          globalSetup: services,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      ...(process.env.SERVERTECH_SOAK === "1" ? [soak] : []),
    ],
  },
});
