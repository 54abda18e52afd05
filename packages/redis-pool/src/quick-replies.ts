import { QuickCommand } from "./quick-command.ts";
import { ReplyScanner } from "./reply-scanner.ts";

/** ioredis' commands without reply, in their order. */
export interface ReplyQueue {
  peekFront(): { readonly command: unknown } | undefined;
  shift(): unknown;
}

const CR = 13;
const PLUS = 43;
const MINUS = 45;
const DOLLAR = 36;
const COLON = 58;
const UNDERSCORE = 95;
const ZERO = 48;
/** With fewer digits a number is exact. */
const MOST_DIGITS = 15;

/**
 * Reads the replies to quick commands that are a text, a number or nothing and lie whole in what has come. All the rest (lists,
 * errors, pushes, replies in pieces, ioredis' own commands) is read by ioredis, which gets exactly those bytes.
 */
export class QuickReplies {
  readonly #queue: ReplyQueue;
  readonly #decode: (bytes: Buffer) => void;
  /** Over what ioredis reads: where it is between two replies. */
  readonly #scanner = new ReplyScanner();
  #lost = false;

  /** @param decode ioredis' reader, which is between two replies now. */
  constructor(queue: ReplyQueue, decode: (bytes: Buffer) => void) {
    this.#queue = queue;
    this.#decode = decode;
  }

  readonly read = (chunk: Buffer): void => {
    let at = 0;
    while (at < chunk.length) {
      const next = this.#scanner.between ? this.#readQuick(chunk, at) : at;
      if (next > at) {
        at = next;
        continue;
      }
      const end = this.#lost ? -1 : this.#scanner.skip(chunk, at);
      // ioredis says what is wrong with it, and ends the connection.
      if (Number.isNaN(end)) this.#lost = true;
      if (!(end > at)) return this.#decode(chunk.subarray(at));
      this.#decode(chunk.subarray(at, end));
      at = end;
    }
  };

  /** @returns the index behind the reply; `at` when it is not for a quick command, or not to be read here. */
  #readQuick(chunk: Buffer, at: number): number {
    const command = this.#queue.peekFront()?.command;
    if (!(command instanceof QuickCommand)) return at;
    switch (chunk[at]) {
      case PLUS:
        return this.#line(command, chunk, at);
      case DOLLAR:
        return this.#blob(command, chunk, at);
      case COLON:
        return this.#number(command, chunk, at);
      case UNDERSCORE:
        return at + 3 > chunk.length ? at : this.#answer(command, null, at + 3);
      default:
        return at;
    }
  }

  #answer(command: QuickCommand, reply: number | null, end: number): number {
    this.#queue.shift();
    command.answer(reply);
    return end;
  }

  #line(command: QuickCommand, chunk: Buffer, at: number): number {
    const end = chunk.indexOf(CR, at + 1);
    if (end === -1 || end + 2 > chunk.length) return at;
    this.#queue.shift();
    command.answerText(chunk, at + 1, end);
    return end + 2;
  }

  #number(command: QuickCommand, chunk: Buffer, at: number): number {
    const negative = chunk[at + 1] === MINUS;
    const begin = at + (negative ? 2 : 1);
    let value = 0;
    let end = begin;
    for (; end < chunk.length && chunk[end] !== CR; end++) value = value * 10 + (chunk[end] as number) - ZERO;
    if (end + 2 > chunk.length || end - begin > MOST_DIGITS) return at;
    return this.#answer(command, negative ? -value : value, end + 2);
  }

  #blob(command: QuickCommand, chunk: Buffer, at: number): number {
    if (chunk[at + 1] === MINUS) return at + 5 > chunk.length ? at : this.#answer(command, null, at + 5);
    let size = 0;
    let begin = at + 1;
    for (; begin < chunk.length && chunk[begin] !== CR; begin++) size = size * 10 + (chunk[begin] as number) - ZERO;
    begin += 2;
    const end = begin + size;
    if (end + 2 > chunk.length) return at;
    this.#queue.shift();
    command.answerText(chunk, begin, end);
    return end + 2;
  }
}
