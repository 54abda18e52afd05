/** Which lines of one message are written in each period: the first ones, then one in so many. */
export interface SampleRule {
  /** Lines written at the start of each period. At least 1. */
  readonly first: number;
  /** Of the lines after them one in so many is written. At least 1. */
  readonly then: number;
  /** The period, in milliseconds. From 1 to 2,147,483,647. */
  readonly perMs: number;
}

interface Count {
  seen: number;
  suppressed: number;
}

/** Messages counted each on its own in a period; further ones are counted together. */
const MAX_MESSAGES = 4_096;

/** Decides which lines of the sampled levels are written, and reports how many were not. */
export class Sampler {
  readonly #periods: ReadonlyMap<number, Period>;
  #suppressed = 0;

  constructor(
    rules: ReadonlyMap<number, SampleRule>,
    report: (level: number, message: string, suppressed: number) => void,
  ) {
    const periods = [...rules].map(([level, rule]): [number, Period] => {
      return [level, new Period(rule, (message, suppressed) => report(level, message, suppressed))];
    });
    this.#periods = new Map(periods);
  }

  get suppressed(): number {
    return this.#suppressed;
  }

  /** Whether a line is to be written, by the arguments of the log call. */
  takes(level: number, first: unknown, message: unknown): boolean {
    const period = this.#periods.get(level);
    if (period === undefined || period.takes(keyOf(first, message))) return true;
    this.#suppressed += 1;
    return false;
  }

  /** Ends all periods. */
  end(): void {
    for (const period of this.#periods.values()) period.end();
  }
}

function keyOf(first: unknown, message: unknown): string {
  if (typeof first === "string") return first;
  if (typeof message === "string") return message;
  return first instanceof Error ? first.message : "";
}

class Period {
  readonly #rule: SampleRule;
  readonly #report: (message: string, suppressed: number) => void;
  readonly #counts = new Map<string, Count>();
  #endsAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(rule: SampleRule, report: (message: string, suppressed: number) => void) {
    this.#rule = rule;
    this.#report = report;
  }

  takes(message: string): boolean {
    const now = performance.now();
    if (now >= this.#endsAt) {
      this.end();
      this.#endsAt = now + this.#rule.perMs;
    }
    const count = this.#count(message);
    count.seen += 1;
    const after = count.seen - this.#rule.first;
    if (after <= 0 || after % this.#rule.then === 0) return true;
    count.suppressed += 1;
    this.#timer ??= setTimeout(() => this.end(), this.#endsAt - now).unref();
    return false;
  }

  #count(message: string): Count {
    const key = this.#counts.size < MAX_MESSAGES || this.#counts.has(message) ? message : "";
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const made = { seen: 0, suppressed: 0 };
    this.#counts.set(key, made);
    return made;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endsAt = 0;
    const counts = [...this.#counts];
    this.#counts.clear();
    for (const [message, { suppressed }] of counts) if (suppressed > 0) this.#report(message, suppressed);
  }
}
