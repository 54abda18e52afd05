import { Lexer, type MarkedToken, type Token } from "marked";

/** A text and its blocks, from top to bottom. */
export interface Blocks {
  readonly text: string;
  readonly tokens: readonly MarkedToken[];
}

/** Quotes and lists in each other deeper than this are nobody's writing; the parser would go as deep as they do. */
const TOO_DEEP = /^[ \t]*(?:(?:>|[*+-](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*){24}/m;

/**
 * Cuts a text into the blocks of GitHub's markdown; single line breaks count.
 *
 * @param before what the text was when it was shorter: then only the last of its blocks is read again. A link's
 *   address that is given elsewhere in the text is found only without it.
 */
export function parseBlocks(source: string, before?: Blocks): Blocks {
  const text = source.replaceAll(/\r\n?/g, "\n");
  if (TOO_DEEP.test(text)) return { text, tokens: [plain(text)] };
  const kept = before === undefined || !text.startsWith(before.text) ? [] : finishedBlocks(before.tokens);
  const done = kept.reduce((length, { raw }) => length + raw.length, 0);
  return { text, tokens: [...kept, ...lex(text.slice(done))] };
}

/** The children of a token, whatever its kind. */
export function childTokens(tokens: readonly Token[] | undefined): readonly MarkedToken[] {
  // There are no extensions, whose tokens would be others.
  return (tokens ?? []) as readonly MarkedToken[];
}

function lex(text: string): readonly MarkedToken[] {
  return childTokens(new Lexer({ gfm: true, breaks: true }).lex(text));
}

/** All but the last block, which may go on, and the empty lines after it. */
function finishedBlocks(tokens: readonly MarkedToken[]): readonly MarkedToken[] {
  const last = tokens.findLastIndex(({ type }) => type !== "space");
  return tokens.slice(0, Math.max(0, last));
}

function plain(text: string): MarkedToken {
  return { type: "paragraph", raw: text, text, tokens: [{ type: "text", raw: text, text, escaped: false }] };
}
