import { createScheduler, type PeriodicHandle, type TaskHandle } from "@servertech/task-scheduler";
import { defineJob } from "@servertech/task-scheduler/bullmq";
import { createFakeClock } from "@servertech/task-scheduler/testing";
import { expectTypeOf, it } from "vitest";
import { plain } from "./fixtures/plain.tasks.ts";

it("knows arguments and results of tasks, closures, generators and jobs", async () => {
  const clock = createFakeClock();
  await using scheduler = createScheduler({ clock });
  const job = defineJob({ name: "job", input: Number, run: async (n) => n + 1 });
  // Not run: what counts is that it compiles, or does not.
  const never = (): void => {
    expectTypeOf(scheduler.run(plain.add, { args: [1, 2] })).resolves.toBeNumber();
    expectTypeOf(scheduler.run(plain.later, { args: [1] })).resolves.toBeString();
    expectTypeOf(scheduler.run(async () => "text")).resolves.toBeString();
    expectTypeOf(scheduler.map(plain.add, [[1, 2]])).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(scheduler.map(plain.add, [[1, 2]], { settle: true })).resolves.toEqualTypeOf<
      PromiseSettledResult<number>[]
    >();
    expectTypeOf(scheduler.map((n: number) => String(n), [[1]])).resolves.toEqualTypeOf<string[]>();
    expectTypeOf(scheduler.stream(plain.count, { args: [1, new SharedArrayBuffer(8)] })).toEqualTypeOf<
      AsyncIterableIterator<number>
    >();
    expectTypeOf(scheduler.delay(1, plain.add, { args: [1, 2] })).toEqualTypeOf<TaskHandle<number>>();
    expectTypeOf(scheduler.every(1, () => 1)).toEqualTypeOf<PeriodicHandle>();
    expectTypeOf(scheduler.run(job, { args: [1] })).resolves.toBeNumber();
    // @ts-expect-error -- a task's arguments are those of its function
    void scheduler.run(plain.add, { args: ["1", 2] });
    // @ts-expect-error -- a task with parameters needs arguments
    void scheduler.run(plain.add);
    // @ts-expect-error -- a closure runs here only
    void scheduler.run(() => 1, { lane: "cpu" });
    // @ts-expect-error -- the queue has no keys
    void scheduler.run(job, { args: [1], key: "k" });
    // @ts-expect-error -- the queue knows no other overlap, and it has to be said
    scheduler.every(1, job, { args: [1] });
    // @ts-expect-error -- JSON carries no dates
    defineJob({ name: "dated", input: (value: unknown) => value as Date, run: () => 1 });
  };
  expectTypeOf(never).toBeFunction();
});
