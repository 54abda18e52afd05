import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type CloseOptions, createLifecycle, SHUTDOWN_PHASES, silentLogger } from "../src/index.ts";

/** How long the event loop was busy with other things: what a timer may be late without anybody's fault. */
class LagMeter {
  #totalMs = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => this.totalMs(), 2);

  totalMs(): number {
    const now = performance.now();
    // An interval of 2 ms is 2 to 4 ms long on a free loop.
    this.#totalMs += Math.max(0, now - this.#last - 4);
    this.#last = now;
    return this.#totalMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

describe("shutdown", () => {
  it("runs the phases in order and the members of a phase in parallel", async () => {
    const seen: string[] = [];
    const step = (name: string) => async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
    };
    const lifecycle = createLifecycle({ settleMs: 0 })
      .add("logger", step("logger"))
      .add("pools", step("mysql"))
      .add("pools", step("redis"))
      .add("unready", step("probe"))
      .add("drain", step("http"));
    await lifecycle.shutdown("test");
    expect(seen).toEqual([
      "probe begins",
      "probe ends",
      "http begins",
      "http ends",
      "mysql begins",
      "redis begins",
      "mysql ends",
      "redis ends",
      "logger begins",
      "logger ends",
    ]);
    expect(lifecycle.phase).toBe("done");
  });

  it("goes on past a member that throws, rejects or is late, and reports them", async () => {
    const lines: unknown[] = [];
    const reached: string[] = [];
    const report = await createLifecycle({
      settleMs: 0,
      logger: { ...silentLogger, error: (line: unknown) => lines.push(line) },
    })
      .add(
        "drain",
        () => {
          throw new Error("sync");
        },
        { name: "a" },
      )
      .add("drain", () => Promise.reject(new Error("async")), { name: "b" })
      .add("drain", () => new Promise(() => {}), { name: "c", timeoutMs: 20 })
      .add("logger", () => reached.push("logger"))
      .shutdown();
    expect(reached).toEqual(["logger"]);
    expect(report.failures.map(({ member, error }) => [member, (error as Error | undefined)?.message])).toEqual([
      ["a", "sync"],
      ["b", "async"],
      ["c", undefined],
    ]);
    expect(lines).toHaveLength(3);
  });

  it("closes what can be closed, with the member's time", async () => {
    const got: (CloseOptions | undefined)[] = [];
    const pool = { close: async (options?: CloseOptions) => void got.push(options) };
    await createLifecycle().add("pools", pool, { timeoutMs: 3_000 }).shutdown();
    expect(got[0]?.timeoutMs).toBe(3_000);
    expect(got[0]?.signal).toBeInstanceOf(AbortSignal);
  });

  it.each([100, 300, 1_000])("ends within %i ms with a member in each phase that never ends", async (timeoutMs) => {
    using lag = new LagMeter();
    const lifecycle = createLifecycle({ timeoutMs, settleMs: 5_000 });
    const given: number[] = [];
    for (const phase of SHUTDOWN_PHASES)
      lifecycle.add(phase, ({ timeoutMs: ms }) => {
        given.push(ms);
        return new Promise(() => {});
      });
    const start = performance.now();
    const { failures } = await lifecycle.shutdown();
    expect(performance.now() - start).toBeLessThan(timeoutMs + 100 + lag.totalMs());
    expect(failures.map(({ phase, error }) => [phase, error])).toEqual(
      SHUTDOWN_PHASES.map((phase) => [phase, undefined]),
    );
    // The first is not to starve the others, nor are they to starve it.
    expect(given[0]).toBeGreaterThanOrEqual(timeoutMs * 0.25);
    expect(given).toHaveLength(SHUTDOWN_PHASES.length);
  });

  it("ends within its time with members that end by force after their signal", async () => {
    using lag = new LagMeter();
    const lifecycle = createLifecycle({ timeoutMs: 1_000 });
    for (const phase of SHUTDOWN_PHASES)
      lifecycle.add(phase, ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)));
    const start = performance.now();
    const { failures } = await lifecycle.shutdown();
    expect(performance.now() - start).toBeLessThan(1_100 + lag.totalMs());
    expect(failures).toEqual([]);
  });

  it("shortens the wait of the settle phase for the phases after it", async () => {
    using lag = new LagMeter();
    const given: number[] = [];
    const start = performance.now();
    const { failures } = await createLifecycle({ timeoutMs: 400, settleMs: 5_000 })
      .add("deregister", () => {})
      .add("drain", ({ timeoutMs }) => given.push(timeoutMs))
      .add("logger", ({ timeoutMs }) => given.push(timeoutMs))
      .shutdown();
    const elapsed = performance.now() - start;
    expect(failures).toEqual([]);
    // The reserve of two phases is 80 ms.
    expect(elapsed).toBeGreaterThanOrEqual(318);
    expect(elapsed).toBeLessThan(500 + lag.totalMs());
    expect(given).toHaveLength(2);
    expect(given[1]).toBeGreaterThan(given[0] ?? 0);
  });

  it("waits in the settle phase only when there is somebody to notice", async () => {
    const timed = async (phase: "deregister" | "drain") => {
      const start = performance.now();
      await createLifecycle({ settleMs: 60 })
        .add(phase, () => {})
        .shutdown();
      return performance.now() - start;
    };
    expect(await timed("deregister")).toBeGreaterThanOrEqual(59);
    expect(await timed("drain")).toBeLessThan(59);
  });

  it("gives every call the same promise", () => {
    const lifecycle = createLifecycle();
    expect(lifecycle.shutdown("a")).toBe(lifecycle.shutdown("b"));
  });
});

describe("createLifecycle", () => {
  it("refuses wrong options and members, all at once", () => {
    expect(() => createLifecycle({ timeoutMs: 5, settleMs: -1 })).toThrow(/timeoutMs.*settleMs/);
    expect(() => createLifecycle().add("drain", {} as never)).toThrow(/close/);
    expect(() => createLifecycle().add("flush" as never, () => {})).toThrow(/phase: must be one of/);
  });
});

describe("installSignalHandlers", () => {
  const script = new URL("lifecycle-child.ts", import.meta.url);

  async function child(mode: string) {
    const spawned = fork(script, [mode], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let output = "";
    for (const stream of [spawned.stdout, spawned.stderr])
      stream?.on("data", (data: Buffer) => {
        output += data.toString();
      });
    const exited = once(spawned, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    await once(spawned, "message");
    return { process: spawned, exited, output: () => output };
  }

  it("shuts down on SIGTERM and exits 0", async () => {
    const { process: p, exited, output } = await child("quick");
    p.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect(output()).toContain("drained SIGTERM\nflushed SIGTERM");
  });

  it("exits at once on the second signal", async () => {
    const { process: p, exited, output } = await child("stuck");
    p.kill("SIGINT");
    await expect.poll(output).toContain("drain begins");
    p.kill("SIGINT");
    expect(await exited).toEqual([130, null]);
  });

  it("leaves the registry and flushes on an uncaught exception, then exits 1", async () => {
    const { process: p, exited, output } = await child("quick");
    p.send("throw");
    expect(await exited).toEqual([1, null]);
    expect(output()).toContain("deregistered\nflushed uncaught exception");
    expect(output()).not.toContain("drained");
  });

  it("does the same on an unhandled rejection", async () => {
    const { process: p, exited, output } = await child("quick");
    p.send("reject");
    expect(await exited).toEqual([1, null]);
    expect(output()).toContain("deregistered\nflushed uncaught exception");
  });

  it("takes its handlers off again", () => {
    const before = process.listenerCount("SIGTERM");
    const handlers = createLifecycle().installSignalHandlers();
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    handlers[Symbol.dispose]();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
