import { tracingChannel } from "node:diagnostics_channel";
import { createScheduler } from "@servertech/task-scheduler";
import { expect, it } from "vitest";

it("tells subscribers of the channel about each run, without arguments", async () => {
  const seen: [string, object][] = [];
  const note = (event: string) => (message: unknown) => void seen.push([event, { ...(message as object) }]);
  const channel = tracingChannel("servertech:task-scheduler:task");
  const subscribers = {
    start: note("start"),
    end: note("end"),
    error: note("error"),
    asyncStart: note("asyncStart"),
    asyncEnd: note("asyncEnd"),
  };
  channel.subscribe(subscribers);
  await using scheduler = createScheduler();
  await scheduler.run(function good() {});
  await scheduler
    .run(function bad() {
      throw new Error("no");
    })
    .catch(() => {});
  channel.unsubscribe(subscribers);
  await scheduler.run(() => {});
  expect(seen.map(([event]) => event)).toEqual([
    "start",
    "end",
    "asyncStart",
    "asyncEnd",
    "start",
    "end",
    "error",
    "asyncStart",
    "asyncEnd",
  ]);
  expect(seen[0]?.[1]).toEqual({
    scheduler,
    lane: "io",
    task: "good",
    priority: 8,
    scheduledAt: undefined,
    latenessMs: undefined,
    attempts: 0,
    waitMs: undefined,
  });
  expect(seen[7]?.[1]).toMatchObject({
    task: "bad",
    attempts: 1,
    waitMs: expect.any(Number),
    error: expect.any(Error),
  });
});
