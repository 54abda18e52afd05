/** A part of a text: what is said, or a call of the reader by name. */
export interface TextPart {
  readonly text: string;
  readonly isMention: boolean;
}

const WORD = /[\p{L}\p{N}_]/u;

/** Cuts a text at each `@name`, in capitals or not, that is no part of a longer word. */
export function splitAtMentions(text: string, name: string): readonly TextPart[] {
  if (name === "" || !text.includes("@")) return [{ text, isMention: false }];
  const parts: TextPart[] = [];
  let rest = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const end = at + 1 + name.length;
    if (at < rest || !isMention(text, at, end, name)) continue;
    if (at > rest) parts.push({ text: text.slice(rest, at), isMention: false });
    parts.push({ text: text.slice(at, end), isMention: true });
    rest = end;
  }
  if (rest < text.length || parts.length === 0) parts.push({ text: text.slice(rest), isMention: false });
  return parts;
}

/** Whether a text calls somebody by name. */
export function mentions(text: string, name: string): boolean {
  return splitAtMentions(text, name).some((part) => part.isMention);
}

function isMention(text: string, at: number, end: number, name: string): boolean {
  const named = text.slice(at + 1, end).toLocaleLowerCase() === name.toLocaleLowerCase();
  return named && !WORD.test(text[at - 1] ?? "") && !WORD.test(text[end] ?? "");
}
