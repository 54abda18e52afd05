import { setImmediate as nextTurn } from "node:timers/promises";
import type { Socket } from "node:net";
import type { Direction, Mode } from "./mode.ts";

const QUEUE_LIMIT_BYTES = 16 * 1024 * 1024;
// A slow line is fed this often.
const BANDWIDTH_STEPS_PER_SECOND = 100;
const LATE_TIMER_MS = 50;

interface Chunk {
  readonly bytes: Buffer;
  readonly arrivedMs: number;
}

/** What a flow asks of the connection it is part of. */
export interface FlowOwner {
  readonly mode: () => Mode;
  /** Told of each piece handed on. */
  readonly passed: (direction: Direction, bytes: number) => void;
  /** Told of what was swallowed. */
  readonly dropped: (direction: Direction, bytes: number) => void;
  /** Ends both sides once the peer has what was sent so far. */
  readonly cut: () => void;
}

/** One direction of a connection: a queue of what arrived, handed on as the mode of the moment says. */
export class Flow {
  readonly #direction: Direction;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #owner: FlowOwner;
  readonly #queue: Chunk[] = [];
  #queuedBytes = 0;
  #ended = false;
  #running = false;
  #dead = false;
  #wake: (() => void) | undefined;
  #busyUntilMs = 0;
  #cutMode: Mode | undefined;
  #cutLeft = 0;

  constructor(direction: Direction, from: Socket, to: Socket, owner: FlowOwner) {
    this.#direction = direction;
    this.#from = from;
    this.#to = to;
    this.#owner = owner;
    from.on("data", (bytes) => {
      if (this.#dead) {
        owner.dropped(direction, bytes.length);
        return;
      }
      this.#queue.push({ bytes, arrivedMs: performance.now() });
      this.#queuedBytes += bytes.length;
      if (this.#queuedBytes > QUEUE_LIMIT_BYTES) from.pause();
      this.#start();
    });
    from.on("end", () => {
      this.#ended = true;
      this.#start();
    });
    to.on("close", () => this.#wake?.());
    to.on("drain", () => this.#wake?.());
  }

  /** Looks at the mode again, in the midst of a wait too. */
  modeChanged(): void {
    this.#wake?.();
    this.#start();
  }

  /** Swallows all that is queued and all that comes. There is no way back. */
  die(): void {
    this.#dead = true;
    this.#owner.dropped(this.#direction, this.#queuedBytes);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#from.resume();
    this.#wake?.();
  }

  #start(): void {
    if (!this.#running && !this.#dead) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (!this.#dead && !this.#to.destroyed) {
      const mode = this.#owner.mode();
      if (mode.name === "cutAfter" && mode.direction === this.#direction && this.#leftBeforeCut(mode) === 0) {
        this.#owner.cut();
        break;
      }
      const chunk = this.#queue[0];
      if (chunk === undefined) break;
      await this.#handOn(chunk, mode);
    }
    this.#running = false;
    if (this.#ended && !this.#dead && this.#to.writable) this.#to.end();
  }

  async #handOn(chunk: Chunk, mode: Mode): Promise<void> {
    switch (mode.name) {
      case "latency": {
        const delayMs = this.#direction === "up" ? mode.upMs : mode.downMs;
        const leftMs = chunk.arrivedMs + delayMs - performance.now();
        if (leftMs > 0) await this.#sleep(leftMs);
        else await this.#write(chunk.bytes.length);
        return;
      }
      case "bandwidth": {
        const size = Math.min(
          chunk.bytes.length,
          Math.max(1, Math.floor(mode.bytesPerSecond / BANDWIDTH_STEPS_PER_SECOND)),
        );
        await this.#write(size);
        await this.#pace((size / mode.bytesPerSecond) * 1_000);
        return;
      }
      case "slice":
        await this.#write(Math.min(chunk.bytes.length, mode.pieceBytes));
        if (mode.gapMs > 0) await this.#sleep(mode.gapMs);
        // Lets the piece leave on its own, before the next is written.
        else await nextTurn();
        return;
      case "cutAfter": {
        const left = mode.direction === this.#direction ? this.#leftBeforeCut(mode) : Infinity;
        const size = Math.min(chunk.bytes.length, left);
        this.#cutLeft -= size;
        await this.#write(size);
        return;
      }
      default:
        await this.#write(chunk.bytes.length);
    }
  }

  #leftBeforeCut(mode: Extract<Mode, { name: "cutAfter" }>): number {
    if (this.#cutMode !== mode) {
      this.#cutMode = mode;
      this.#cutLeft = mode.bytes;
    }
    return this.#cutLeft;
  }

  /** Hands on the first `size` bytes of the queue and waits until the receiver takes more. */
  async #write(size: number): Promise<void> {
    const chunk = this.#queue.shift() as Chunk;
    const piece = chunk.bytes.subarray(0, size);
    if (size < chunk.bytes.length) {
      this.#queue.unshift({ bytes: chunk.bytes.subarray(size), arrivedMs: chunk.arrivedMs });
    }
    this.#queuedBytes -= size;
    if (this.#queuedBytes <= QUEUE_LIMIT_BYTES) this.#from.resume();
    this.#to.write(piece);
    this.#owner.passed(this.#direction, size);
    while (this.#to.writableNeedDrain && !this.#to.destroyed && !this.#dead) await this.#woken();
  }

  /** Keeps the line busy for `ms`. A timer that came late shortens the next wait, so that the rate holds on average. */
  async #pace(ms: number): Promise<void> {
    const now = performance.now();
    this.#busyUntilMs = (now - this.#busyUntilMs > LATE_TIMER_MS ? now : this.#busyUntilMs) + ms;
    if (this.#busyUntilMs > now) await this.#sleep(this.#busyUntilMs - now);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
