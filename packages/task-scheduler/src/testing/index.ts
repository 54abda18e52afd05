export { inlineThreads } from "./inline-threads.ts";
export { createFakeClock } from "./fake-clock.ts";

export type { AdvanceOptions, FakeClock, FakeClockOptions } from "./fake-clock.ts";
