import { type HiddenNode, type Redaction, childNode } from "./redaction.ts";
import { threwNote } from "./threw-note.ts";

/** Deeper values are replaced by a note, where the plain way has failed. */
const MAX_DEPTH = 200;

/** JSON as `JSON.stringify` writes it, with what that refuses (cycles, BigInt, getters that throw) put into words. */
export class JsonWriter {
  readonly #redaction: Redaction | undefined;
  readonly #hideKeys: ((key: string, value: unknown) => unknown) | undefined;

  constructor(redaction: Redaction | undefined) {
    this.#redaction = redaction;
    // A `toJSON` may give back any kind of value, and undefined.
    this.#hideKeys =
      redaction === undefined || redaction.keys.size === 0
        ? undefined
        : (key, value) => (value !== undefined && redaction.keys.has(key) ? redaction.censored(value, [key]) : value);
  }

  /** JSON of any value, never throwing; undefined for what JSON leaves out. `node` says what is hidden in it. */
  json(value: unknown, node?: HiddenNode, path: readonly string[] = []): string | undefined {
    try {
      const shown =
        node === undefined || this.#redaction === undefined ? value : this.#redaction.hide(value, node, path);
      return JSON.stringify(shown, this.#hideKeys);
    } catch {
      // The careful way says per key what is wrong.
      return this.#carefully(value, node, path, []);
    }
  }

  #carefully(
    value: unknown,
    node: HiddenNode | undefined,
    path: readonly string[],
    parents: readonly unknown[],
  ): string | undefined {
    try {
      if (node?.hidden === true) return this.#censoredCarefully(value, path, parents);
      if (typeof value === "bigint" || Object.prototype.toString.call(value) === "[object BigInt]")
        return `"${String(value)}"`;
      if (typeof value !== "object" || value === null) return JSON.stringify(value);
      if (parents.includes(value)) return '"[Circular]"';
      if (parents.length >= MAX_DEPTH) return '"[too deep]"';
      const { toJSON } = value as { toJSON?: unknown };
      const inside = [...parents, value];
      if (typeof toJSON === "function") return this.#carefully(toJSON.call(value, ""), node, path, inside);
      if (isBoxed(value)) return JSON.stringify(value);
      if (!Array.isArray(value)) return this.#objectCarefully(value, node, path, inside);
      const elements = Array.from(
        value,
        (_, i) => this.#fieldCarefully(value, String(i), node, path, inside) ?? "null",
      );
      return `[${elements.join(",")}]`;
    } catch (thrown) {
      return JSON.stringify(threwNote(thrown));
    }
  }

  #objectCarefully(
    value: object,
    node: HiddenNode | undefined,
    path: readonly string[],
    parents: readonly unknown[],
  ): string {
    const fields: string[] = [];
    for (const key of Object.keys(value)) {
      const json = this.#fieldCarefully(value, key, node, path, parents);
      if (json !== undefined) fields.push(`${JSON.stringify(key)}:${json}`);
    }
    return `{${fields.join(",")}}`;
  }

  #fieldCarefully(
    holder: object,
    key: string,
    node: HiddenNode | undefined,
    path: readonly string[],
    parents: readonly unknown[],
  ): string | undefined {
    try {
      const value = (holder as Record<string, unknown>)[key];
      const inside = [...path, key];
      if (value !== undefined && this.#redaction?.keys.has(key) === true) {
        return this.#censoredCarefully(value, [key], parents);
      }
      return this.#carefully(value, node === undefined ? undefined : childNode(node, key), inside, parents);
    } catch (thrown) {
      return JSON.stringify(threwNote(thrown));
    }
  }

  #censoredCarefully(value: unknown, path: readonly string[], parents: readonly unknown[]): string | undefined {
    return this.#carefully(this.#redaction?.censored(value, path), undefined, path, parents);
  }
}

/** `new String("a")` and its kin are written as what is in them. */
function isBoxed(value: object): boolean {
  return ["[object String]", "[object Number]", "[object Boolean]"].includes(Object.prototype.toString.call(value));
}
