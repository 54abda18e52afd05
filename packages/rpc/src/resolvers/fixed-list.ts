import { onAbort } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";

/** A list that never changes. */
export function fixedList(endpoints: readonly Endpoint[]): Resolver {
  return {
    async *watch(_service, { signal }) {
      if (signal.aborted) return;
      yield endpoints;
      await new Promise<void>((resolve) => onAbort(signal, () => resolve()));
    },
  };
}
