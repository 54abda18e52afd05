import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { channel } from "node:diagnostics_channel";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createLogger, fileSink } from "../src/index.ts";
import { filesIn, linesIn, linesInFolder, newFolder, runTool, upTo } from "./log-files.ts";

const mounted: string[] = [];

/** A file system of 256 KB, nearly full; undefined where none can be mounted. */
function smallDisk(): string | undefined {
  const folder = newFolder();
  if (!runTool("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder])) return undefined;
  mounted.push(folder);
  writeFileSync(join(folder, "ballast"), Buffer.alloc(200_000));
  return folder;
}

function unmount(): void {
  for (const folder of mounted.splice(0)) {
    if (!runTool("umount", [folder])) throw new Error(`${folder} is still in use`);
  }
}

afterEach(unmount);

const canMount = smallDisk() !== undefined;
unmount();

const makeRoom = (folder: string) => rmSync(join(folder, "ballast"));

describe.skipIf(!canMount)("a full disk", () => {
  it("costs nothing that fits into memory, and logging resumes by itself, telling it", async () => {
    const folder = smallDisk() ?? "";
    const events: string[] = [];
    const hear = (_: unknown, name: string | symbol) => void events.push(String(name).split(":")[2] ?? "");
    const channels = ["error", "recover", "drop"].map((name) => channel(`servertech:async-logger:${name}`));
    for (const one of channels) one.subscribe(hear);
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
    for (let i = 0; i < 1_500; i++) log.info({ i }, "line");
    await expect(log.flush()).rejects.toMatchObject({ code: "LOGGER_FLUSH_FAILED", retryable: true });
    expect(log.stats()).toMatchObject({ lastError: "ENOSPC", dropped: 0 });
    makeRoom(folder);
    await expect.poll(() => log.stats().bufferedBytes + log.stats().inFlightBytes).toBe(0);
    await log.close();
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(1_500));
    for (const one of channels) one.unsubscribe(hear);
    expect(events[0]).toBe("error");
    expect(events.at(-1)).toBe("recover");
    expect(events).not.toContain("drop");
  });

  it.each(["block", "drop-newest", "drop-oldest"] as const)(
    "beyond the memory costs lines that are counted in the log, and tears none: %s",
    async (overflow) => {
      const folder = smallDisk() ?? "";
      const buffer = { swapBytes: 1_000, maxBufferBytes: 20_000, overflow };
      const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_`, buffer })] });
      let next = 0;
      const logOne = () => log.info({ i: next++ }, "line");
      const refused = async () => {
        for (let i = 0; i < 50; i++) logOne();
        return log.flush().then(
          () => false,
          () => true,
        );
      };
      while (!(await refused()));
      for (let i = 0; i < 1_500; i++) logOne();
      expect(log.stats().dropped).toBeGreaterThan(0);
      makeRoom(folder);
      await expect.poll(() => log.stats().bufferedBytes + log.stats().inFlightBytes, { timeout: 10_000 }).toBe(0);
      const { dropped } = log.stats();
      logOne();
      expect(await log.close()).toEqual({ lostLines: 0, lostBytes: 0 });
      const lines = linesInFolder(folder);
      const told = lines.filter((line) => line.dropped !== undefined);
      expect(told.reduce((sum, line) => sum + (line.dropped as number), 0)).toBe(dropped);
      expect(told[0]).toMatchObject({ reason: "ENOSPC" });
      const numbers = lines.flatMap(({ i }) => (typeof i === "number" ? [i] : []));
      expect(numbers).toHaveLength(next - dropped);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      expect(numbers.at(-1)).toBe(next - 1);
    },
    20_000,
  );

  it("is waited for by close, in its time", async () => {
    const folder = smallDisk() ?? "";
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` })] });
    for (let i = 0; i < 1_500; i++) log.info({ i }, "line");
    const closed = log.close();
    await expect.poll(() => log.stats().lastError).toBe("ENOSPC");
    makeRoom(folder);
    expect(await closed).toEqual({ lostLines: 0, lostBytes: 0 });
    expect(linesInFolder(folder).map(({ i }) => i)).toEqual(upTo(1_500));
  });

  it("that stays full makes close say what is lost, and why; another sink loses nothing", async () => {
    const folder = smallDisk() ?? "";
    const other = join(newFolder(), "app.log");
    const log = createLogger({ sinks: [fileSink({ prefix: `${folder}/a_` }), fileSink({ path: other })] });
    for (let i = 0; i < 1_500; i++) log.info({ i }, "line");
    const { lostLines, lostBytes, error } = await log.close({ timeoutMs: 300 });
    expect(error).toMatchObject({ code: "LOGGER_FLUSH_FAILED", cause: { code: "ENOSPC" } });
    const text = filesIn(folder)[0]?.text ?? "";
    expect(linesIn(text.slice(0, text.lastIndexOf("\n") + 1))).toHaveLength(1_500 - lostLines);
    expect(lostBytes).toBeGreaterThan(lostLines * 50);
    expect(linesIn(readFileSync(other, "utf8"))).toHaveLength(1_500);
  });
});
