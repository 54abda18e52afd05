/** The whole system as it ships, on servers of the test's own, and a browser to use it with. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Server, findChromium, startServer } from "@servertech/services";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { inject } from "vitest";
import { sql } from "../chat-app.ts";

const EXAMPLES = fileURLToPath(new URL("../../..", import.meta.url));

/** A process of one of the apps. */
export class AppProcess {
  readonly address: string;
  readonly child: ChildProcess;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.child = child;
  }

  static async start(name: "chat-server" | "ai-server", env: Readonly<Record<string, string>>): Promise<AppProcess> {
    const main = join(EXAMPLES, name, "dist/main.js");
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [main], { env: { PATH, ...env }, stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit").then(([code]: unknown[]) => code);
    const said = new Promise<string>((resolve) => {
      createInterface(child.stdout).on("line", (line) => {
        const match = new RegExp(`^${name} listening on (\\S+)$`).exec(line);
        if (match?.[1] !== undefined) resolve(match[1]);
      });
    });
    const address = await Promise.race([said, exited]);
    if (typeof address !== "string")
      throw new Error(`${name} ended with status ${String(address)} before it was ready`);
    return new AppProcess(address, child);
  }

  /** Ends it with a signal and waits for its end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, "exit");
  }
}

/** Two chat-servers, an ai-server with the built-in demo model, and what they need. */
export class System implements AsyncDisposable {
  readonly #redis: Server;
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #processes: AppProcess[] = [];
  chats: readonly AppProcess[] = [];

  /** @param env further variables of both apps. */
  static async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<System> {
    const system = new System(name, await startServer("redis"), env);
    await system.startAi();
    system.chats = await Promise.all([system.#chat(), system.#chat()]);
    return system;
  }

  private constructor(name: string, redis: Server, env: Readonly<Record<string, string>>) {
    const { mysql, zookeeper } = inject("urls");
    this.#name = name;
    this.#redis = redis;
    this.#env = {
      REDIS_URL: redis.url,
      // A chroot of its own: other tests register ai-servers, too.
      ZOOKEEPER: `${zookeeper}/${name}`,
      CHAT_MYSQL: `${mysql}e2e_chat_${name}`,
      AI_MYSQL: `${mysql}e2e_ai_${name}`,
      LOG_LEVEL: "error",
      ...env,
    };
  }

  startAi(): Promise<AppProcess> {
    return this.#start("ai-server", { MYSQL_URL: this.#env.AI_MYSQL ?? "", RPC_PORT: "0" });
  }

  #chat(): Promise<AppProcess> {
    return this.#start("chat-server", { MYSQL_URL: this.#env.CHAT_MYSQL ?? "", PORT: "0" });
  }

  async #start(name: "chat-server" | "ai-server", env: Readonly<Record<string, string>>): Promise<AppProcess> {
    const app = await AppProcess.start(name, { ...this.#env, ...env });
    this.#processes.push(app);
    return app;
  }

  /** The ai-server that runs. */
  get ai(): AppProcess | undefined {
    return this.#processes.findLast(({ child }) => child.spawnargs.some((argument) => argument.includes("ai-server")));
  }

  /** Where the page is: of the first or the second instance. */
  url(instance = 0): string {
    return this.chats[instance]?.address ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((app) => app.end()));
    for (const database of [`e2e_chat_${this.#name}`, `e2e_ai_${this.#name}`])
      await sql(inject("urls").mysql, `DROP DATABASE IF EXISTS \`${database}\``);
    await this.#redis.stop();
  }
}

/** Chromium's path; without it browser tests skip themselves. */
export const chromiumPath = findChromium();

export function launch(): Promise<Browser> {
  const flags = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: chromiumPath ?? "", args: [...flags, "--no-first-run", "--disable-quic"] });
}

export interface Visitor {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page reported as errors: exceptions, and refusals by the content policy. */
  readonly problems: string[];
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
}

let visitors = 0;

/** A person with a browser of their own. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, locale = "en-US" }: VisitOptions = {},
): Promise<Visitor> {
  visitors += 1;
  const name = `visitor ${visitors}`;
  const context = await browser.newContext({ viewport: { width, height }, locale });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && message.text().includes("Content Security Policy")) problems.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) problems.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { name, page, context, problems };
}

/** Writes into the composer and sends. */
export async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByRole("textbox", { name: /Message to|Question to/ });
  await composer.fill(text);
  await composer.press("Enter");
}

/** Asks the assistant and waits until its answer has begun. */
export async function ask(page: Page, question: string): Promise<void> {
  const answers = await page.locator("article.answer").count();
  await say(page, question);
  await page.locator("article.answer").nth(answers).waitFor();
}

export const messages = (page: Page) => page.locator("article[data-message]");
export const lastAnswer = (page: Page) => page.locator("article.answer").last();

/** Makes an account on the page that is open. */
export async function signUpOn({ name, page }: Visitor): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(`${name.replaceAll(" ", "")}@example.com`);
  await page.getByLabel("Password", { exact: true }).fill("correct horse");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("link", { name: /Boost\.Beast/ }).waitFor();
}

/** Keeps a picture of the page where `SERVERTECH_SCREENSHOTS` says. */
export async function picture({ page }: Visitor, name: string): Promise<void> {
  const folder = process.env.SERVERTECH_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
