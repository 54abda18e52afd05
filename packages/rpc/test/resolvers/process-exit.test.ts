import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createServer } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("idle-child.ts", import.meta.url));

describe("a process with a client that nobody closes ends by itself", () => {
  it.each(["dns", "file"])(
    "with a %s target",
    async (kind) => {
      const directory = await mkdtemp(join(tmpdir(), "servertech-rpc-"));
      await using server = createServer().add(Echo, echoHandlers);
      const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
      const path = join(directory, "endpoints.json");
      await writeFile(path, JSON.stringify([{ host: "127.0.0.1", port }]));
      const more = kind === "file" ? [path] : [];
      const ended = run(process.execPath, [...process.execArgv, script, String(port), ...more], { timeout: 20_000 });
      expect(await ended).toEqual({ stdout: "done", stderr: "" });
      await rm(directory, { recursive: true });
    },
    25_000,
  );
});
