import { Cron } from "croner";
import type { RepeatStrategy } from "bullmq";

/** The next instant of a pattern after `millis`, by the rules of `cron` of this package: BullMQ's own differ on transition days. */
export const nextOfPattern: RepeatStrategy = (millis, { pattern = "", tz = "UTC", endDate }) => {
  const cron = new Cron(pattern, { timezone: tz, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
  const next = cron.nextRun(new Date(millis))?.getTime();
  return next === undefined || (endDate !== undefined && next > new Date(endDate).getTime()) ? undefined : next;
};
