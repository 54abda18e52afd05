/** The levels, by rising weight. The number is what a line carries. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

/** The names of the levels, the least first. */
export type LevelName = keyof typeof LEVELS;

/** The levels of a logger: the six, those of its own, and `silent` as a threshold that nothing reaches. */
export class Levels {
  readonly #values: ReadonlyMap<string, number>;
  readonly #names: ReadonlyMap<number, string>;
  /** What may be a threshold. */
  readonly thresholds: readonly string[];

  constructor(custom: Readonly<Record<string, number>>) {
    const all = Object.entries({ ...LEVELS, ...custom }).toSorted(([, a], [, b]) => a - b);
    this.#values = new Map([...all, ["silent", Infinity]]);
    this.#names = new Map(all.map(([name, value]) => [value, name]));
    this.thresholds = [...this.#values.keys()];
  }

  /** The number behind a name; `Infinity` for `silent` and for what is none. */
  value(name: string): number {
    return this.#values.get(name) ?? Infinity;
  }

  /** The name behind a number. */
  name(value: number): string {
    return this.#names.get(value) ?? "silent";
  }
}
