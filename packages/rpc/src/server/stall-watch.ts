import { type Deadline, deadlineIn } from "@servertech/core";
import type { PeerSocket } from "../peer-socket.ts";
import type { Output } from "../wire/output.ts";

/** Notices when a client takes nothing of its output, not a byte, for too long. */
export class StallWatch {
  readonly #socket: PeerSocket;
  readonly #output: Output;
  readonly #timeoutMs: number;
  readonly #stalled: () => void;
  #timer: Deadline | undefined;

  constructor(socket: PeerSocket, output: Output, timeoutMs: number, stalled: () => void) {
    this.#socket = socket;
    this.#output = output;
    this.#timeoutMs = timeoutMs;
    this.#stalled = stalled;
  }

  /** To be called when there may be output that waits. */
  check(): void {
    if (this.#timer === undefined && this.#output.queued > 0) this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    const { writes } = this.#output;
    const untaken = untakenBytes(this.#socket);
    this.#timer = deadlineIn(this.#timeoutMs, () => {
      this.#timer = undefined;
      if (this.#output.queued === 0) return;
      if (this.#output.writes > writes || untakenBytes(this.#socket) < untaken) this.#wait();
      else this.#stalled();
    });
  }
}

/** What Node's sockets write through; TLS has the one of its TCP socket as `_parent`. */
interface Handle {
  readonly writeQueueSize?: number;
  readonly _parent?: Handle;
}

/**
 * Bytes of the write under way that the kernel has not taken. A write may be of many megabytes, as Node merges those that wait:
 * its end alone would not tell a slow reader from none. Node has no public count of this; `Socket.setTimeout` uses the same.
 *
 * @returns 0 for what is no socket of Node.
 */
function untakenBytes(socket: PeerSocket): number {
  const { _handle: handle } = socket as { readonly _handle?: Handle | null };
  const { _parent: tcp = handle } = handle ?? {};
  return tcp?.writeQueueSize ?? 0;
}
