import { Writable } from "node:stream";
import type { Logger } from "@servertech/core";
import { WebSocket } from "ws";
import { TextFrame } from "./text-frame.ts";
import { type FrameTarget, TurnWriter } from "./turn-writer.ts";

/** Close codes of the protocol; those from 4000 on are ours. */
export const Close = {
  Normal: 1000,
  GoingAway: 1001,
  PolicyViolation: 1008,
  ServerError: 1011,
  TryAgainLater: 1013,
  TooManyBadEvents: 4400,
  NoResume: 4408,
  TooManySockets: 4429,
} as const;

/** Frames that wait to be handled; beyond it the socket is not read. */
const MAX_INBOX = 32;
/** A client that has this much unsent is not reading: it is cut off and catches up by id. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** From one ping to the next: not the same for all, so that they don't come in one burst. */
const PING_MS = { min: 22_500, max: 27_500 };
const PONG_TIMEOUT_MS = 30_000;

const writer = new TurnWriter();

/**
 * A client's WebSocket: frames are handled one after another in the order they came, and a client that sends faster
 * than they are handled is made to wait.
 */
export class ClientSocket implements FrameTarget {
  readonly #ws: WebSocket;
  /** The connection below, to which frames are written by our own hand. */
  readonly #raw: Writable | undefined;
  readonly #logger: Logger;
  readonly #inbox: Buffer[] = [];
  #handler: ((frame: Buffer) => Promise<void>) | undefined;
  #busy = false;
  /** The ping that is not answered yet. */
  #pingedAt: number | undefined;
  #nextPingAt = performance.now() + pingDelay();

  constructor(ws: WebSocket, logger: Logger) {
    this.#ws = ws;
    this.#raw = rawSocket(ws);
    this.#logger = logger;
    ws.on("message", (data: Buffer) => this.#onFrame(data));
    ws.on("pong", () => {
      this.#pingedAt = undefined;
    });
    // Protocol errors of the client: ws closes with the right code by itself.
    ws.on("error", (error) => logger.debug({ err: error }, "WebSocket error"));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  onClose(callback: () => void): void {
    this.#ws.on("close", callback);
  }

  /** Frames that came before are handled now. */
  handleWith(handler: (frame: Buffer) => Promise<void>): void {
    this.#handler = handler;
    void this.#work();
  }

  /** Frames of one turn of the event loop go out together, in order. */
  send(frame: string | TextFrame): void {
    if (!this.isOpen) return;
    const message = typeof frame === "string" ? new TextFrame(frame) : frame;
    if (this.#raw !== undefined) {
      writer.add(this, message);
      return;
    }
    this.#ws.send(message.text, { binary: false });
    this.#checkUnsent();
  }

  write(bytes: Buffer): void {
    // After a close frame nothing may follow.
    if (!this.isOpen) return;
    this.#raw?.write(bytes);
    this.#checkUnsent();
  }

  #checkUnsent(): void {
    const bytes = this.#ws.bufferedAmount;
    if (bytes <= MAX_UNSENT_BYTES) return;
    this.#logger.info({ bytes }, "a client does not read, cutting it off");
    this.#ws.terminate();
  }

  close(code: number, reason = ""): void {
    writer.flush(this);
    this.#inbox.length = 0;
    // A client that went over a limit is not read any more, but its close frame must be.
    if (this.#ws.isPaused) this.#ws.resume();
    this.#ws.close(code, reason);
  }

  /** Cuts the connection without a close frame, as servertech-chat does on a bad event: the client sees 1006. */
  cut(): void {
    writer.flush(this);
    this.#inbox.length = 0;
    this.#ws.terminate();
  }

  /** To be called every few seconds: pings when it is time, and cuts off a client that does not answer. */
  ping(now = performance.now()): void {
    if (this.#pingedAt !== undefined && now - this.#pingedAt > PONG_TIMEOUT_MS) this.#ws.terminate();
    if (!this.isOpen || this.#pingedAt !== undefined || now < this.#nextPingAt) return;
    this.#pingedAt = now;
    this.#nextPingAt = now + pingDelay();
    this.#ws.ping();
  }

  #onFrame(frame: Buffer): void {
    this.#inbox.push(frame);
    if (this.#inbox.length >= MAX_INBOX) this.#ws.pause();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#busy || this.#handler === undefined) return;
    this.#busy = true;
    for (let frame = this.#inbox.shift(); frame !== undefined; frame = this.#inbox.shift()) {
      if (!this.isOpen) break;
      try {
        await this.#handler(frame);
      } catch (error) {
        this.#logger.error({ err: error }, "handling a client's event failed");
        this.close(Close.ServerError);
      }
      if (this.#ws.isPaused && this.#inbox.length < MAX_INBOX / 2) this.#ws.resume();
    }
    this.#busy = false;
  }
}

/**
 * The TCP or TLS socket of a WebSocket, if it can be had: other runtimes bring a `ws` of their own. Without compression
 * `ws` writes its own frames at once, so that between whole frames of ours nothing of it is cut in two.
 */
function rawSocket(ws: WebSocket): Writable | undefined {
  const { _socket: socket, _sender: sender } = ws as unknown as { _socket?: unknown; _sender?: unknown };
  return socket instanceof Writable && sender !== undefined ? socket : undefined;
}

function pingDelay(): number {
  return PING_MS.min + Math.random() * (PING_MS.max - PING_MS.min);
}
