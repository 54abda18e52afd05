import { writeSync } from "node:fs";

/** What must not be lost when the process ends. */
export interface Ending {
  readonly handleSignals: boolean;
  flushSync(): void;
  /** The last flush; each later line is written at once. Gives back what could not be written, as a sentence. */
  exit(): string | undefined;
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const endings = new Set<Ending>();
let signalsHeard = false;

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
  const wanted = [...endings].some((ending) => ending.handleSignals);
  if (wanted === signalsHeard) return;
  signalsHeard = wanted;
  for (const signal of SIGNALS) {
    if (wanted) process.on(signal, onSignal);
    else process.off(signal, onSignal);
  }
}

function onSignal(signal: NodeJS.Signals): void {
  for (const ending of endings) if (ending.handleSignals) ending.flushSync();
  // With a listener of the app the decision is the app's; without one the signal ends the process, as it would have.
  if (process.listenerCount(signal) > 1) return;
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

function onExit(): void {
  for (const ending of endings) {
    const lost = ending.exit();
    if (lost === undefined) continue;
    try {
      writeSync(2, `async-logger: ${lost}\n`);
    } catch {
      // Standard error is gone, too: there is nobody left to tell.
    }
  }
}
