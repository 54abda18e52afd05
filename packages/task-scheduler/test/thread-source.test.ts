import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("the threads' program is made of the sources as they are: node tools/inline-thread.mjs", async () => {
  const tool = fileURLToPath(new URL("../tools/inline-thread.mjs", import.meta.url));
  await expect(promisify(execFile)(process.execPath, [tool, "--check"])).resolves.toMatchObject({ stderr: "" });
});
