/** Every screen in both languages, both themes, wide and narrow: nothing that a screen reader stumbles over, nothing that sticks out. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  System,
  type Visitor,
  ask,
  chromiumPath,
  lastAnswer,
  launch,
  messages,
  picture,
  say,
  signUpOn,
  visit,
} from "./system.ts";

interface AxeResult {
  readonly id: string;
  readonly impact: string;
  readonly nodes: string[];
}

/** What axe-core finds serious or critical. */
async function seriousFindings(page: Page): Promise<AxeResult[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<
    AxeResult[]
  >(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) })))`);
  return found.filter(({ impact }) => impact === "serious" || impact === "critical");
}

const TEXTS = `# A heading

A list, a [link](https://example.com/) and \`code\`:

1. one
2. **two**

\`\`\`ts
const answer: number = 6 * 7; // the answer
\`\`\`

| a | b |
| - | - |
| 1 | 2 |

> said before`;

const SCREENS = [
  "/chat",
  "/chat/beast",
  "/chat/wasm",
  "/chat/nowhere",
  "/ai",
  "/ai/new",
  "conversation",
  "/settings",
  "/ops",
] as const;

const LOOKS = [
  { locale: "en-US", theme: "light", width: 1280, height: 800 },
  { locale: "en-US", theme: "dark", width: 360, height: 640 },
  { locale: "zh-CN", theme: "dark", width: 1280, height: 800 },
  { locale: "zh-CN", theme: "light", width: 360, height: 640 },
] as const;

describe.skipIf(chromiumPath === undefined)("every screen", () => {
  let system: System;
  let browser: Browser;
  let ann: Visitor;
  let conversation: string;
  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start("screens"), launch()]);
    ann = await visit(browser, system.url(0));
    await signUpOn(ann);
    const { page } = ann;
    await page.getByRole("link", { name: /Boost\.Beast/ }).click();
    for (const text of ["Good morning!", TEXTS, `A long word: ${"long".repeat(60)}`]) await say(page, text);
    await messages(page).nth(2).waitFor();
    await page.getByRole("link", { name: "Assistant" }).click();
    await ask(page, "/think show me some code");
    await page.locator("article.answer[data-status=complete]").waitFor();
    await ask(page, "/fail cut");
    await lastAnswer(page).getByRole("alert").waitFor();
    conversation = new URL(page.url()).pathname;
  });
  afterAll(async () => {
    await browser.close();
    await system[Symbol.asyncDispose]();
  });

  describe.each(LOOKS)("$locale, $theme, $width wide", ({ locale, theme, width, height }) => {
    let visitor: Visitor;
    beforeAll(async () => {
      visitor = await visit(browser, system.url(0), { locale, width, height });
      await visitor.page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    });
    /** What is wrong with what the page shows. */
    const faults = async (name: string): Promise<object> => {
      const { page } = visitor;
      await picture(visitor, `${name}-${locale}-${theme}-${width}`);
      const sticksOut = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
      return { sticksOut, serious: await seriousFindings(page), problems: visitor.problems };
    };
    const none = { sticksOut: false, serious: [], problems: [] };

    it.each(["/", "/login"])("%s", async (path) => {
      await visitor.page.goto(new URL(path, system.url(0)).href);
      await visitor.page.locator("form").waitFor();
      await visitor.page.locator("button[type=submit]").click();
      expect(await faults(path === "/" ? "sign-up" : "log-in")).toEqual(none);
    });

    it.each(SCREENS)("%s", async (screen) => {
      await visitor.context.addCookies(await ann.context.cookies());
      const path = screen === "conversation" ? conversation : screen;
      await visitor.page.goto(new URL(path, system.url(0)).href);
      await visitor.page.locator("h1, .side-list li").first().waitFor({ state: "attached" });
      await expect.poll(() => visitor.page.locator(".loading, .splash").count()).toBe(0);
      if (screen === "/ops") await visitor.page.locator(".ops-part").first().waitFor();
      expect(await faults(screen.replaceAll("/", "-").replace(/^-/, ""))).toEqual(none);
    });

    it("the switcher", async () => {
      await visitor.page.goto(new URL("/chat/beast", system.url(0)).href);
      await messages(visitor.page).first().waitFor();
      await visitor.page.keyboard.press("Control+k");
      await visitor.page.getByRole("option").first().waitFor();
      expect(await faults("switcher")).toEqual(none);
    });
  });
});
