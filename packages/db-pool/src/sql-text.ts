/** What can be told from a statement's text: its placeholders, and what it may leave behind in the session. */

export interface SqlText {
  /** As it was given. */
  readonly sql: string;
  /** Number of `?` outside of quotes and comments. */
  readonly positional: number;
  /** The statement with `?` for each `:name`, and these names in order. */
  readonly named: { readonly sql: string; readonly names: readonly string[] };
  /** Leaves nothing behind in the session outside of a transaction. */
  readonly plain: boolean;
  /** Reads only: may be sent again when its answer got lost. */
  readonly read: boolean;
  /** May choose another default database. */
  readonly movesDatabase: boolean;
}

/** Quoted text, comments, placeholders. Each quoted form is a loop without nesting, so that long texts cost no stack. */
const TOKENS =
  /'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"|`[^`]*`|\/\*[^]*?\*\/|--(?=\s|$)[^\n]*|#[^\n]*|\?|:([A-Za-z_]\w*)/gs;

const PLAIN_START = /^\s*(?:select|insert|update|delete|replace)\b/i;
/** Variables, locks and sequences outlive the statement. */
const LEAVES_STATE = /:=|\bget_lock\b|\b(?:nextval|setval|lastval)\b|\bnext\s+value\b|\blast_insert_id\s*\(\s*[^\s)]/i;
const SELECT_START = /^\s*select\b/i;
const SELECT_MORE = /\binto\b|\bfor\s+update\b|\bfor\s+share\b|\block\s+in\s+share\s+mode\b/i;
const SHOW_START = /^\s*show\b/i;
const USE = /\buse\b/i;
/** Where such a text ends depends on the session's NO_BACKSLASH_ESCAPES. */
const ESCAPED_QUOTE = /^['"].*\\['"]./s;

function analyse(sql: string): SqlText {
  let positional = 0;
  let executableComment = false;
  let unsureEnd = false;
  const names: string[] = [];
  const bare: string[] = [];
  const withMarks: string[] = [];
  let end = 0;
  for (const match of sql.matchAll(TOKENS)) {
    const [token, name] = match;
    const between = sql.slice(end, match.index);
    end = match.index + token.length;
    bare.push(between);
    withMarks.push(between);
    if (name !== undefined) names.push(name);
    else if (token === "?") positional += 1;
    else if (token.startsWith("/*!") || token.startsWith("/*M!")) executableComment = true;
    else if (ESCAPED_QUOTE.test(token)) unsureEnd = true;
    bare.push(bareForm(token, name));
    withMarks.push(name === undefined ? token : "?");
  }
  bare.push(sql.slice(end));
  withMarks.push(sql.slice(end));
  const text = bare.join("");
  const select = SELECT_START.test(text);
  const stateless = !executableComment && !unsureEnd && !LEAVES_STATE.test(text) && !(select && SELECT_MORE.test(text));
  const plain = stateless && PLAIN_START.test(text);
  return {
    sql,
    positional,
    named: { sql: withMarks.join(""), names },
    plain,
    read: stateless && (select || SHOW_START.test(text)),
    movesDatabase: executableComment || unsureEnd || (!plain && USE.test(text)),
  };
}

/** What stands for a token in the text that is searched for words: a comment parts words, a quoted text is one. */
function bareForm(token: string, name: string | undefined): string {
  if (token === "?" || name !== undefined) return "?";
  return /^[/#-]/.test(token) ? " " : "''";
}

const MAX_TEXTS = 1_000;
const MAX_CACHED_LENGTH = 4_096;
const texts = new Map<string, SqlText>();

/** Texts are few and come again and again: the latest are remembered. */
export function sqlText(sql: string): SqlText {
  const known = texts.get(sql);
  if (known !== undefined) return known;
  const text = analyse(sql);
  if (sql.length > MAX_CACHED_LENGTH) return text;
  if (texts.size >= MAX_TEXTS) {
    const [oldest] = texts.keys();
    if (oldest !== undefined) texts.delete(oldest);
  }
  texts.set(sql, text);
  return text;
}
