import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { translator } from "../../web/src/i18n/translate.ts";
import { type Blocks, parseBlocks } from "../../web/src/markdown/blocks.ts";
import { Markdown } from "../../web/src/markdown/markdown.tsx";

const t = translator("en");
const html = (text: string): string => {
  const whole = renderToStaticMarkup(createElement(Markdown, { text, t }));
  expect(whole.startsWith('<div class="markdown">')).toBe(true);
  return whole.slice('<div class="markdown">'.length, -"</div>".length);
};
const REL = 'target="_blank" rel="noopener noreferrer nofollow"';

describe("Markdown", () => {
  it.each([
    ["plain", "<p>plain</p>"],
    ["**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>"],
    ["one\ntwo", "<p>one<br/>two</p>"],
    ["# Title", '<h3 class="heading-1">Title</h3>'],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["3. a", '<ol start="3"><li>a</li></ol>'],
    ["> q", "<blockquote><p>q</p></blockquote>"],
    ["a\n\n---\n\nb", "<p>a</p><hr/><p>b</p>"],
    ['a < b && "c"', "<p>a &lt; b &amp;&amp; &quot;c&quot;</p>"],
    ["\\*a\\*", "<p>*a*</p>"],
    ["[x](https://a.example/?q=1&r)", `<p><a href="https://a.example/?q=1&amp;r" ${REL}>x</a></p>`],
    ["https://a.example", `<p><a href="https://a.example/" ${REL}>https://a.example</a></p>`],
    ["[m](mailto:a@b.example)", `<p><a href="mailto:a@b.example" ${REL}>m</a></p>`],
    ["![cat](https://a.example/c.png)", `<p><a href="https://a.example/c.png" ${REL}>Image: cat</a></p>`],
  ])("shows %j", (text, expected) => expect(html(text)).toBe(expected));

  it("shows tables with their alignment and tasks with their state", () => {
    expect(html("|a|b|\n|:-:|--:|\n|1|2|")).toContain('<td class="align-center">1</td><td class="align-right">2</td>');
    const tasks = html("- [x] a\n- [ ] b");
    expect(tasks).toContain('aria-label="Done"');
    expect(tasks).toContain('aria-label="Not done"');
  });

  it("shows code as it is, with its language", () => {
    expect(html("```js\nif (a < b) { }\n```")).toMatch(/<span>js<\/span>.*<code>if \(a &lt; b\) \{ \}<\/code>/s);
    expect(html('```"><img src=x>\nx\n```')).toContain("<span>Code</span>");
  });
});

/** Each tries to run a script, to load something, or to lead where a link must not. */
const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onmouseover=alert(1)>b</b>",
  '<iframe src="javascript:alert(1)"></iframe>',
  "<svg/onload=alert(1)>",
  "<style>*{background:url(https://evil.example)}</style>",
  "<!-- --><script>alert(1)</script>",
  "<a href='javascript:alert(1)'>x</a>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x]( javascript:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](<java\nscript:alert(1)>)",
  "[x](&#106;avascript:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](vbscript:msgbox(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](file:///etc/passwd)",
  "[x](blob:https://a.example/1)",
  "[x](//evil.example)",
  "[x](/api/logout)",
  "<javascript:alert(1)>",
  "[x][y]\n\n[y]: javascript:alert(1)",
  "![x](javascript:alert(1))",
  "![x](https://evil.example/a.png)",
  '[x](https://a.example "onmouseover=alert(1)")',
  '[x](https://a.example/"onmouseover="alert(1))',
  '![" onerror="alert(1)](x)',
  "`<script>alert(1)</script>`",
  "```\n</code></pre><script>alert(1)</script>\n```",
  "|<img src=x onerror=alert(1)>|\n|-|\n|<script>alert(1)</script>|",
  "- <img src=x onerror=alert(1)>",
  "# <img src=x onerror=alert(1)>",
  "> <script>alert(1)</script>",
  "**<img src=x onerror=alert(1)>**",
  "[<img src=x onerror=alert(1)>](https://a.example)",
];

describe("hostile text", () => {
  it.each(ATTACKS)("stays text: %j", (text) => {
    const out = html(text);
    const tags = [...out.matchAll(/<([a-z0-9]+)((?:\s[^<>]*)?)>/g)];
    const allowed = "a|p|h3|ul|li|blockquote|strong|em|code|pre|div|span|button|svg|path|table|thead|tbody|tr|th|td|br";
    for (const [, name = "", attributes = ""] of tags) {
      expect(name).toMatch(new RegExp(`^(${allowed})$`));
      expect(attributes).not.toMatch(/\s(on\w+|src|style|srcset|formaction)=/i);
    }
    for (const [, href = ""] of out.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
  });

  it("of thousands of quotes in quotes or lists in lists ends quickly, as plain text", () => {
    for (const text of [">".repeat(4_000), "> ".repeat(2_000), "- ".repeat(2_000), "1. ".repeat(1_300)])
      expect(html(text)).toBe(`<p>${text.replaceAll(">", "&gt;")}</p>`);
  });

  it("of thousands of brackets or stars is shown whole", () => {
    for (const text of ["[".repeat(4_000), "*a".repeat(2_000), "**a ".repeat(1_000), "(".repeat(4_000)])
      expect(html(text).replaceAll(/<[^>]+>/g, "").length).toBeGreaterThan(900);
  });
});

describe("parseBlocks", () => {
  const TEXT = [
    "# Title\r\n\r\nA paragraph\nof two lines.",
    "- one\n- two\n\n- three\n\n  more of three",
    "```js\nconst a = `x`;\n\n- not a list\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "> quoted\n> more\n\nTitle\n=====",
    "1. one\n\n   text\n2. two\n\n***\n\n<b>html</b>\n\nThe end.",
  ].join("\n\n");

  it("gives at each length of a growing text what the whole text gives", () => {
    let before: Blocks | undefined;
    for (let length = 0; length <= TEXT.length; length++) {
      const text = TEXT.slice(0, length);
      before = parseBlocks(text, before);
      expect(before.tokens.map(({ type, raw }) => [type, raw])).toEqual(
        parseBlocks(text).tokens.map(({ type, raw }) => [type, raw]),
      );
    }
  });

  it("keeps the blocks before the last one as they are", () => {
    const before = parseBlocks("one\n\ntwo");
    const after = parseBlocks("one\n\ntwo and more", before);
    expect(after.tokens[0]).toBe(before.tokens[0]);
  });

  it("reads a text anew that is not the longer one", () => {
    expect(parseBlocks("# other", parseBlocks("one\n\ntwo")).tokens).toMatchObject([{ type: "heading" }]);
  });
});
