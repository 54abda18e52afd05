import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataLock } from "../src/data-lock.ts";
import { processState } from "../src/process-state.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = new TemporaryFolder();
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  folder[Symbol.dispose]();
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** A process that does nothing until it is ended. */
function sleeper(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["60"]) as ChildProcess & { pid: number };
  children.push(child);
  return child;
}

async function deadPid(): Promise<number> {
  const child = sleeper();
  await end(child);
  return child.pid;
}

interface Holder {
  pid: number;
  started?: string;
  servers?: { pid: number; started: string }[];
}

function writeLock(holder: Holder, path = folder.path): void {
  writeFileSync(join(path, "lock"), JSON.stringify({ started: "", url: "", servers: [], ...holder }));
}

describe("acquire", () => {
  it("writes who holds the folder and leaves nothing else", async () => {
    const lock = await DataLock.acquire(folder.path);
    lock.setServers([process.pid]);
    lock.setUrl("http://localhost:8081/");
    expect(folder.entries()).toEqual(["lock"]);
    const self = { pid: process.pid, started: processState(process.pid)?.started };
    const text = readFileSync(join(folder.path, "lock"), "utf8");
    expect(JSON.parse(text)).toEqual({ ...self, url: "http://localhost:8081/", servers: [self] });
    lock.release();
    lock.release();
    expect(folder.entries()).toEqual([]);
  });

  it("refuses while the holder lives", async () => {
    const { pid } = sleeper();
    writeLock({ pid, started: processState(pid)?.started ?? "" });
    await expect(DataLock.acquire(folder.path)).rejects.toMatchObject({
      code: "SERVICE_DATA_IN_USE",
      message: `${folder.path} is in use by process ${pid}`,
    });
    expect(folder.entries()).toEqual(["lock"]);
  });

  it("takes over from a process that is gone", async () => {
    writeLock({ pid: await deadPid() });
    const lock = await DataLock.acquire(folder.path);
    expect(readFileSync(join(folder.path, "lock"), "utf8")).toContain(`"pid":${process.pid},`);
    lock.release();
  });

  it("takes over when another process has got the holder's id since", async () => {
    writeLock({ pid: sleeper().pid, started: "long ago" });
    (await DataLock.acquire(folder.path)).release();
    expect(folder.entries()).toEqual([]);
  });

  it.each(["", "\0\0\0\0", '{"pid":4', "null", "[]", '{"pid":"1","started":"","servers":[]}'])(
    "takes over from a lock that a power cut has left as %j",
    async (text) => {
      writeFileSync(join(folder.path, "lock"), text);
      const lock = await DataLock.acquire(folder.path);
      expect(readFileSync(join(folder.path, "lock"), "utf8")).toContain(`"pid":${process.pid},`);
      lock.release();
      expect(folder.entries()).toEqual([]);
    },
  );

  it("waits until the servers of a dead holder are gone", async () => {
    const server = sleeper();
    writeLock({
      pid: await deadPid(),
      servers: [{ pid: server.pid, started: processState(server.pid)?.started ?? "" }],
    });
    const taken = vi.fn<(lock: DataLock) => void>();
    const taking = DataLock.acquire(folder.path).then(taken);
    await vi.waitUntil(() => folder.entries().length === 2); // it has looked and waits
    expect(taken).not.toHaveBeenCalled();
    await end(server);
    await taking;
    expect(taken).toHaveBeenCalledOnce();
  });

  it("removes a guard that a killed process has left", async () => {
    writeLock({ pid: await deadPid() });
    writeFileSync(join(folder.path, "lock.guard"), "");
    utimesSync(join(folder.path, "lock.guard"), 0, 0);
    (await DataLock.acquire(folder.path)).release();
    expect(folder.entries()).toEqual([]);
  });

  it("goes to exactly one of several that take over at once", { timeout: 20_000 }, async () => {
    const file = fileURLToPath(new URL("lock-taker.ts", import.meta.url));
    for (let left = 4; left > 0; left -= 1) children.push(fork(file));
    const takers = children.slice(-4);
    await Promise.all(takers.map((child) => once(child, "message")));
    for (let round = 0; round < 20; round += 1) {
      using data = new TemporaryFolder();
      if (round % 2 === 0) writeLock({ pid: await deadPid() }, data.path);
      else writeFileSync(join(data.path, "lock"), "");
      const answers = Promise.all(takers.map(async (child) => ((await once(child, "message")) as [string])[0]));
      for (const child of takers) child.send(data.path);
      expect((await answers).toSorted()).toEqual([...Array<string>(3).fill("SERVICE_DATA_IN_USE"), "taken"]);
    }
  });
});
