import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TOOLS = fileURLToPath(new URL("../..", import.meta.url));

/** A workspace with nothing in it but the bootstrap, and a pnpm that does what the test says. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "servertech-bootstrap-"));
  readonly #bin = join(this.folder, "bin");

  constructor() {
    for (const name of ["bin", ".data", "packages", "examples", "tools", "benchmarks"])
      mkdirSync(join(this.folder, name));
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
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A file's text, empty where there is none. */
  read(name: string): string {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** A program on the PATH. */
  program(name: string, script: string): void {
    const file = join(this.#bin, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** What `pnpm install` does: a line of its own in `calls`, then the script. */
  pnpm(script: string, version = "10.34.8"): void {
    const calls = join(this.folder, ".data/calls"); // no input of a build
    this.program("pnpm", `if [ "$1" = --version ]; then echo ${version}; exit; fi\necho "$@" >>${calls}\n${script}`);
  }

  /** The calls of pnpm so far. */
  get calls(): string[] {
    return this.read(".data/calls").trim().split("\n");
  }

  /** The environment with the test's programs before those of the machine, or alone. */
  environment({ alone = false } = {}): NodeJS.ProcessEnv {
    return { ...process.env, PATH: alone ? this.#bin : `${this.#bin}:${process.env.PATH}`, NODE_OPTIONS: "" };
  }

  /** Starts `tools/run.mjs` as npm does, below a shell that does not give way to it. */
  start(mode: string): ChildProcess {
    const script = `"$0" "$1" "$2"; exit $?`;
    const args = ["-c", script, process.execPath, join(this.folder, "tools/run.mjs"), mode];
    return spawn("/bin/sh", args, { env: this.environment(), stdio: ["ignore", "pipe", "pipe"] });
  }

  run(args: readonly string[], nodeArgs: readonly string[] = [], env: NodeJS.ProcessEnv = this.environment()) {
    return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
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
