/** Below this length a loop over the characters is faster than the regular expression. */
const LOOP_BELOW = 24;
// Control characters, quotes, backslashes, and surrogates: JSON.stringify knows which of those are lone.
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** Whether `text` is more than itself between quotes. */
export function needsEscape(text: string): boolean {
  const { length } = text;
  if (length >= LOOP_BELOW) return NEEDS_ESCAPE.test(text);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92 || (unit >= 0xd800 && unit <= 0xdfff)) return true;
  }
  return false;
}

/** `text` as a JSON string literal; lone surrogates are escaped, so that the bytes are valid UTF-8. */
export function jsonString(text: string): string {
  return needsEscape(text) ? JSON.stringify(text) : `"${text}"`;
}

/**
 * The same text in one piece. A text that is put together stays a tree of its parts until somebody walks over it: where
 * it goes into many lines, that would be done for each.
 */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}
