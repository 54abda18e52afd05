/** What the demo model says: canned, the same for the same prompt, and honest about it. */
import { findExpression, evaluate, showNumber } from "./arithmetic.ts";

export interface Reply {
  readonly reasoning: string;
  readonly text: string;
  /** Pause before each piece, in milliseconds. */
  readonly paceMs: number;
  readonly fail: Failure | undefined;
}

/** A fault to play, as `/fail …` names it. */
export type Failure = "cut" | "reset" | "stall" | "html" | "badjson" | "error" | number;

const NORMAL_PACE_MS = 15;
const SLOW_PACE_MS = 250;
const FAILURES: readonly Failure[] = ["cut", "reset", "stall", "html", "badjson", "error"];

const HELP = `I am the built-in demo: canned replies, not an AI. Try:

- a calculation, such as \`6*7\`
- \`code\`, for a sample with markdown
- \`/slow\` before a prompt, for a slow answer
- \`/think\` before a prompt, for an answer with reasoning
- \`/fail 429\`, or \`401\`, \`500\`, \`cut\`, \`reset\`, \`stall\`, \`html\`, \`badjson\`, \`error\`, for a fault`;

/** The reply to the last prompt of a conversation. */
export function replyTo(prompt: string): Reply {
  const command = /^\/(slow|think|fail)(?:\s+([\s\S]*))?$/.exec(prompt.trim());
  const rest = command?.[2]?.trim() ?? "";
  switch (command?.[1]) {
    case "slow":
      return { ...plain(rest === "" ? "Take your time. ".repeat(10).trim() : answer(rest)), paceMs: SLOW_PACE_MS };
    case "think":
      return { ...plain(answer(rest)), reasoning: reasoningAbout(rest) };
    case "fail":
      return { ...plain("This answer will not end well, it is a test of a fault."), fail: failureOf(rest) };
    default:
      return plain(answer(prompt));
  }
}

function plain(text: string): Reply {
  return { reasoning: "", text, paceMs: NORMAL_PACE_MS, fail: undefined };
}

function failureOf(name: string): Failure {
  if (/^[45]\d\d$/.test(name)) return Number(name);
  return FAILURES.find((failure) => failure === name) ?? "error";
}

function answer(prompt: string): string {
  const words = prompt.trim();
  if (words === "") return HELP;
  const expression = findExpression(words);
  if (expression !== undefined) return `${expression} = ${showNumber(evaluate(expression) ?? Number.NaN)}`;
  if (/^(\/?help|what can you do)\b/i.test(words)) return HELP;
  if (/\b(code|sample|example|markdown)\b|代码|示例/i.test(words)) return codeSample(words);
  return facts(words);
}

function facts(prompt: string): string {
  const { words, characters, lines, language, longest } = factsOf(prompt);
  return `You wrote ${plural(words, "word")}, ${plural(characters, "character")} on ${plural(lines, "line")}, in ${language}.
The longest word is **${escapeMarkdown(longest)}**.

I am the built-in demo: canned replies, not an AI. Ask for \`help\` to see what I know.`;
}

function factsOf(prompt: string) {
  const words = prompt.match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
  return {
    words: words.length,
    characters: prompt.match(/[\s\S]/gu)?.length ?? 0,
    lines: prompt.split("\n").length,
    language: languageOf(prompt),
    longest: words.reduce((longest, word) => (word.length > longest.length ? word : longest), ""),
  };
}

const SCRIPTS = [
  ["Japanese", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["Chinese", /\p{Script=Han}/u],
  ["Korean", /\p{Script=Hangul}/u],
  ["a language in Cyrillic letters", /\p{Script=Cyrillic}/u],
  ["Arabic", /\p{Script=Arabic}/u],
  ["Greek", /\p{Script=Greek}/u],
  ["German", /[äöüß]|\b(und|der|die|das|ist|nicht)\b/i],
  ["French", /[éèêàç]|\b(le|les|des|est|une|pas)\b/i],
  ["Spanish", /[ñ¿¡]|\b(el|los|las|es|una|que)\b/i],
  ["English", /\b(the|is|a|you|what|how|and|to|of|i|hello|hi|please)\b/i],
] as const;

function languageOf(text: string): string {
  return SCRIPTS.find(([, pattern]) => pattern.test(text))?.[0] ?? "a language I do not know";
}

function codeSample(prompt: string): string {
  const { words, characters } = factsOf(prompt);
  return `Here is a sample that counts words, as I did with yours (${plural(words, "word")}):

\`\`\`ts
export function countWords(text: string): number {
  return text.match(/[\\p{L}\\p{N}]+/gu)?.length ?? 0;
}
\`\`\`

| what | how many |
| --- | ---: |
| words | ${words} |
| characters | ${characters} |

1. It takes *any* text.
2. It knows **all** letters, not only a to z.`;
}

function reasoningAbout(prompt: string): string {
  const { words, language } = factsOf(prompt);
  return `The prompt has ${plural(words, "word")}. It looks like ${language}. First I look for a calculation, then for a word I know.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, String.raw`\$&`);
}

/** A text in the pieces a model would send it in: words with the white space before them; each letter of Chinese. */
export function pieces(text: string): string[] {
  return text.match(/\s*(?:\p{Script=Han}|[^\s\p{Script=Han}]+)|\s+$/gu) ?? [];
}
