import { silentLogger } from "@servertech/core";
import { mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient, createServer } from "../../src/index.ts";
import { FileResolver } from "../../src/resolvers/file-resolver.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { LogKeeper, Watching, until } from "./watching.ts";

const WARNING = "warn a file of RPC endpoints is gone or wrong; its last list stays";
const RELIEF = "info a file of RPC endpoints is good again";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "servertech-rpc-"));
  path = join(directory, "endpoints.json");
  await writeFile(path, list("a"));
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true });
});

function list(...hosts: string[]): string {
  return JSON.stringify(hosts.map((host) => ({ host, port: 1 })));
}

describe("a change", () => {
  it("is told, in place, by rename, and after the file was gone", async () => {
    const logger = new LogKeeper();
    await using watching = new Watching(new FileResolver(path, logger));
    await watching.has(1);
    await writeFile(path, list("b"));
    await watching.has(2);
    await writeFile(`${path}.new`, list("c"));
    await rename(`${path}.new`, path);
    await watching.has(3);
    await unlink(path);
    await until("the warning", () => logger.lines.length === 1);
    await writeFile(path, list("d"));
    await watching.has(4);
    await writeFile(path, list("e"));
    await watching.has(5);
    expect(watching.ids).toEqual([["a:1"], ["b:1"], ["c:1"], ["d:1"], ["e:1"]]);
    expect(logger.lines).toEqual([WARNING, RELIEF]);
  });

  it("is told when a link to its directory is turned, as Kubernetes does", async () => {
    await mkdir(join(directory, "v1"));
    await mkdir(join(directory, "v2"));
    await writeFile(join(directory, "v1", "x.json"), list("a"));
    await writeFile(join(directory, "v2", "x.json"), list("b"));
    await symlink("v1", join(directory, "..data"));
    await symlink("..data/x.json", join(directory, "x.json"));
    await using watching = new Watching(new FileResolver(join(directory, "x.json"), silentLogger));
    await watching.has(1);
    await symlink("v2", join(directory, "..tmp"));
    await rename(join(directory, "..tmp"), join(directory, "..data"));
    await watching.has(2);
    expect(watching.ids).toEqual([["a:1"], ["b:1"]]);
  });

  it("is told when the whole directory was replaced, by a look every 5 s and then by its watch again", async () => {
    const inner = join(directory, "inner");
    const file = join(inner, "x.json");
    await mkdir(inner);
    await writeFile(file, list("a"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using watching = new Watching(new FileResolver(file, silentLogger));
    await watching.has(1);
    await rm(inner, { recursive: true });
    await mkdir(inner);
    await writeFile(file, list("b"));
    await until("the new list", () => {
      vi.advanceTimersByTime(1_000);
      return watching.lists.length === 2;
    });
    await writeFile(file, list("c"));
    let passedMs = 0;
    await until("the list after it", () => {
      passedMs += 1;
      vi.advanceTimersByTime(1);
      return watching.lists.length === 3;
    });
    expect(passedMs).toBeLessThan(5_000);
    expect(watching.ids).toEqual([["a:1"], ["b:1"], ["c:1"]]);
  });

  it("is looked for when a connect failed, where the file system does not tell", async () => {
    // The link's directory hears nothing of the file behind it.
    await mkdir(join(directory, "link"));
    await symlink(path, join(directory, "link", "x.json"));
    const target = new FileResolver(join(directory, "link", "x.json"), silentLogger);
    await using watching = new Watching(target);
    await watching.has(1);
    await writeFile(path, list("b"));
    target.refresh();
    await watching.has(2);
    expect(watching.ids[1]).toEqual(["b:1"]);
  });

  it("of the text alone is none", async () => {
    const target = new FileResolver(path, silentLogger);
    await using watching = new Watching(target);
    await watching.has(1);
    await writeFile(path, `\n${list("a")}`);
    await writeFile(join(directory, "other"), "");
    target.refresh();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watching.lists).toHaveLength(1);
  });
});

describe("a wrong file", () => {
  it.each([
    ["no JSON", "[{"],
    ["cut to nothing", ""],
    ["no array", `{"host":"a","port":1}`],
    ["a port out of range", `[{"host":"a","port":65536}]`],
  ])("(%s) keeps the last list, and is logged once until it is good again", async (_, text) => {
    const logger = new LogKeeper();
    const target = new FileResolver(path, logger);
    await using watching = new Watching(target);
    await watching.has(1);
    await writeFile(path, text);
    await until("the warning", () => logger.lines.length === 1);
    await writeFile(path, `${text} `);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watching.ended).toBe(false);
    await writeFile(path, list("b"));
    await watching.has(2);
    expect(watching.ids).toEqual([["a:1"], ["b:1"]]);
    expect(logger.lines).toEqual([WARNING, RELIEF]);
  });

  it("of more than 4 MiB is not read", async () => {
    const logger = new LogKeeper();
    await using watching = new Watching(new FileResolver(path, logger));
    await watching.has(1);
    await truncate(path, (4 << 20) + 1);
    await until("the warning", () => logger.lines.length === 1);
    expect(watching.lists).toHaveLength(1);
  });

  it.each(["missing", "a directory", "wrong"])(
    "from the beginning (%s) ends the watch with its error",
    async (what) => {
      if (what !== "wrong") await unlink(path);
      if (what === "a directory") await mkdir(path);
      if (what === "wrong") await writeFile(path, "{");
      await using watching = new Watching(new FileResolver(path, silentLogger));
      await until("the end", () => watching.ended);
      expect(watching.error).toBeInstanceOf(Error);
      expect(watching.lists).toEqual([]);
    },
  );

  it("that is an empty list is not wrong", async () => {
    await writeFile(path, "[]");
    await using watching = new Watching(new FileResolver(path, silentLogger));
    await watching.has(1);
    expect(watching.lists).toEqual([[]]);
  });
});

it("ends at once with its signal, and leaves no watch behind", async () => {
  const before = watches();
  const target = new FileResolver(path, silentLogger);
  for (let turn = 0; turn < 20; turn++) {
    const early = new Watching(target);
    await early[Symbol.asyncDispose]();
    expect(early.error).toBeUndefined();
    const later = new Watching(target);
    await later.has(1);
    await later[Symbol.asyncDispose]();
    expect(later.error).toBeUndefined();
  }
  await until("no watches", () => watches() === before);
});

function watches(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length;
}

it("names the servers of a client, which notices that they moved", async () => {
  await using first = createServer().add(Echo, echoHandlers);
  await using second = createServer().add(Echo, echoHandlers);
  const ports = await Promise.all([first, second].map((each) => each.listen({ host: "127.0.0.1", port: 0 })));
  const text = (index: number) => JSON.stringify([{ id: "x", host: "127.0.0.1", port: ports[index]?.port }]);
  await writeFile(path, text(0));
  await using client = createClient(Echo, { target: `file:${path}`, waitForReady: true });
  await client.unary({});
  expect(first.stats().calls).toBe(1);
  await writeFile(path, text(1));
  await until("the move", () => second.stats().connections === 1 && first.stats().connections === 0);
  await client.unary({});
  expect(second.stats().calls).toBe(1);
});
