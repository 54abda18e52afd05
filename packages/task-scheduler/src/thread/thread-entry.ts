import { serve } from "./thread-main.ts";
import type { ThreadData } from "./protocol.ts";

/** The one parameter of the function that this file becomes: `import()` needs a module to be called from. */
declare const importFile: (url: string) => Promise<unknown>;

const threads = process.getBuiltinModule("node:worker_threads");
if (threads.parentPort !== null) serve(threads.parentPort, threads.workerData as ThreadData, importFile);
