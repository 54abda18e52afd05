import { join } from "node:path";
import { pnpm } from "./pnpm.mjs";
import { root } from "./root.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";
import { step } from "./steps.mjs";
import { workspaces } from "./workspaces.mjs";

const STAMP = "install";

/** Installs the dependencies, unless they are there. */
export async function install() {
  const manifests = workspaces().map(({ folder }) => join(folder, "package.json"));
  const hash = hashOf([join(root, "pnpm-lock.yaml"), join(root, "pnpm-workspace.yaml"), ...manifests]);
  if (isStamped(STAMP, hash)) return;
  await step("dependencies", async () => {
    removeStamp(STAMP);
    await pnpm("install", ["install", "--frozen-lockfile", "--prefer-offline"], { CI: "1" });
  });
  writeStamp(STAMP, hash);
}
