/** Random values, the same in every run: what applications log, and nothing that JSON refuses. */
export class RandomValues {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(limit: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.#seed / 2_147_483_648) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  text(): string {
    const length = this.pick([0, 1, 5, 23, 24, 60, 99, 100, 101, 300]);
    const units = this.pick([
      ["abc", " xyz"],
      ["a", '"', "b", "\\"],
      ["line\n", "\t", "\u0001"],
      ["é", "漢", "😀"],
      ["%s ", "%d", "%o", "%%", " %"],
    ]);
    return Array.from({ length }, () => this.pick(units)).join("");
  }

  key(): string {
    return this.pick(["a", "b", "c", "user", "token", "items", "headers", "set-cookie", "ms", 'odd "key"\n', "err"]);
  }

  value(depth = 0): unknown {
    const kind = this.below(depth > 3 ? 8 : 12);
    switch (kind) {
      case 0:
        return this.below(2_000_000) - 1_000_000;
      case 1:
        return (this.below(2_000_000) - 1_000_000) / 7;
      case 2:
        return this.pick([true, false, null, undefined, NaN, Infinity, -0, 1e21, 5e-324]);
      case 3:
        return this.pick([
          new Date(this.below(2_000_000_000)),
          () => 1,
          Object(1),
          Object("boxed"),
          /re/,
          new Map([[1, 2]]),
        ]);
      case 4: {
        const made = this.pick([1, "json", { token: "made" }]);
        return { toJSON: () => made };
      }
      case 8:
        return Array.from({ length: this.below(4) }, () => this.value(depth + 1));
      case 9:
        return this.error(depth);
      case 10:
      case 11:
        return this.object(depth);
      default:
        return this.text();
    }
  }

  object(depth = 0): Record<string, unknown> {
    const entries = Array.from({ length: this.below(6) }, () => [this.key(), this.value(depth + 1)] as const);
    return Object.fromEntries(entries);
  }

  error(depth = 0): Error {
    const kinds = [Error, TypeError, RangeError, class Custom extends Error {}];
    const Kind = this.pick(kinds);
    const cause = depth < 3 && this.below(3) === 0 ? { cause: this.error(depth + 1) } : undefined;
    if (depth < 3 && this.below(6) === 0)
      return new AggregateError([this.error(depth + 1), this.error(depth + 1)], this.text());
    const error = new Kind(this.text(), cause);
    if (this.below(2) === 0) Object.assign(error, { code: "E_SOME", status: this.below(600) });
    if (this.below(4) === 0) Object.assign(error, this.object(depth + 1));
    return error;
  }

  /** A message and its arguments; where the message is an object, pino drops the first of them. */
  format(all: readonly unknown[]): readonly unknown[] {
    return typeof all[0] === "object" && all[0] !== null ? all.slice(0, 1) : all;
  }

  /** The arguments of a log call. */
  call(): readonly unknown[] {
    const rest = Array.from({ length: this.below(3) }, () => this.value(1));
    switch (this.below(6)) {
      case 0:
        return [this.object(), ...this.format([this.text(), ...rest])];
      case 1:
        return [this.object()];
      case 2:
        return [this.error(), ...(this.below(2) === 0 ? [] : [this.text(), ...rest])];
      case 3:
        return [this.pick([undefined, null, 1, true, [1, this.text()]]), ...this.format(rest)];
      case 4:
        return [this.text(), ...(rest[0] instanceof Error ? [] : rest)];
      default:
        return [this.text()];
    }
  }
}
