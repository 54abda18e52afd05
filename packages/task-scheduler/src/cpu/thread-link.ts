import type { ResourceLimits } from "node:worker_threads";
import type { TaskSet } from "./task-set.ts";
import type { FromThread, ToThread } from "../thread/protocol.ts";

/** Whom a link reports to. */
export interface LinkOwner {
  /** Messages have come; `take` gives them. */
  arrived(link: ThreadLink): void;
  /** A message came that cannot be read. */
  garbled(link: ThreadLink, error: unknown): void;
  /** The thread is gone. `take` still gives what it had sent. */
  exited(link: ThreadLink, exitCode: number, error: Error | undefined): void;
}

/** The way to a thread and back. Never keeps the process alive by itself. */
export interface ThreadLink {
  /** The shared words of the protocol. */
  readonly words: Int32Array;
  /** @throws what `postMessage` throws at values that cannot be cloned; nothing was sent then. */
  post(message: ToThread, transfer?: readonly Transferable[]): void;
  /** Asks for a set of tasks to be loaded. */
  load(set: TaskSet): void;
  /** The next message that has come. */
  take(): FromThread | undefined;
  /** Ends the thread wherever it is. `exited` follows. */
  end(): void;
}

/** What can be given to a thread instead of being copied: `ArrayBuffer`, `MessagePort` and the like. */
export type Transferable = import("node:worker_threads").TransferListItem;

export interface LinkOptions {
  readonly perThread: number;
  readonly bell: boolean;
  readonly heap: boolean;
  readonly resourceLimits: ResourceLimits | undefined;
}

/** Starts a thread. Throws when it cannot be started. */
export type StartThread = (owner: LinkOwner, options: LinkOptions) => ThreadLink;
