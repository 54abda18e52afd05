/**
 * Lets Node 20 and 22 load TypeScript files: in threads and child processes of tests, and in benchmarks.
 * Use: `node --import ./tools/ts-worker-hook.mjs file.ts`. Threads and forked children inherit it by `execArgv`.
 */
import { register } from "node:module";

register("./ts-loader.mjs", import.meta.url);
