/** `npm start` as on a fresh machine: a copy of the sources alone, its page and readiness asked for, SIGTERM, and nothing left behind. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./run/root.mjs";

const START_LIMIT_MS = 300_000;
const END_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 10_000;

const folder = mkdtempSync(join(tmpdir(), "servertech-start-"));
const clone = join(folder, "copy");
const temporary = join(folder, "tmp");
let ended = false;
try {
  mkdirSync(temporary);
  // Not a git clone: git need not be there.
  cpSync(root, clone, { recursive: true, filter: isSource });
  const npm = spawn("npm", ["start"], {
    cwd: clone,
    env: { ...process.env, TMPDIR: temporary, MYSQL_URL: "", REDIS_URL: "", ZOOKEEPER: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await firstUrl(npm);
  await expectOk(url, /<div id="root">/);
  await expectOk(new URL("/readyz", url), /"ok":true/);
  const begin = Date.now();
  npm.kill("SIGTERM");
  while (processesBelow(folder).length > 0 || readdirSync(temporary).some((name) => name.startsWith("servertech-"))) {
    if (Date.now() - begin > END_LIMIT_MS)
      throw new Error(
        `left behind: processes ${processesBelow(folder).join(" ")}, folders ${readdirSync(temporary).join(" ")}`,
      );
    await sleep(100);
  }
  ended = true;
  process.stdout.write(`gone ${Date.now() - begin} ms after SIGTERM\n`);
} finally {
  if (!ended) for (const pid of processesBelow(folder)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true });
}

function isSource(path) {
  return !["node_modules", "dist", "dist-web", "coverage", ".git", ".data", "out"].includes(basename(path));
}

/** The first address that npm start prints, within the limit however little it says. */
function firstUrl(npm) {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`no URL after ${START_LIMIT_MS / 1_000} s`)), START_LIMIT_MS);
    const settle = (how, value) => {
      clearTimeout(timer);
      how(value);
    };
    // Read on after the address: a full pipe would hold npm up.
    npm.stdout.setEncoding("utf8").on("data", (text) => {
      process.stdout.write(text);
      output += text;
      const match = /^ {2}(http:\/\/\S+)$/m.exec(output);
      if (match !== null) settle(resolve, match[1]);
    });
    npm.once("error", (error) => settle(reject, error));
    npm.once("close", () => settle(reject, new Error("npm start ended without a URL")));
  });
}

async function expectOk(url, pattern) {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const body = await response.text();
  if (response.status !== 200 || !pattern.test(body))
    throw new Error(`${url}: ${response.status} ${body.slice(0, 300)}`);
  process.stdout.write(`${url}: ${response.status}\n`);
}

/** The processes that run in a folder or below it (Linux). */
function processesBelow(path) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(path);
      } catch {
        return false; // gone, or somebody else's
      }
    });
}
