import { existsSync } from "node:fs";
import { join } from "node:path";
import { install } from "./install.mjs";
import { pnpm } from "./pnpm.mjs";
import { root } from "./root.mjs";
import { hashOf, inputsBelow, isStamped, removeStamp, writeStamp } from "./stamp.mjs";
import { step } from "./steps.mjs";
import { runNode } from "./tool.mjs";
import { workspaces } from "./workspaces.mjs";

const STAMP = "build";
const TSC = join(root, "node_modules/typescript/bin/tsc");

/** Installs, then builds what is not built: JavaScript and the page first, declarations after, as tsup clears `dist`. */
export async function build() {
  await install();
  const hash = hashOf(inputsBelow(root));
  if (isStamped(STAMP, hash) && outputs().every((path) => existsSync(path))) return;
  removeStamp(STAMP);
  await step("build", () => pnpm("build", ["-r", "run", "build"]));
  await step("types", () => runNode("types", [TSC, "-b"]));
  writeStamp(STAMP, hash);
}

function outputs() {
  const built = workspaces().filter(({ folder, manifest }) => folder !== root && manifest.scripts?.build !== undefined);
  return built.flatMap(({ folder, manifest }) => {
    const web = manifest.scripts.build.includes("vite") ? [join(folder, "dist-web/index.html")] : [];
    return [join(folder, "dist/tsconfig.tsbuildinfo"), ...web];
  });
}
