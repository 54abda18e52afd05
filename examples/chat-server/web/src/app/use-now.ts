import { useCallback, useSyncExternalStore } from "react";

const TICK_MS = 500;
const IDLE_MS = 3_600_000;

/** The time in milliseconds since 1970, rounded down to and counted on every `everyMs`. */
export function useNow(everyMs: number): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const timer = setInterval(listener, everyMs);
      return () => clearInterval(timer);
    },
    [everyMs],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / everyMs) * everyMs);
}

/** Seconds until a time, rounded up and counted down; 0 when it has passed or there is none. */
export function useSecondsUntil(at: number | undefined): number {
  const now = useNow(at === undefined ? IDLE_MS : TICK_MS);
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - now) / 1_000));
}

/** Whether a time has been over for some milliseconds; false when there is none. */
export function useIsPast(at: number | undefined, byMs: number): boolean {
  const now = useNow(at === undefined ? IDLE_MS : TICK_MS);
  return at !== undefined && now - at >= byMs;
}
