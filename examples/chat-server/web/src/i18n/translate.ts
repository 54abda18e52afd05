import { en } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

export type Language = "en" | "zh-CN";

/** A text with a form for each plural category that the language has; `other` always. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export type Key = keyof typeof en;

/** What each language must say: a key that is missing, or a plural where there is none, is an error of types. */
export type Dictionary = { readonly [K in Key]: (typeof en)[K] extends string ? string : Plural };

/** The names in braces of a text. */
type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Values<K extends Key> = Names<(typeof en)[K] extends { other: infer Other } ? Other : (typeof en)[K]>;

/** Says a text in the language it was made for. Names in braces must be given, and nothing else. */
export type Translate = <K extends Key>(
  key: K,
  ...values: [Values<K>] extends [never] ? [] : [values: Readonly<Record<Values<K>, string | number>>]
) => string;

export const dictionaries: Readonly<Record<Language, Dictionary>> = { en, "zh-CN": zhCn };

export function translator(language: Language): Translate {
  const dictionary = dictionaries[language];
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (key, ...[given]) => {
    const values: Readonly<Record<string, string | number>> = given ?? {};
    const text: string | Plural = dictionary[key];
    const form = typeof text === "string" ? text : (text[plurals.select(Number(values.count))] ?? text.other);
    return form.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === "number" ? numbers.format(value) : (value ?? whole);
    });
  };
}

/** The text for an error code. One that is new to the page is named, so that it can be looked up. */
export function errorText(t: Translate, code: string): string {
  const key = `error.${code}`;
  return isErrorKey(key) ? t(key) : t("error.unknown", { code });
}

type ErrorKey = Exclude<Extract<Key, `error.${string}`>, "error.unknown">;

function isErrorKey(key: string): key is ErrorKey {
  return Object.hasOwn(en, key) && key !== "error.unknown";
}

/** The first of the browser's languages that there is. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase();
    if (language.startsWith("zh")) return "zh-CN";
    if (language.startsWith("en")) return "en";
  }
  return "en";
}
