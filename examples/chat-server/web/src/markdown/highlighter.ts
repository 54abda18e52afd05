/** The highlighter itself: a chunk of its own, loaded when the first closed code block is on the page. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import type { CodePart } from "./code-parts.ts";
import { codeParts } from "./code-parts.ts";

const LANGUAGES = { bash, c, cpp, css, go, java, json, python, rust, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.registerAliases(["javascript", "js", "jsx", "mjs"], { languageName: "typescript" });

/** The code in parts by what they are; undefined for a language that it does not know. */
export function highlight(code: string, language: string): readonly CodePart[] | undefined {
  if (hljs.getLanguage(language) === undefined) return undefined;
  return codeParts(hljs.highlight(code, { language, ignoreIllegals: true }).value);
}
