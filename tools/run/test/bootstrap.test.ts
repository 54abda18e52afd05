import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "./workspace.ts";

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
    ["ERR_PNPM_META_FETCH_FAIL: UNABLE_TO_VERIFY_LEAF_SIGNATURE", "The registry's certificate is not trusted"],
    ["CERT_HAS_EXPIRED", "The registry's certificate has expired or is not valid yet: check the clock"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "The registry's certificate is for another host"],
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
    workspace.program("npx", `echo "$@" >>${workspace.folder}/.data/calls`);
    expect((await workspace.run(["install"])).exitCode).toBe(0);
    expect(workspace.calls).toEqual(["--yes pnpm@10.34.8 install --frozen-lockfile --prefer-offline"]);
  });
});

describe("without pnpm and npx", () => {
  it("says in one line where to get them", async () => {
    const { exitCode, stderr } = await workspace.run(["install"], [], workspace.environment({ alone: true }));
    expect(exitCode).toBe(1);
    expect(stderr).toBe("\nnpx is not on the PATH: install npm, which has it, or pnpm 10.34.8\n");
  });
});

describe("a full disk", () => {
  it("is named when a build's tool meets it", async () => {
    workspace.pnpm("true");
    workspace.write(
      "node_modules/typescript/bin/tsc",
      `console.error("ENOSPC: no space left on device, write"); process.exit(1)`,
    );
    const { exitCode, stderr } = await workspace.run(["build"]);
    expect(exitCode).toBe(1);
    expect(stderr.trimEnd()).toMatch(/\n\nThe disk is full\. \(.*\)$/);
  });

  it("is named when the stamp cannot be written", async () => {
    workspace.pnpm("true");
    const full = `const fs = require("fs"); fs.writeFileSync = () => { throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }); }; require("module").syncBuiltinESMExports()`;
    workspace.write("full.cjs", full);
    const { exitCode, stderr } = await workspace.run(["install"], ["--require", `${workspace.folder}/full.cjs`]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^\nThe disk is full\. \(.*\)\n$/);
  });
});

describe("build", () => {
  it("is not done again for a changed .env", async () => {
    workspace.pnpm("true");
    workspace.write("node_modules/typescript/bin/tsc", "");
    await workspace.run(["build"]);
    workspace.write(".env", "MYSQL_URL=mysql://db.example/");
    expect((await workspace.run(["build"])).exitCode).toBe(0);
    expect(workspace.calls.filter((call) => call.includes("run build"))).toHaveLength(1);
    workspace.write("tsconfig.base.json", "{}");
    await workspace.run(["build"]);
    expect(workspace.calls.filter((call) => call.includes("run build"))).toHaveLength(2);
  });
});

describe("test", () => {
  beforeEach(() => {
    workspace.pnpm("true");
    workspace.write("node_modules/typescript/bin/tsc", "");
    workspace.write("node_modules/vitest/vitest.mjs", "");
    workspace.write(
      "tools/services/dist/index.js",
      `export class Watchdog { watch() {} async close() {} }
       export const ensurePackages = async () => { console.log("looks for servers"); return { installed: [], missing: [] }; };`,
    );
  });

  it.each([
    ["--project", "unit"],
    ["--project=unit", "--project=built"],
    ["--project", "unit", "packages/core"],
  ])("wants no servers with %s %s", async (...args) => {
    const { exitCode, stdout } = await workspace.run(["test", ...args]);
    expect(stdout).not.toContain("looks for servers");
    expect(stdout).toContain("0 passed, 1 failed, 0 skipped"); // this vitest leaves no counts
    expect(exitCode).toBe(1);
  });

  it.each([[], ["--project", "unit", "--project", "integration"], ["--project=e2e"], ["packages/core"]])(
    "wants them with %s %s",
    async (...args) => {
      expect((await workspace.run(["test", ...args])).stdout).toContain("looks for servers");
    },
  );
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
