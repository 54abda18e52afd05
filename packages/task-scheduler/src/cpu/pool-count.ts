import type { Logger } from "@servertech/core";

const MANY = 4;
let pools = 0;

/** Counts a scheduler that starts threads; says so once when there are more than four in the process. */
export function countPool(logger: Logger): void {
  pools += 1;
  if (pools === MANY + 1)
    logger.warn(
      { schedulers: pools },
      "more than 4 schedulers with threads of their own in one process: threads cost memory and start time, share one",
    );
}

export function discountPool(): void {
  pools -= 1;
}
