import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../chat-app.ts";
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

async function cookieOf({ context }: Visitor): Promise<string> {
  const [cookie] = await context.cookies();
  return `sid=${cookie?.value ?? ""}`;
}

describe.skipIf(chromiumPath === undefined)("the page", () => {
  let system: System;
  let browser: Browser;
  let ann: Visitor;
  let bob: Visitor;
  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start("page"), launch()]);
    ann = await visit(browser, system.url(0));
    bob = await visit(browser, system.url(1));
  });
  afterAll(async () => {
    await browser.close();
    await system[Symbol.asyncDispose]();
  });

  it("lets two people sign up on two instances and talk to each other", async () => {
    await picture(ann, "sign-up");
    await Promise.all([signUpOn(ann), signUpOn(bob)]);
    for (const { page } of [ann, bob]) await page.getByRole("link", { name: /Boost\.Beast/ }).click();
    await say(ann.page, "hello from **one**");
    await messages(bob.page).filter({ hasText: "hello from one" }).waitFor();
    await say(bob.page, "and from `two`");
    await messages(ann.page).filter({ hasText: "and from two" }).waitFor();
    expect(await messages(ann.page).allInnerTexts()).toEqual(await messages(bob.page).allInnerTexts());
    expect(await bob.page.locator("article[data-message] strong").innerText()).toBe("one");
    await picture(ann, "room");
  });

  it("counts what is unread, and marks it read", async () => {
    await bob.page.getByRole("link", { name: /Boost\.Async/ }).click();
    await say(ann.page, "are you there?");
    await bob.page.getByRole("link", { name: /Boost\.Beast.*1 unread message/s }).waitFor();
    await bob.page.getByRole("link", { name: /Boost\.Beast/ }).click();
    await messages(bob.page).filter({ hasText: "are you there?" }).waitFor();
    await expect.poll(() => bob.page.getByRole("link", { name: /unread/ }).count()).toBe(0);
  });

  it("keeps session and history over a reload", async () => {
    const before = await messages(ann.page).allInnerTexts();
    await ann.page.reload();
    await messages(ann.page).first().waitFor();
    await expect.poll(() => messages(ann.page).allInnerTexts()).toEqual(before);
  });

  it("shows user text as text", async () => {
    const evil = `<img src=x onerror="alert(1)"> [a](javascript:alert(2)) ![b](http://evil.example/b.png)`;
    await say(ann.page, evil);
    const shown = messages(bob.page).last();
    await expect.poll(() => shown.innerText()).toContain('<img src=x onerror="alert(1)">');
    expect(await shown.locator("img, [href^=javascript]").count()).toBe(0);
    expect([...ann.problems, ...bob.problems]).toEqual([]);
  });

  it("shows the AI's answer as it comes, keeps it over a reload, and stops one", async () => {
    const { page } = ann;
    await page.getByRole("link", { name: "Assistant" }).click();
    await page.getByText("Built-in demo: canned replies, not an AI.").first().waitFor();
    await ask(page, "What is 6 * 7?");
    await lastAnswer(page).filter({ hasText: "42" }).waitFor();
    await expect.poll(() => lastAnswer(page).getAttribute("data-status")).toBe("complete");
    const answer = await lastAnswer(page).locator(".answer-text").innerText();
    await picture(ann, "assistant");
    await page.reload();
    await expect.poll(() => lastAnswer(page).locator(".answer-text").innerText()).toBe(answer);

    await ask(page, "/slow tell me a story");
    await expect
      .poll(() =>
        lastAnswer(page)
          .locator(".answer-text")
          .innerText()
          .then(({ length }) => length),
      )
      .toBeGreaterThan(5);
    expect(await lastAnswer(page).getAttribute("data-status")).toBe("running");
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => lastAnswer(page).getAttribute("data-status")).toBe("stopped");
    expect((await lastAnswer(page).locator(".answer-text").innerText()).length).toBeGreaterThan(5);
  });

  it("shows an answer that is under way again after a reload, to its identical end", async () => {
    const { page } = ann;
    await ask(page, "/slow count the words of this sentence");
    await expect
      .poll(() =>
        lastAnswer(page)
          .locator(".answer-text")
          .innerText()
          .then(({ length }) => length),
      )
      .toBeGreaterThan(5);
    const url = page.url();
    const tab = await ann.context.newPage();
    await tab.goto(url);
    await page.reload();
    await expect.poll(() => lastAnswer(page).getAttribute("data-status"), { timeout: 30_000 }).toBe("complete");
    await expect.poll(() => lastAnswer(tab).getAttribute("data-status")).toBe("complete");
    const whole = await lastAnswer(page).locator(".answer-text").innerText();
    expect(await lastAnswer(tab).locator(".answer-text").innerText()).toBe(whole);
    await page.reload();
    await expect.poll(() => lastAnswer(page).locator(".answer-text").innerText()).toBe(whole);
    await tab.close();
  });

  it.each(["429", "cut", "html", "badjson", "error"])(
    "shows a card for the fault %s, and never a cut answer as a whole one",
    async (fault) => {
      const { page } = ann;
      await ask(page, `/fail ${fault}`);
      const card = lastAnswer(page).getByRole("alert");
      await card.waitFor({ timeout: 40_000 });
      expect(await lastAnswer(page).getAttribute("data-status")).toBe("error");
      expect(await card.getByRole("button", { name: /Try again/ }).count()).toBe(1);
    },
  );

  it("shows an error card with a retry when the ai-server is killed in mid-answer, while rooms go on", async () => {
    const { page } = ann;
    await ask(page, "/slow this one will not end well");
    await expect
      .poll(() =>
        lastAnswer(page)
          .locator(".answer-text")
          .innerText()
          .then(({ length }) => length),
      )
      .toBeGreaterThan(5);
    await system.ai?.end("SIGKILL");
    await say(bob.page, "still talking");
    await messages(bob.page).filter({ hasText: "still talking" }).waitFor();
    const retry = lastAnswer(page).getByRole("button", { name: "Try again" });
    await retry.waitFor({ timeout: 40_000 });
    await picture(ann, "interrupted");
    await page.getByText("The AI is unavailable right now. Rooms go on working.").first().waitFor();
    await system.startAi();
    await page.getByText("The AI is unavailable right now.").waitFor({ state: "detached", timeout: 20_000 });
    await retry.click();
    await expect.poll(() => lastAnswer(page).getAttribute("data-status"), { timeout: 30_000 }).toBe("complete");
  }, 120_000);

  it("signs out in one tab, which closes the session's other sockets and shows no data any more", async () => {
    const cookie = await cookieOf(bob);
    const tab = await bob.context.newPage();
    await tab.goto(new URL("/chat/beast", system.url(1)).href);
    await messages(tab).first().waitFor();
    const { client } = await Client.base(system.url(0), cookie);
    await bob.page.getByRole("link", { name: "Settings" }).click();
    await bob.page.getByRole("button", { name: "Sign out" }).click();
    await bob.page.getByRole("button", { name: "Log in" }).waitFor();
    await tab.getByRole("button", { name: "Log in" }).waitFor();
    expect(await client.closed).toBe(1008);
    expect(await new Client(system.url(0), { cookie }).closed).toBe(1008);
    await bob.page.goBack();
    await bob.page.getByRole("button", { name: "Log in" }).waitFor();
    expect(await messages(bob.page).count()).toBe(0);
  });

  it("speaks Chinese where the browser does, and fits a phone", async () => {
    const phone = await visit(browser, system.url(0), { width: 360, height: 640, locale: "zh-CN" });
    const { page } = phone;
    await expect.poll(() => page.locator("html").getAttribute("lang")).toBe("zh-CN");
    await picture(phone, "phone-sign-up");
    const fields = page.locator("form input");
    await fields.nth(0).fill("手机用户");
    await fields.nth(1).fill("phone@example.com");
    await fields.nth(2).fill("correct horse");
    await page.locator("form button[type=submit]").click();
    await page.getByRole("link", { name: /Boost\.Beast/ }).waitFor();
    const fits = () => page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth");
    expect(await fits()).toBe(true);
    await picture(phone, "phone-rooms");
    await page.getByRole("link", { name: /Boost\.Beast/ }).click();
    await messages(page).first().waitFor();
    await page.getByRole("textbox").fill("你好");
    await page.getByRole("textbox").press("Enter");
    await messages(page).filter({ hasText: "你好" }).waitFor();
    expect(await fits()).toBe(true);
    await picture(phone, "phone-room");
    expect(phone.problems).toEqual([]);
    await phone.context.close();
  });

  it("goes on over a chat-server that is killed: nothing lost, nothing twice", async () => {
    const carl = await visit(browser, system.url(1));
    await signUpOn(carl);
    await carl.page.getByRole("link", { name: /Web assembly/ }).click();
    await ann.page.getByRole("link", { name: "Rooms" }).click();
    await ann.page.getByRole("link", { name: /Web assembly/ }).click();
    for (let i = 0; i < 5; i += 1) await say(ann.page, `before ${i}`);
    await system.chats[1]?.end("SIGKILL");
    for (let i = 0; i < 5; i += 1) await say(ann.page, `while away ${i}`);
    await carl.page.getByText("No connection.").waitFor({ timeout: 15_000 });
    await say(carl.page, "written offline");
    await carl.page.getByText("Waiting for the connection").first().waitFor();
    await picture(carl, "offline");
    expect(
      await messages(ann.page)
        .filter({ hasText: /before|while away/ })
        .count(),
    ).toBe(10);
    await carl.context.close();
  });
});
