/** `npm start`: the servers, the apps, and their end. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { App } from "./app.mjs";
import { build } from "./build.mjs";
import { runShown } from "./child.mjs";
import { portsFrom } from "./ports.mjs";
import { root } from "./root.mjs";
import { RunError } from "./run-error.mjs";
import { ensureServers, environmentOf, startServers } from "./servers.mjs";
import { note, step } from "./steps.mjs";
import { onStop, throwIfStopping } from "./stop.mjs";

const DATA = join(root, ".data");
const LOGS = join(DATA, "logs");
const DEFAULT_PORT = 8080;
const MOST_APPS = 16;

export async function startMode(args) {
  const counts = parse(args);
  await build();
  await ensureServers();
  const servers = await startServers({ keep: true });
  const end = new End();
  onStop((reason) => end.come({ reason }));
  const apps = [];
  const starting = startApps(counts, servers, apps, end);
  try {
    await Promise.race([end.reached, starting.then(() => end.reached)]);
    return exitStatus(end.cause);
  } finally {
    end.come({ reason: "failed to start" });
    await Promise.all(apps.map((app) => app.stop()));
    await servers.stop();
    note("stopped");
  }
}

/** What this run ends by: the first of a signal and the end of an app. */
class End {
  cause;
  #resolve;
  reached = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  come(cause) {
    this.cause ??= cause;
    this.#resolve();
  }
}

/** `node tools/run.mjs demo-llm`: the offline demo model of ai-server alone. */
export async function demoMode() {
  await build();
  return runShown([join(root, "examples/ai-server/dist/demo.js")]);
}

async function startApps({ chat, ai }, servers, apps, end) {
  mkdirSync(LOGS, { recursive: true });
  const env = { LOG_DIR: LOGS, ...environmentOf(servers) };
  const launch = async (name, number, of, variables) => {
    throwIfStopping();
    if (end.cause !== undefined) throw new RunError("stopped while starting");
    const label = of === 1 ? name : `${name} ${number}`;
    const app = new App(name, { ...env, ...variables });
    apps.push(app);
    void app.ended.then((status) => end.come({ label, status }));
    return step(label, () => app.ready());
  };
  for (let number = 1; number <= ai; number += 1)
    await launch("ai-server", number, ai, { RPC_PORT: "0", AI_KEY_SECRET: keySecret() });
  const host = process.env.HOST || "127.0.0.1";
  const wanted = Number(process.env.PORT || DEFAULT_PORT);
  const urls = [];
  for (const [index, port] of (await portsFrom(wanted, chat, host)).entries()) {
    if (index === 0 && port !== wanted) note(`port ${wanted} is taken: using ${port}`);
    urls.push(await launch("chat-server", index + 1, chat, { PORT: String(port) }));
  }
  servers.noteUrl(urls[0]);
  process.stdout.write(`\n  logs in .data/logs, Ctrl-C stops everything\n\n  ${urls.join("\n  ")}\n`);
}

/** Asked for is 0; an app that ended by itself is never. */
function exitStatus({ label, status }) {
  if (label === undefined) return 0;
  process.stderr.write(`\n${label} ended by itself (exit ${status}); its log is in .data/logs\n`);
  return status || 1;
}

/** The secret that ai-server encrypts API keys with, made once and kept with the data it protects. */
function keySecret() {
  if (process.env.AI_KEY_SECRET) return process.env.AI_KEY_SECRET;
  const file = join(DATA, "ai-key-secret");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

function parse(args) {
  const usage = "npm start [-- --chat <1..16>] [--ai <1..16>]";
  let values;
  try {
    ({ values } = parseArgs({ args, options: { chat: { type: "string" }, ai: { type: "string" } } }));
  } catch (error) {
    throw new RunError(`${error.message}\nUsage: ${usage}`, 2, { cause: error });
  }
  const count = (name) => {
    const value = Number(values[name] ?? 1);
    if (Number.isInteger(value) && value >= 1 && value <= MOST_APPS) return value;
    throw new RunError(
      `--${name}: must be an integer from 1 to ${MOST_APPS}, got "${values[name]}"\nUsage: ${usage}`,
      2,
    );
  };
  return { chat: count("chat"), ai: count("ai") };
}
