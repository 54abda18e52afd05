import { createScheduler } from "@servertech/task-scheduler";
import { instrument } from "@servertech/task-scheduler/otel";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { describe, expect, it } from "vitest";
import { RecordingMeter, RecordingTracer } from "../../../tools/recording-telemetry.ts";

const NAME = "servertech.task_scheduler";

describe("instrument", () => {
  it("records waits, durations, lateness and counts of its target alone, until it is disposed", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock });
    await using other = createScheduler();
    const meter = new RecordingMeter();
    const tracer = new RecordingTracer();
    const recording = instrument({ meter: meter as never, tracer: tracer as never, target: scheduler });
    await scheduler.run(function good() {});
    await other.run(() => {});
    const failing = scheduler.run(() => {
      throw new TypeError("with a value");
    });
    await expect(failing).rejects.toThrow("with a value");
    scheduler.delay(10, () => {});
    await clock.advance(2_010, { block: true });
    expect(meter.of(`${NAME}.task.duration`).map(({ attributes }) => attributes)).toEqual([
      { "servertech.task.lane": "io" },
      { "servertech.task.lane": "io", "error.type": "TypeError" },
      { "servertech.task.lane": "io" },
    ]);
    expect(meter.of(`${NAME}.task.wait_time`)).toHaveLength(3);
    expect(meter.of(`${NAME}.task.lateness`)).toMatchObject([{ value: 2 }]);
    expect(await meter.collect()).toEqual({
      [`${NAME}.queue.size`]: 0,
      [`${NAME}.running`]: 0,
      [`${NAME}.threads`]: 0,
      [`${NAME}.dropped`]: 0,
      [`${NAME}.timeouts`]: 0,
    });
    expect(tracer.spans.map(({ name }) => name)).toEqual([
      "task good",
      "task (anonymous function)",
      "task (anonymous function)",
    ]);
    recording[Symbol.dispose]();
    await scheduler.run(() => {});
    expect(meter.of(`${NAME}.task.duration`)).toHaveLength(3);
    expect(meter.callbacks.size).toBe(0);
  });

  it("refuses wrong options", () => {
    expect(() => instrument({ meter: 1 as never, target: {} as never })).toThrow("meter");
  });
});

describe("histograms", () => {
  it("summarise waiting, running and lateness where they are wanted", async () => {
    const clock = createFakeClock();
    await using scheduler = createScheduler({ clock, io: { concurrency: 1 }, histograms: true });
    const work = () => new Promise<void>((resolve) => void clock.wake(resolve, 30));
    const runs = [scheduler.run(work), scheduler.run(work)];
    scheduler.delay(20, () => {});
    await clock.advance(50, { block: true });
    await clock.advance(200);
    await Promise.all(runs);
    const { histograms } = scheduler.stats();
    expect(histograms).toMatchObject({ wait: { count: 3 }, run: { count: 3 }, lateness: { count: 1 } });
    expect(histograms?.lateness.maxMs).toBeCloseTo(30, 0);
    expect(histograms?.wait.maxMs).toBeGreaterThanOrEqual(30);
    await using plain = createScheduler();
    expect(plain.stats().histograms).toBeUndefined();
  });
});
