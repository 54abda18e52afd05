import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const TOOLS = fileURLToPath(new URL("../..", import.meta.url));

/** A workspace with nothing in it but the bootstrap, and a pnpm that does what the test says. */
class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "servertech-bootstrap-"));
  readonly #bin = join(this.folder, "bin");

  constructor() {
    for (const name of ["bin", "packages", "examples", "tools", "benchmarks"]) mkdirSync(join(this.folder, name));
    cpSync(join(TOOLS, "run.mjs"), join(this.folder, "tools/run.mjs"));
    cpSync(join(TOOLS, "run"), join(this.folder, "tools/run"), {
      recursive: true,
      filter: (path) => !/\/test($|\/)/.test(path),
    });
    this.write("package.json", "{}");
    this.write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
    this.write("pnpm-workspace.yaml", "packages: []\n");
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** What `pnpm install` does: a line of its own in `calls`, then the script. */
  pnpm(script: string, version = "10.34.8"): void {
    const file = join(this.#bin, "pnpm");
    const calls = join(this.folder, "calls");
    writeFileSync(
      file,
      `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit; fi\necho "$@" >>${calls}\n${script}\n`,
    );
    chmodSync(file, 0o755);
  }

  /** The calls of pnpm so far. */
  get calls(): string[] {
    return readFileSync(join(this.folder, "calls"), "utf8").trim().split("\n");
  }

  run(args: readonly string[], nodeArgs: readonly string[] = []) {
    return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, PATH: `${this.#bin}:${process.env.PATH}`, NODE_OPTIONS: "" };
      execFile(
        process.execPath,
        [...nodeArgs, join(this.folder, "tools/run.mjs"), ...args],
        { env },
        (error, stdout, stderr) => {
          resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr });
        },
      );
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace[Symbol.dispose]());

describe("version check", () => {
  const asNode = (version: string) => {
    const code = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
    return workspace.run(["install"], ["--import", `data:text/javascript,${encodeURIComponent(code)}`]);
  };

  it.each(["18.20.0", "20.18.3", "21.7.0", "22.11.0"])("refuses Node %s in one line", async (version) => {
    const { exitCode, stderr } = await asNode(version);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^This project needs Node\.js 20\.19\+, 22\.12\+ or 24\+\. You run v[\d.]+\.\n$/);
  });

  it.each(["20.19.0", "22.12.0", "24.0.0"])("takes Node %s", async (version) => {
    workspace.pnpm("true");
    expect(await asNode(version)).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("install", () => {
  it("installs once, and again when the lock file or a package.json has changed", async () => {
    workspace.pnpm("true");
    await workspace.run(["install"]);
    await workspace.run(["install"]);
    expect(workspace.calls).toEqual(["install --frozen-lockfile --prefer-offline"]);
    workspace.write("pnpm-lock.yaml", "lockfileVersion: '9.1'\n");
    await workspace.run(["install"]);
    workspace.write("package.json", '{ "private": true }');
    await workspace.run(["install"]);
    expect(workspace.calls).toHaveLength(3);
  });

  it("installs again after a failure", async () => {
    workspace.pnpm("exit 3");
    expect((await workspace.run(["install"])).exitCode).toBe(3);
    workspace.pnpm("true");
    expect((await workspace.run(["install"])).exitCode).toBe(0);
    expect(workspace.calls).toHaveLength(2);
  });

  it.each([
    ["getaddrinfo ENOTFOUND registry.example", "The npm registry cannot be reached."],
    ["ERR_PNPM_META_FETCH_FAIL", "The npm registry cannot be reached."],
    ["ERR_PNPM_OUTDATED_LOCKFILE", "pnpm-lock.yaml does not match package.json: run npx pnpm@10.34.8 install"],
    ["ENOSPC: no space left on device", "The disk is full."],
    ["SELF_SIGNED_CERT_IN_CHAIN", "The registry's certificate is not trusted: set NODE_EXTRA_CA_CERTS"],
    ["something else", "install failed (exit 1)"],
  ])("says what to do about %s, after the end of the output", async (output, advice) => {
    workspace.pnpm(`echo "${output}" >&2; exit 1`);
    const { exitCode, stderr } = await workspace.run(["install"]);
    expect(exitCode).toBe(1);
    expect(stderr.indexOf(output)).toBeGreaterThanOrEqual(0);
    expect(stderr.indexOf(advice)).toBeGreaterThan(stderr.indexOf(output));
  });

  it("fetches a pnpm of its own where the one on the PATH is of another series", async () => {
    workspace.pnpm("echo wrong; exit 9", "12.0.1");
    const npx = join(workspace.folder, "bin/npx");
    writeFileSync(npx, `#!/bin/sh\necho "$@" >>${join(workspace.folder, "calls")}\n`);
    chmodSync(npx, 0o755);
    expect((await workspace.run(["install"])).exitCode).toBe(0);
    expect(workspace.calls).toEqual(["--yes pnpm@10.34.8 install --frozen-lockfile --prefer-offline"]);
  });
});

describe("arguments", () => {
  it("refuses an unknown mode with the list of those there are", async () => {
    const { exitCode, stderr } = await workspace.run(["constructor"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("install|build|");
  });

  it.each([["--chat", "0"], ["--ai", "x"], ["--chat", "17"], ["--nothing"]])(
    "refuses start %s %s before anything is done",
    async (...args) => {
      workspace.pnpm("true");
      const { exitCode, stderr } = await workspace.run(["start", ...args]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("Usage: npm start [-- --chat <1..16>] [--ai <1..16>]");
      expect(stderr).toContain(args[0]);
    },
  );
});
