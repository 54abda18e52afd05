/** A process that begins to fill a folder, says so, and never ends. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fillAside } from "../src/fill-aside.ts";

// Holds on as long as the parent does.
process.on("disconnect", () => process.exit());
const [, , folder = ""] = process.argv;
await fillAside(folder, async (draft) => {
  mkdirSync(join(draft, "half"));
  process.send?.("half");
  await new Promise(() => {});
});
