import { deadlineIn } from "@servertech/core";
import type { RedisClient } from "./client-factory.ts";

/** Commands `1..count` of a connection had been called by `at`. */
interface Mark {
  readonly count: number;
  readonly at: number;
}

const STEP_MS = 25;

/**
 * Sees to it that no command waits for its reply longer than `limitMs`, and that the server is not silent for `silenceMs`
 * while replies are due, without a timer per command: replies come in the order of the commands, so now and then noting how
 * many had been sent is enough. A connection that is late is ended.
 */
export class ReplyWatch {
  readonly #limitMs: number;
  readonly #silenceMs: number;
  #client: RedisClient | undefined;
  #sent = 0;
  #marks: Mark[] = [];
  #running = false;
  #bytes = 0;
  /** When bytes had come last, or replies began to be due. */
  #heardAt = 0;

  constructor(limitMs: number, silenceMs: number) {
    this.#limitMs = limitMs;
    this.#silenceMs = silenceMs;
  }

  /** @param since when the oldest command may have been called, if that was long ago. */
  sent(client: RedisClient, since: number | undefined): void {
    if (client !== this.#client) {
      this.#client = client;
      this.#sent = 0;
      this.#marks = [];
      this.#heardAt = performance.now();
    }
    this.#sent += 1;
    if (since !== undefined) this.#markSince(since);
    if (this.#running) return;
    this.#running = true;
    this.#bytes = client.bytesRead;
    this.#heardAt = performance.now();
    deadlineIn(STEP_MS, this.#step);
  }

  stop(): void {
    this.#client = undefined;
    this.#marks = [];
  }

  /** Commands that waited are flushed together: one mark for them all. */
  #markSince(at: number): void {
    if (this.#marks.at(-1)?.at === at) this.#marks.pop();
    this.#marks.push({ count: this.#sent, at });
  }

  readonly #step = (): void => {
    const client = this.#client;
    this.#running = false;
    if (client === undefined || client.inFlight === 0) {
      this.#marks = [];
      return;
    }
    const now = performance.now();
    this.#marks.push({ count: this.#sent, at: now });
    const answered = this.#sent - client.inFlight;
    const overdue = this.#marks.some(({ count, at }) => at + this.#limitMs <= now && answered < count);
    if (overdue) client.destroy(new Error(`a reply took longer than ${this.#limitMs} ms`));
    else if (this.#silent(client, now)) client.destroy(new Error(`Redis was silent for ${this.#silenceMs} ms`));
    this.#marks = this.#marks.filter(({ count }) => count > answered);
    this.#running = true;
    deadlineIn(STEP_MS, this.#step);
  };

  #silent(client: RedisClient, now: number): boolean {
    const { bytesRead } = client;
    if (bytesRead !== this.#bytes) {
      this.#bytes = bytesRead;
      this.#heardAt = now;
    }
    return now - this.#heardAt >= this.#silenceMs;
  }
}
