import { once } from "node:events";
import { openSync, readFileSync, closeSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { pinoDestination } from "../src/index.ts";
import { linesIn, linesInFolder, newFolder, upTo } from "./log-files.ts";

describe("pinoDestination", () => {
  it("takes the lines of an unmodified pino and its children", async () => {
    const folder = newFolder();
    const destination = pinoDestination({ prefix: `${folder}/a_`, rotate: { sizeBytes: 20_000 } });
    const log = pino({ level: "debug" }, destination);
    for (let i = 0; i < 1_000; i++) log.child({ id: i }).debug({ i }, "line");
    await destination.close();
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(1_000));
    expect(destination.stats()).toMatchObject({ lines: 1_000, dropped: 0 });
  });

  it("calls back from pino's flush once the lines are in the kernel", async () => {
    const folder = newFolder();
    const destination = pinoDestination({ path: `${folder}/app.log` });
    const log = pino(destination);
    for (let i = 0; i < 5_000; i++) log.info({ i }, "line");
    await new Promise<void>((resolve, reject) => log.flush((error) => (error ? reject(error) : resolve())));
    // Another process sees them.
    const { stdout } = spawnSync("wc", ["-l", `${folder}/app.log`]);
    expect(parseInt(String(stdout), 10)).toBe(5_000);
    await destination.close();
    const error = await new Promise((resolve) => log.flush(resolve));
    expect(error).toMatchObject({ code: "LOGGER_CLOSED" });
  });

  it("writes fatal lines, and all before them, before the call returns", () => {
    const path = join(newFolder(), "app.log");
    const log = pino(pinoDestination({ path }));
    log.info("one");
    log.fatal("two");
    expect(linesIn(readFileSync(path, "utf8")).map(({ msg }) => msg)).toEqual(["one", "two"]);
  });

  it("reopens, and emits close at its end", async () => {
    const path = join(newFolder(), "app.log");
    const destination = pinoDestination({ path });
    const log = pino(destination);
    log.info("old");
    await destination.flush();
    renameSync(path, `${path}.1`);
    await destination.reopen();
    log.info("new");
    const closed = once(destination, "close");
    destination.end();
    await closed;
    expect(linesIn(readFileSync(path, "utf8")).map(({ msg }) => msg)).toEqual(["new"]);
    expect(destination.write("late\n")).toBe(true);
    expect(destination.stats().dropped).toBe(1);
  });

  it("writes to a descriptor, which stays open", async () => {
    const path = join(newFolder(), "out");
    const fd = openSync(path, "a");
    const destination = pinoDestination({ fd });
    pino(destination).info("x");
    await destination.close();
    writeFileSync(fd, "mine\n");
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toMatch(/^\{.*\}\nmine\n$/);
  });

  it("never emits an error for a disk that refuses", async () => {
    const folder = join(newFolder(), "logs");
    const destination = pinoDestination({ prefix: `${folder}/a_`, rotate: { sizeBytes: 100 } });
    const log = pino(destination);
    log.info("one");
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    log.info("two");
    await destination.flush();
    expect(destination.stats().lastError).toBe("EEXIST");
    await destination.close();
  });

  it.each([
    ["prefix", {}],
    ["rotate", { fd: 1, rotate: {} }],
    ["handleSignals", { fd: 1, handleSignals: 1 as unknown as boolean }],
    ["fd", { fd: -1 }],
    ["unknown", { fd: 1, unknown: 1 }],
  ])("refuses wrong options: %s", (option, options) => {
    expect(() => pinoDestination(options)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", problems: [expect.objectContaining({ option })] }),
    );
  });
});
