/** Below this length a loop over the characters is faster than the regular expression. */
const LOOP_BELOW = 24;
// Control characters, quotes, backslashes, and surrogates: JSON.stringify knows which of those are lone.
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** `text` as a JSON string literal; lone surrogates are escaped, so that the bytes are valid UTF-8. */
export function jsonString(text: string): string {
  const { length } = text;
  if (length >= LOOP_BELOW) return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92 || (unit >= 0xd800 && unit <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}
