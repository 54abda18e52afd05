/** Servers behind this one that are away when it starts are waited for, and the person at the terminal is told so once. */
import { sleep } from "@servertech/core";

/** Tells the person at the terminal one line. */
export type Say = (line: string) => void;

const TRY_MS = 3_000;
const RETRY_MS = 500;

export interface WaitOptions {
  readonly say: Say;
  /** Its abort ends the wait. */
  readonly signal: AbortSignal;
  /** Errors that no waiting will mend. @default none */
  readonly isFinal?: (error: unknown) => boolean;
}

/**
 * Tries until it works.
 *
 * @param what the server and its address, without a password: `MySQL at 127.0.0.1:3306`.
 * @throws the signal's reason, or a final error.
 */
export async function waitFor(
  what: string,
  attempt: (options: { readonly timeoutMs: number; readonly signal: AbortSignal }) => Promise<void>,
  { say, signal, isFinal = () => false }: WaitOptions,
): Promise<void> {
  for (let said = false; ; said = true) {
    try {
      await attempt({ timeoutMs: TRY_MS, signal });
      if (said) say(`${what} is there`);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      if (!said) say(`${what} cannot be reached (${rootMessage(error)}): waiting for it`);
      await sleep(RETRY_MS, { signal });
    }
  }
}

function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  if (!(root instanceof Error)) return String(root);
  const { code } = root as { code?: unknown };
  return root.message || (typeof code === "string" ? code : root.name);
}
