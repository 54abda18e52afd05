import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Makes `globalThis.gc` callable, so that each round begins with a clean heap. */
export function exposeGc(): void {
  setFlagsFromString("--expose-gc");
  globalThis.gc ??= runInNewContext("gc") as NodeJS.GCFunction;
}
