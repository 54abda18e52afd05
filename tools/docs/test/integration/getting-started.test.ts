/** docs/getting-started.md, walked as a reader would: its files, its commands, its programs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { freshDatabase } from "../../../../packages/db-pool/test/integration/database.ts";
import { generate } from "../../../../packages/rpc/src/generator/generate.ts";
import { ProjectFolder, blockAfter } from "../../../project-folder.ts";

const page = await readFile(new URL("../../../../docs/getting-started.md", import.meta.url), "utf8");

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function logOf(folder: string): Promise<string> {
  const names = await readdir(join(folder, "logs")).catch(() => []);
  return (await Promise.all(names.map((name) => readFile(join(folder, "logs", name), "utf8")))).join("");
}

it("goes from nothing to a service", async () => {
  const packages = ["core", "resource-pool", "db-pool", "async-logger", "task-scheduler", "rpc"];
  await using project = await ProjectFolder.create(packages);
  const proto = await project.write("links.proto", blockAfter(page, "## 1.", "proto"));
  expect(blockAfter(page, "Make typed code", "sh").trim()).toBe("npx servertech-rpc gen links.proto -o src/gen");
  for (const { path, text } of await generate([proto])) await project.writeTypeScript(`src/gen/${path}`, text);
  await project.writeTypeScript("src/server.ts", blockAfter(page, "## 2.", "typescript"));
  await project.writeTypeScript("src/client.ts", blockAfter(page, "## 3.", "typescript"));
  const env = { MYSQL_URL: await freshDatabase(inject("urls").mysql, "docs_links"), PORT: `${await freePort()}` };
  const server = spawn(process.execPath, project.nodeArguments("src/server.js"), {
    cwd: project.path,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  const exited = once(server, "exit");
  try {
    await expect.poll(() => logOf(project.path), { timeout: 15_000 }).toContain('"msg":"listening"');
    const expected = blockAfter(page, "prints", "");
    expect((await project.run("src/client.js", env)).stdout).toBe(expected);
    expect((await project.run("src/client.js", env)).stdout).toBe(expected.replace("saved", "docs is taken"));
  } finally {
    server.kill("SIGTERM");
  }
  expect(await exited).toEqual([0, null]);
  expect(await logOf(project.path)).toContain('"name":"docs","msg":"saved"');
}, 60_000);
