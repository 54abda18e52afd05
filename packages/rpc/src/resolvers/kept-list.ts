import type { Logger } from "@servertech/core";
import type { Endpoint } from "../resolver.ts";

/** What the logger hears, and the fields that name what is looked up. */
export interface KeptListTexts {
  readonly fields: object;
  /** When looking begins to fail. */
  readonly failing: string;
  /** When it goes well again. */
  readonly good: string;
}

/**
 * The last good list of one watch.
 *
 * Once there was one, a look that fails changes nothing; it is logged when that begins and when it is over. Before that the
 * error goes to the caller, so that callers of the service learn the cause.
 */
export class KeptList {
  readonly #logger: Logger;
  readonly #texts: KeptListTexts;
  /** As JSON; undefined until there is one. */
  #shown: string | undefined;
  #failing = false;

  constructor(logger: Logger, texts: KeptListTexts) {
    this.#logger = logger;
    this.#texts = texts;
  }

  /** @returns the list to yield: one that differs from the last. @throws `result`, when nothing was good before. */
  next(result: readonly Endpoint[] | Error): readonly Endpoint[] | undefined {
    const { fields, failing, good } = this.#texts;
    const wasFailing = this.#failing;
    this.#failing = result instanceof Error;
    if (result instanceof Error) {
      if (this.#shown === undefined) throw result;
      if (!wasFailing) this.#logger.warn({ ...fields, err: result }, failing);
      return undefined;
    }
    if (wasFailing) this.#logger.info(fields, good);
    const text = JSON.stringify(result);
    if (text === this.#shown) return undefined;
    this.#shown = text;
    return result;
  }
}
