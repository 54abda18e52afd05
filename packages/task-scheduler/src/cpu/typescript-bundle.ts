import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What is needed of esbuild. */
interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<unknown>;
}

interface PluginBuild {
  onLoad(on: { readonly filter: RegExp }, load: (file: { readonly path: string }) => object): void;
}

/**
 * Makes JavaScript of a task file for a Node.js that loads no TypeScript, with the esbuild of the project the file belongs
 * to. What it imports from its own project is bundled with it, packages are not.
 *
 * @returns the URL of the result, in the `node_modules/.cache` of the nearest package.
 * @throws when there is no esbuild, or the file does not compile.
 */
export async function bundleTypeScript(url: string): Promise<string> {
  const file = fileURLToPath(url);
  // The user's own copy: this package does not depend on it.
  const esbuild = createRequire(url)("esbuild") as Bundler;
  const folder = join(nearestPackage(file), "node_modules", ".cache", "servertech-task-scheduler");
  mkdirSync(folder, { recursive: true });
  const name = createHash("sha256").update(file).digest("hex").slice(0, 16);
  const outfile = join(folder, `${name}.${process.pid}.mjs`);
  await esbuild.build({
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    define: { "import.meta": META },
    plugins: [{ name: "own-import-meta", setup: keepMeta }],
    logLevel: "silent",
  });
  // Whole at any time: another process may load it now.
  const final = join(folder, `${name}.mjs`);
  renameSync(outfile, final);
  return pathToFileURL(final).href;
}

const META = "servertechImportMeta";

/** Each module keeps its own `import.meta`: `defineTasks` knows the set by it. */
function keepMeta(build: PluginBuild): void {
  build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
    const meta = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
    const contents = `const ${META} = ${JSON.stringify(meta)};${readFileSync(path, "utf8")}`;
    return { contents, loader: path.endsWith("ts") ? "ts" : "js" };
  });
}

function nearestPackage(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder))
    if (existsSync(join(folder, "package.json")) || dirname(folder) === folder) return folder;
}
