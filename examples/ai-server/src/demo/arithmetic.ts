/** Arithmetic as the demo model understands it: `+ - * / % ^`, brackets, decimals. */

const MAX_CHARS = 200;
const MAX_DEPTH = 50;

/** The longest stretch of `text` that reads as a calculation with at least one operator. */
export function findExpression(text: string): string | undefined {
  const candidates = text.match(/[-(\d.][-\d.+*/%^()×÷\s]*[\d)]/g) ?? [];
  return candidates
    .map((candidate) => candidate.trim())
    .filter((candidate) => candidate.length <= MAX_CHARS && /[\d)]\s*[-+*/%^×÷]/.test(candidate))
    .filter((candidate) => evaluate(candidate) !== undefined)
    .toSorted((a, b) => b.length - a.length)[0];
}

/** The value of an expression; undefined when it is none, or its value is not a finite number. */
export function evaluate(expression: string): number | undefined {
  const parser = new Parser(expression.replaceAll("×", "*").replaceAll("÷", "/").replaceAll(/\s+/g, ""));
  try {
    const value = parser.all();
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Recursive descent: sum, product, sign, power, atom. */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): number {
    const value = this.#sum();
    if (this.#at < this.#text.length) throw new SyntaxError("something follows");
    return value;
  }

  #sum(): number {
    let value = this.#product();
    for (;;) {
      if (this.#takes("+")) value += this.#product();
      else if (this.#takes("-")) value -= this.#product();
      else return value;
    }
  }

  #product(): number {
    let value = this.#signed();
    for (;;) {
      if (this.#takes("*")) value *= this.#signed();
      else if (this.#takes("/")) value /= this.#signed();
      else if (this.#takes("%")) value %= this.#signed();
      else return value;
    }
  }

  #signed(): number {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxError("too deep");
    const value = this.#takes("-") ? -this.#signed() : this.#power();
    this.#depth -= 1;
    return value;
  }

  #power(): number {
    const base = this.#atom();
    return this.#takes("^") ? base ** this.#signed() : base;
  }

  #atom(): number {
    if (this.#takes("(")) {
      const value = this.#sum();
      if (!this.#takes(")")) throw new SyntaxError("no closing bracket");
      return value;
    }
    const match = /^\d+(\.\d+)?|^\.\d+/.exec(this.#text.slice(this.#at));
    if (match === null) throw new SyntaxError("no number");
    this.#at += match[0].length;
    return Number(match[0]);
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

/** A result as a person writes it: without the noise of binary fractions. */
export function showNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}
