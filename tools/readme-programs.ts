/** The programs of a README, run as a reader would run them: each `ts` block of its own in a fresh process. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

export interface ReadmeProgram {
  /** The heading or sentence above the block. */
  readonly title: string;
  readonly code: string;
  /** Runs it in the README's folder against the package's sources; `env` is added to the environment. */
  readonly run: (env?: Readonly<Record<string, string>>) => Promise<ProgramResult>;
}

const LIMIT_MS = 30_000;

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Every block of `readme` fenced as `ts`, in order. @param folder where they run, so that they find the package. */
export async function readmePrograms(readme: URL, folder: URL = new URL(".", readme)): Promise<ReadmeProgram[]> {
  const text = await readFile(readme, "utf8");
  const cwd = fileURLToPath(folder);
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => {
    const code = match[1] ?? "";
    const above = text.slice(0, match.index).trimEnd();
    const title = above.slice(above.lastIndexOf("\n") + 1).replace(/^#+ /, "");
    return { title, code, run: (env = {}) => runProgram(code, cwd, env) };
  });
}

async function runProgram(code: string, cwd: string, env: Readonly<Record<string, string>>): Promise<ProgramResult> {
  const script = await transform(code, { loader: "ts", format: "esm", target: "node20" });
  const hook = new URL("ts-worker-hook.mjs", import.meta.url).href;
  const args = ["--import", hook, "--conditions", "@servertech/source", "--input-type=module", "--eval", script.code];
  return new Promise<ProgramResult>((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: LIMIT_MS };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
