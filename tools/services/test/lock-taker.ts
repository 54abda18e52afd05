/** A process that asks for the lock of a folder, tells its parent what came of it, and holds on as long as the parent does. */
import { DataLock } from "../src/data-lock.ts";
import type { ServiceError } from "../src/index.ts";

process.on("disconnect", () => process.exit());
process.on("message", (folder: string) => {
  void DataLock.acquire(folder).then(
    () => process.send?.("taken"),
    (error: ServiceError) => process.send?.(error.code),
  );
});
process.send?.("ready");
