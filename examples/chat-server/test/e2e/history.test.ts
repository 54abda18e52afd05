import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, signUp } from "../chat-app.ts";
import { System, type Visitor, chromiumPath, launch, messages, picture, signUpOn, visit } from "./system.ts";

const EVIL = `<img src=x onerror=alert(1)>"'&\u2028`;

/** Where the first message on screen is, and which one that is. */
const anchor = (page: Page) =>
  page.evaluate<{ id: string; top: number }>(`(() => {
    const box = document.querySelector(".scroller").getBoundingClientRect();
    const first = [...document.querySelectorAll("[data-message]")].find((item) => item.getBoundingClientRect().bottom > box.top);
    return { id: first.dataset.message, top: first.getBoundingClientRect().top - box.top };
  })()`);

const topOf = (page: Page, id: string) =>
  page.evaluate<number>(
    `document.querySelector('[data-message="${id}"]').getBoundingClientRect().top - document.querySelector(".scroller").getBoundingClientRect().top`,
  );

const scrollTo = (page: Page, top: number) => page.evaluate(`document.querySelector(".scroller").scrollTop = ${top}`);

describe.skipIf(chromiumPath === undefined)("a long history", () => {
  let system: System;
  let browser: Browser;
  let ann: Visitor;
  let writer: Client;
  let said = 0;
  beforeAll(async () => {
    [system, browser] = await Promise.all([
      System.start("history", { LIMIT_MESSAGES: "100000/1", LIMIT_LOGIN_IP_EMAIL: "3/60" }),
      launch(),
    ]);
    ann = await visit(browser, system.url(0));
    await signUpOn(ann);
    const { cookie } = await signUp(system.url(1), {
      username: EVIL,
      email: "evil@example.com",
      password: "correct horse",
    });
    writer = (await Client.v2(system.url(1), cookie)).client;
  });
  afterAll(async () => {
    writer.close();
    await browser.close();
    await system[Symbol.asyncDispose]();
  });

  /** Has another user say things, numbered on from the last. */
  async function write(roomId: string, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 50) {
      const contents = Array.from({ length: Math.min(50, left) }, () => ({
        content: `message ${(said += 1)}`,
        nonce: `n${said}`,
      }));
      await writer.ask("clientMessages", { roomId, messages: contents });
    }
  }

  it("of 1,000 messages is read to its first one, with at most 400 on the page and nothing that jumps", async () => {
    await write("beast", 1_000);
    const { page } = ann;
    await page.getByRole("link", { name: /Boost\.Beast/ }).click();
    await messages(page).first().waitFor();
    const shown: number[] = [];
    let moved = 0;
    const deadline = Date.now() + 50_000;
    while (!(await page.getByText("This is where Boost.Beast begins.").isVisible()) && Date.now() < deadline) {
      await scrollTo(page, 300);
      const before = await anchor(page);
      await page.waitForTimeout(120);
      shown.push(await messages(page).count());
      const still = await page.locator(`[data-message="${before.id}"]`).count();
      if (still === 1) moved = Math.max(moved, Math.abs((await topOf(page, before.id)) - before.top));
      await scrollTo(page, 0);
      await page.waitForTimeout(30);
    }
    await scrollTo(page, 0);
    await messages(page)
      .filter({ hasText: /^\S*\s*.*message 1$/s })
      .first()
      .waitFor();
    expect(Math.max(...shown)).toBeLessThanOrEqual(400);
    expect(moved).toBeLessThanOrEqual(2);
    await page.getByRole("button", { name: /newest message|new message/ }).click();
    await messages(page).filter({ hasText: "message 1000" }).waitFor();
  });

  it("is caught up with after a time offline, while the reader's place stays", async () => {
    const { page, context } = ann;
    await scrollTo(page, 200);
    await page.waitForTimeout(300);
    const before = await anchor(page);
    await context.setOffline(true);
    await page.getByText("No connection.").waitFor({ timeout: 60_000 });
    await picture(ann, "offline-history");
    await write("beast", 150);
    await context.setOffline(false);
    await page.getByText("No connection.").waitFor({ state: "detached", timeout: 60_000 });
    await page.getByRole("button", { name: "150 new messages" }).waitFor();
    expect(Math.abs((await topOf(page, before.id)) - before.top)).toBeLessThanOrEqual(2);
    await page.getByRole("button", { name: "150 new messages" }).click();
    await messages(page).filter({ hasText: "message 1150" }).waitFor();
    const numbers = (await messages(page).locator(".markdown").allInnerTexts()).map((text) =>
      Number(text.split(" ")[1]),
    );
    expect(numbers).toEqual(Array.from(numbers, (_, index) => 1_151 - numbers.length + index));
  }, 150_000);

  it("shows names of people and rooms as the text that they are", async () => {
    const { page, problems } = ann;
    const created = await writer.ask("createRoom", { name: EVIL.slice(0, 40) });
    expect(created.type).toBe("roomJoined");
    const { id } = created.payload.room as { id: string };
    await writer.ask("clientMessages", { roomId: id, messages: [{ content: EVIL, nonce: "evil" }] });
    await page.getByRole("button", { name: "Find or create a room" }).click();
    await page.getByRole("button", { name: /^Join: <img/ }).click();
    await page.getByRole("heading", { name: /<img src=x/ }).waitFor();
    await messages(page).filter({ hasText: "onerror=alert(1)" }).waitFor();
    expect(await page.locator("img:not([src='/favicon.svg'])").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it("is not to be had by guessing a password: the page counts down to the next try", async () => {
    const guest = await visit(browser, new URL("/login", system.url(1)).href);
    const { page } = guest;
    await page.getByLabel("Email").fill("evil@example.com");
    for (let i = 0; i < 4; i += 1) {
      await page.getByLabel("Password", { exact: true }).fill(`wrong password ${i}`);
      await page.getByRole("button", { name: "Log in" }).click();
      const error = i < 3 ? "The email address or the password is wrong." : "Too many attempts.";
      await page.getByText(error).first().waitFor();
    }
    await page
      .getByText(/Try again in \d+ seconds?/)
      .first()
      .waitFor();
    expect(await page.locator("button[type=submit]").isDisabled()).toBe(true);
    await picture(guest, "brute-force");
    await guest.context.close();
  });
});
