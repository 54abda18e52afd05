import { threwNote } from "./threw-note.ts";

/** What stands in place of a hidden value: a text, or what a function makes of the value and its path. */
export type Censor = string | ((value: unknown, path: string[]) => unknown);

/** What is hidden below a value: by name, by `*`, or the value itself. */
export interface HiddenNode {
  readonly hidden: boolean;
  readonly children: ReadonlyMap<string, HiddenNode>;
  /** What every name has that is not among the children; a child has it in its own node. */
  readonly any: HiddenNode | undefined;
}

interface NodeBuilder {
  hidden: boolean;
  readonly children: Map<string, NodeBuilder>;
  any: NodeBuilder | undefined;
}

/** A path in its parts; undefined when it is none. Parts are separated by dots, or in brackets, quoted or not. */
export function parsePath(path: string): readonly string[] | undefined {
  const part = /\.?(?:([^.[\]"'`,\s][^.[\],]*)|\[(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^[\]"'`]+))\])/y;
  const parts: string[] = [];
  while (part.lastIndex < path.length) {
    const at = part.lastIndex;
    const match = part.exec(path);
    const leadingDot = path.charAt(at) === ".";
    if (match === null || (leadingDot && (at === 0 || path.charAt(at + 1) === "["))) return undefined;
    const missingDot = at > 0 && !leadingDot && match[1] !== undefined;
    if (missingDot) return undefined;
    parts.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5] ?? "");
  }
  return parts.length === 0 ? undefined : parts;
}

/** Hides values in copies; what is logged is never changed. */
export class Redaction {
  readonly root: HiddenNode;
  /** Names that are hidden at any depth. */
  readonly keys: ReadonlySet<string>;
  readonly #censor: Censor;
  readonly #remove: boolean;

  constructor(
    paths: readonly (readonly string[])[],
    keys: ReadonlySet<string>,
    censor: Censor,
    { remove }: { remove: boolean },
  ) {
    this.root = compile(paths);
    this.keys = keys;
    this.#censor = censor;
    this.#remove = remove;
  }

  /** What stands in place of `value`; undefined when it is to be left out. Never throws. */
  censored(value: unknown, path: readonly string[]): unknown {
    if (this.#remove) return undefined;
    if (typeof this.#censor === "string") return this.#censor;
    try {
      return this.#censor(value, [...path]);
    } catch (thrown) {
      return threwNote(thrown);
    }
  }

  /** A copy of `value` with what the node says hidden; the value itself where there is nothing to hide. */
  hide(value: unknown, node: HiddenNode, path: readonly string[]): unknown {
    if (node.hidden) return this.censored(value, path);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    if (Array.isArray(value)) {
      return value.map((one: unknown, i) => this.#hideChild(one, node, String(i), path));
    }
    // With its prototype: a toJSON of it works on the copy.
    const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
    for (const key of Object.keys(value)) {
      const shown = this.#hideChild((value as Record<string, unknown>)[key], node, key, path);
      if (this.#remove && shown === undefined) continue;
      if (key === "__proto__") Object.defineProperty(copy, key, { value: shown, enumerable: true });
      else copy[key] = shown;
    }
    return copy;
  }

  #hideChild(value: unknown, node: HiddenNode, key: string, path: readonly string[]): unknown {
    const child = childNode(node, key);
    return child === undefined ? value : this.hide(value, child, [...path, key]);
  }
}

/** What is hidden below the child of this name. */
export function childNode(node: HiddenNode, key: string): HiddenNode | undefined {
  return node.children.get(key) ?? node.any;
}

function compile(paths: readonly (readonly string[])[]): HiddenNode {
  const root = emptyNode();
  for (const path of paths) {
    let node = root;
    for (const part of path) node = part === "*" ? (node.any ??= emptyNode()) : namedChild(node, part);
    node.hidden = true;
  }
  spread(root);
  return root;
}

function emptyNode(): NodeBuilder {
  return { hidden: false, children: new Map(), any: undefined };
}

function namedChild(node: NodeBuilder, name: string): NodeBuilder {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const made = emptyNode();
  node.children.set(name, made);
  return made;
}

/** Gives every named child what `*` says, so that one look-up finds all. */
function spread(node: NodeBuilder): void {
  for (const named of node.children.values()) {
    if (node.any !== undefined) merge(named, node.any);
    spread(named);
  }
  if (node.any !== undefined) spread(node.any);
}

function merge(into: NodeBuilder, from: NodeBuilder): void {
  into.hidden ||= from.hidden;
  for (const [name, node] of from.children) merge(namedChild(into, name), node);
  if (from.any !== undefined) merge((into.any ??= emptyNode()), from.any);
}
