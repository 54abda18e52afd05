/** Where the declarations of a proto file stand. */
export interface DeclarationLines {
  /** The line, from 1 on, of what `path` leads to: messages from the outside in, then what stands in them. */
  lineOfPath(path: readonly string[]): number | undefined;
}

/** Where in a proto file things stand: the parser keeps no lines. */
export class SourceLines implements DeclarationLines {
  /** The text with comments and strings blanked, so that only declarations are found. */
  readonly #code: string;

  constructor(source: string) {
    this.#code = source.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, blank);
  }

  /** The line, from 1 on, where the first match of `pattern` begins, at or after offset `from`. */
  lineOf(pattern: RegExp, from = 0): number | undefined {
    const found = pattern.exec(this.#code.slice(from));
    return found === null
      ? undefined
      : this.#lineAt(from + found.index + (found[0].length - found[0].trimStart().length));
  }

  lineOfPath(path: readonly string[]): number | undefined {
    let from = 0;
    for (const [index, name] of path.entries()) {
      const last = index === path.length - 1;
      const keyword = last
        ? String.raw`(?:message|enum|service|rpc|oneof)\s+`
        : String.raw`(?:message|enum|service|oneof)\s+`;
      const tail = last ? String.raw`|\b${name}\s*=` : "";
      const found = new RegExp(String.raw`\b${keyword}${name}\b${tail}`).exec(this.#code.slice(from));
      if (found === null) return from === 0 ? undefined : this.#lineAt(from);
      from += found.index;
    }
    return this.#lineAt(from);
  }

  #lineAt(offset: number): number {
    return this.#code.slice(0, offset).split("\n").length;
  }
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}
