import { describe, expect, it } from "vitest";
import { codeParts } from "../../web/src/markdown/code-parts.ts";
import { highlight } from "../../web/src/markdown/highlighter.ts";
import { isClosedFence } from "../../web/src/markdown/use-highlight.ts";

describe("highlight", () => {
  it.each([
    ["typescript", 'const a: Map<string, "x"> = f(`${b}`); // <b>&amp;</b>'],
    ["js", "let π = '\\u2028' && /<\\/script>/.test(x)"],
    ["sql", "SELECT * FROM `a` WHERE b <> 'it''s' -- &lt;"],
    ["html", '<img src=x onerror="alert(1)">&copy; text'],
    ["python", 'def f(x):\n\treturn f"{x!r}" # 你好'],
  ])("colours %s and changes no character of it", (language, code) => {
    const parts = highlight(code, language) ?? [];
    expect(parts.map(({ text }) => text).join("")).toBe(code);
    expect(parts.some(({ kind }) => kind.startsWith("hljs-"))).toBe(true);
  });

  it("leaves languages plain that it does not know", () => {
    expect(highlight("x", "brainfuck")).toBeUndefined();
    expect(highlight("x", "__proto__")).toBeUndefined();
  });

  it("gives the innermost kind", () => {
    expect(codeParts('a<span class="o">b<span class="i">c</span>d</span>&lt;e')).toEqual([
      { text: "a", kind: "" },
      { text: "b", kind: "o" },
      { text: "c", kind: "i" },
      { text: "d", kind: "o" },
      { text: "<e", kind: "" },
    ]);
  });
});

describe("isClosedFence", () => {
  it.each([
    ["```ts\nx\n```", true],
    ["```ts\nx\n```\n\n", true],
    ["~~~\nx\n~~~", true],
    ["````\n```\n````", true],
    ["````\nx\n```", false],
    ["```ts\nx", false],
    ["```", false],
    ["    indented", false],
  ])("%j: %s", (raw, closed) => {
    expect(isClosedFence(raw)).toBe(closed);
  });
});
