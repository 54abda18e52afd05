import { writeSync } from "node:fs";

/** What must not be lost when the process ends. */
export interface Ending {
  readonly handleSignals: boolean;
  /** Whether SIGHUP means that files are to be opened anew, and does not end the process. */
  readonly reopensOnHangup: boolean;
  flushSync(): void;
  hangUp(): void;
  /** The last flush; each later line is written at once. Gives back what could not be written, as a sentence. */
  exit(): string | undefined;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const endings = new Set<Ending>();
const heard = new Set<NodeJS.Signals>();

/** Listens to the end of the process for as long as there is somebody to tell. */
export function watchProcessEnd(ending: Ending): void {
  if (endings.size === 0) process.on("exit", onExit);
  endings.add(ending);
  listenToSignals();
}

export function unwatchProcessEnd(ending: Ending): void {
  endings.delete(ending);
  if (endings.size === 0) process.off("exit", onExit);
  listenToSignals();
}

function listenToSignals(): void {
  for (const signal of SIGNALS) {
    const wanted = [...endings].some(
      (ending) => ending.handleSignals || (signal === "SIGHUP" && ending.reopensOnHangup),
    );
    if (wanted === heard.has(signal)) continue;
    if (wanted) {
      heard.add(signal);
      process.on(signal, onSignal);
    } else {
      heard.delete(signal);
      process.off(signal, onSignal);
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  const reopening = signal === "SIGHUP" ? [...endings].filter((ending) => ending.reopensOnHangup) : [];
  for (const ending of endings) if (ending.handleSignals) ending.flushSync();
  for (const ending of reopening) ending.hangUp();
  // With a listener of the app the decision is the app's; without one the signal ends the process, as it would have.
  if (reopening.length > 0 || process.listenerCount(signal) > 1) return;
  process.off(signal, onSignal);
  heard.delete(signal);
  process.kill(process.pid, signal);
}

function onExit(): void {
  for (const ending of endings) {
    const lost = ending.exit();
    if (lost !== undefined) sayLost(lost);
  }
}

/** The one thing that this package writes to standard error. */
export function sayLost(lost: string): void {
  try {
    writeSync(2, `async-logger: ${lost}\n`);
  } catch {
    // Standard error is gone, too: there is nobody left to tell.
  }
}
