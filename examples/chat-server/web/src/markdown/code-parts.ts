/** A piece of code; what it is decides its colour. */
export interface CodePart {
  readonly text: string;
  /** Classes of highlight.js, the innermost last; empty for plain code. */
  readonly kind: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

/**
 * Reads what highlight.js writes: text and nested `<span class="…">`, nothing else. It is HTML, which this page never
 * inserts as such.
 */
export function codeParts(html: string): readonly CodePart[] {
  const parts: CodePart[] = [];
  const open: string[] = [];
  for (const [token, kind] of html.matchAll(/<span class="([^"]*)">|<\/span>|[^<]+/g)) {
    if (kind !== undefined) open.push(kind);
    else if (token === "</span>") open.pop();
    else parts.push({ text: decoded(token), kind: open.at(-1) ?? "" });
  }
  return parts;
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity] ?? entity);
}
