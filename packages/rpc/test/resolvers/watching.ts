import type { Logger } from "@servertech/core";
import type { Endpoint, Resolver } from "../../src/resolver.ts";

/** Not the one that a test may fake. */
const wait = setTimeout;

/** Resolves once the condition holds; rejects after 10 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise<void>((resolve) => wait(resolve, 5));
  }
}

/** One watch of a resolver, running in the background: the lists it gave, and how it ended. */
export class Watching implements AsyncDisposable {
  readonly lists: (readonly Endpoint[])[] = [];
  error: unknown;
  ended = false;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(resolver: Resolver) {
    this.#done = this.#follow(resolver);
  }

  async #follow(resolver: Resolver): Promise<void> {
    try {
      for await (const list of resolver.watch("pkg.Service", { signal: this.#stop.signal })) this.lists.push(list);
    } catch (error) {
      this.error = error;
    }
    this.ended = true;
  }

  /** The ids of each list so far. */
  get ids(): string[][] {
    return this.lists.map((list) => list.map(({ id }) => id));
  }

  /** Waits for so many lists. */
  async has(count: number): Promise<void> {
    await until(`list ${count}`, () => this.lists.length >= count);
  }

  /** Aborts; resolves when the watch has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

/** Keeps what is logged, as `level message`. */
export class LogKeeper implements Logger {
  readonly lines: string[] = [];
  readonly debug: Logger["debug"] = (fields: object | string, message?: string) => this.#keep("debug", fields, message);
  readonly info: Logger["info"] = (fields: object | string, message?: string) => this.#keep("info", fields, message);
  readonly warn: Logger["warn"] = (fields: object | string, message?: string) => this.#keep("warn", fields, message);
  readonly error: Logger["error"] = (fields: object | string, message?: string) => this.#keep("error", fields, message);

  #keep(level: string, fields: object | string, message = ""): void {
    this.lines.push(`${level} ${message}`);
  }
}
