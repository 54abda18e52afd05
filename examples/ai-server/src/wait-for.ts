import { type Logger, isServertechError, sleep } from "@servertech/core";

const RETRY_MS = 1_000;

/**
 * Does `attempt` until it succeeds. While what it needs is away it says so once, in one line, and goes on trying.
 *
 * @param say gets that line.
 * @throws what is no outage: trying again would not help.
 */
export async function waitFor(
  what: string,
  attempt: () => Promise<unknown>,
  { signal, say, logger }: { signal: AbortSignal; say: (line: string) => void; logger: Logger },
): Promise<void> {
  let said = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      await attempt();
      if (said) say(`${what} is there`);
      return;
    } catch (error) {
      if (signal.aborted || !isOutage(error)) throw error;
      if (!said) say(`${what} cannot be reached (${rootMessage(error)}), trying again`);
      said = true;
      logger.debug({ err: error }, `${what} is still away`);
      await sleep(RETRY_MS, { signal });
    }
  }
}

/** The server is away, or not ready yet; a refusal for good is none. */
function isOutage(error: unknown): boolean {
  return (
    isServertechError(error) &&
    /^(POOL_ACQUIRE_TIMEOUT|POOL_CONNECT_|CONNECTION_LOST|QUERY_TIMEOUT|REDIS_UNAVAILABLE|ZK_CONNECTION_LOSS|ZK_TIMEOUT)/.test(
      error.code,
    )
  );
}

/** The message of what began it, which names address and reason. */
export function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  if (!(root instanceof Error)) return String(root);
  const { code } = root as { code?: unknown };
  return root.message || (typeof code === "string" ? code : root.name);
}
