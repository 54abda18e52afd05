import type { Browser } from "playwright-core";
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

describe.skipIf(chromiumPath === undefined)("people on the page", () => {
  let system: System;
  let browser: Browser;
  let ann: Visitor;
  let bob: Visitor;
  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start("people"), launch()]);
    [ann, bob] = await Promise.all([visit(browser, system.url(0)), visit(browser, system.url(1))]);
    await Promise.all([signUpOn(ann), signUpOn(bob)]);
    for (const { page } of [ann, bob]) await page.getByRole("link", { name: /Boost\.Beast/ }).click();
  });
  afterAll(async () => {
    await browser.close();
    await system[Symbol.asyncDispose]();
  });

  it("see each other online and typing, over two instances", async () => {
    await ann.page.getByRole("button", { name: "2 online" }).click();
    await ann.page.getByRole("dialog").getByText(bob.name).waitFor();
    await ann.page.keyboard.press("Escape");
    await bob.page.getByRole("textbox", { name: /Message to/ }).pressSequentially("I am about to s");
    await ann.page.getByText(`${bob.name} is typing`).waitFor();
    await picture(ann, "typing");
    await say(bob.page, "I am about to say it");
    await messages(ann.page).filter({ hasText: "about to say it" }).waitFor();
    await expect.poll(() => ann.page.getByText("is typing").count()).toBe(0);
  });

  it("are called by name", async () => {
    await say(ann.page, `look here, @${bob.name}, and not at @${bob.name}s`);
    const called = bob.page.locator("article.message-called");
    await called.waitFor();
    expect(await called.locator("mark").allInnerTexts()).toEqual([`@${bob.name}`]);
    expect(await ann.page.locator("article.message-called").count()).toBe(0);
  });

  it("delete what they said", async () => {
    await say(ann.page, "this was not meant for here");
    const there = messages(bob.page).filter({ hasText: "not meant for here" });
    await there.waitFor();
    const own = messages(ann.page).filter({ hasText: "not meant for here" });
    await own.hover();
    await own.getByRole("button", { name: "Delete the message" }).click();
    await picture(ann, "delete");
    await ann.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await there.waitFor({ state: "detached" });
    await own.waitFor({ state: "detached" });
    expect(await messages(bob.page).first().getByRole("button", { name: "Delete the message" }).count()).toBe(
      (await messages(bob.page).first().getAttribute("class"))?.includes("message-own") === true ? 1 : 0,
    );
  });

  it("get an answer of the AI in the room", async () => {
    await say(bob.page, "@ai what is 6 * 7?");
    for (const { page } of [ann, bob]) {
      const answer = messages(page).filter({ hasText: "6 * 7 = 42" });
      await answer.waitFor();
      expect(await answer.locator(".message-author").innerText()).toBe("AI");
    }
    await picture(bob, "room-ai");
  });

  it("jump by Ctrl-K and the arrows, without a mouse", async () => {
    const { page } = ann;
    await page.keyboard.press("Control+k");
    await page.keyboard.type("conn");
    await expect
      .poll(() => page.getByRole("option").allInnerTexts())
      .toEqual([expect.stringContaining("Database connectors")]);
    await picture(ann, "switcher");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Database connectors" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("ArrowDown");
    expect(await page.getByRole("option", { selected: true }).count()).toBe(1);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  it("edit a question and ask it anew", async () => {
    const { page } = bob;
    await page.getByRole("link", { name: "Assistant" }).click();
    await ask(page, "What is 1 + 1?");
    await lastAnswer(page).filter({ hasText: "= 2" }).waitFor();
    await ask(page, "What is 2 + 2?");
    await lastAnswer(page).filter({ hasText: "= 4" }).waitFor();
    await expect.poll(() => lastAnswer(page).getAttribute("data-status")).toBe("complete");
    await page.locator("article.question").first().hover();
    await page.getByRole("button", { name: "Edit the question" }).first().click();
    await picture(bob, "edit-question");
    await page.getByRole("textbox", { name: "Edit the question" }).fill("What is 3 + 3?");
    await page.keyboard.press("Enter");
    await lastAnswer(page).filter({ hasText: "= 6" }).waitFor();
    expect(await page.locator("article.question p").allInnerTexts()).toEqual(["What is 3 + 3?"]);
    await page.reload();
    await lastAnswer(page).filter({ hasText: "= 6" }).waitFor();
    expect(await page.locator("article.question p").allInnerTexts()).toEqual(["What is 3 + 3?"]);
  });

  it("read code in colours, which are loaded only then", async () => {
    const { page, context } = bob;
    const fresh = await context.newPage();
    const asked: string[] = [];
    fresh.on("request", (request) => asked.push(request.url()));
    await fresh.goto(page.url());
    await lastAnswer(fresh).filter({ hasText: "= 6" }).waitFor();
    expect(asked.filter((url) => url.includes("highlighter"))).toEqual([]);
    await ask(fresh, "show me some code");
    await fresh.locator("pre .hljs-keyword").first().waitFor();
    expect(asked.filter((url) => url.includes("highlighter"))).toHaveLength(1);
    await fresh.close();
    expect([...ann.problems, ...bob.problems]).toEqual([]);
  });
});
