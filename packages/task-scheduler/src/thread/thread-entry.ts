import type { MessagePort } from "node:worker_threads";
import type { ThreadData } from "./protocol.ts";
import { serve } from "./serve.ts";

/** The one parameter of the function that this file becomes: `import()` needs a module to be called from. */
declare const importFile: (url: string) => Promise<unknown>;

const threads = process.getBuiltinModule("node:worker_threads");
// Who starts this thread gives it its port, too.
const { port, ...data } = threads.workerData as ThreadData & { readonly port: MessagePort };
serve(port, threads.receiveMessageOnPort, data, importFile);
