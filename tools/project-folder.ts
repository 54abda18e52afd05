/** A project of a reader's own: a folder with the files that a document shows, in which the packages are installed. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** The first block of `language` in `text` after `heading`. */
export function blockAfter(text: string, heading: string, language: string): string {
  const section = text.slice(text.indexOf(heading));
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(section)?.[1];
  if (!text.includes(heading) || found === undefined) throw new Error(`no ${language} block after ${heading}`);
  return found;
}

export class ProjectFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param installed packages of this repository, without their scope. */
  static async create(installed: readonly string[]): Promise<ProjectFolder> {
    const path = await mkdtemp(join(tmpdir(), "servertech-project-"));
    await mkdir(join(path, "node_modules/@servertech"), { recursive: true });
    for (const name of installed) await symlink(join(packages, name), join(path, "node_modules/@servertech", name));
    await writeFile(join(path, "package.json"), '{ "type": "module" }');
    return new ProjectFolder(path);
  }

  async write(file: string, text: string): Promise<string> {
    const path = join(this.path, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** Writes a TypeScript file and what any build makes of it. */
  async writeTypeScript(file: string, source: string): Promise<void> {
    const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
    await this.write(file, source);
    await this.write(file.replace(/\.ts$/, ".js"), code);
  }

  /** The arguments that make Node run a file of the folder against the packages' sources. */
  nodeArguments(file: string): string[] {
    const hook = new URL("ts-worker-hook.mjs", import.meta.url).href;
    return ["--import", hook, "--conditions", "@servertech/source", join(this.path, file)];
  }

  async run(file: string, env: Readonly<Record<string, string>> = {}): Promise<{ stdout: string; stderr: string }> {
    const options = { cwd: this.path, env: { ...process.env, ...env }, timeout: 30_000 };
    return promisify(execFile)(process.execPath, this.nodeArguments(file), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
