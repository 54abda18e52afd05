import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aptInstall } from "../src/apt.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
let policyFile: string;

beforeEach(() => {
  folder = new TemporaryFolder();
  policyFile = join(folder.path, "policy-rc.d");
});
afterEach(() => folder[Symbol.dispose]());

/** An apt-get that notes its arguments and what a daemon's start would be told, and fails when its first word is `failing`. */
function aptGet(failing = "none"): string {
  const file = join(folder.path, "apt-get");
  const lines = [
    "#!/bin/sh",
    `"${policyFile}"; echo "$DEBIAN_FRONTEND policy=$? $*" >>"${join(folder.path, "calls")}"`,
    `case "$*" in *${failing}*) echo "E: cannot do that"; exit 100 ;; esac`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
  return file;
}

function calls(): string[] {
  return readFileSync(join(folder.path, "calls"), "utf8").trim().split("\n");
}

describe("aptInstall", () => {
  it("updates and installs, with daemons held down and the policy removed after", async () => {
    await aptInstall(aptGet(), ["one", "two"], policyFile);
    expect(calls()).toEqual([
      "noninteractive policy=101 -o DPkg::Lock::Timeout=120 update",
      "noninteractive policy=101 -o DPkg::Lock::Timeout=120 install -y --no-install-recommends one two",
    ]);
    expect(existsSync(policyFile)).toBe(false);
  });

  it("leaves a policy alone that is there", async () => {
    writeFileSync(policyFile, "#!/bin/sh\nexit 42\n");
    chmodSync(policyFile, 0o755);
    await aptInstall(aptGet(), ["one"], policyFile);
    expect(calls()[1]).toContain("policy=42");
    expect(readFileSync(policyFile, "utf8")).toBe("#!/bin/sh\nexit 42\n");
  });

  it.each(["update", "install"])("says why %s failed and removes the policy", async (failing) => {
    await expect(aptInstall(aptGet(failing), ["one"], policyFile)).rejects.toThrow(
      "apt-get install one failed (exit 100)\nE: cannot do that",
    );
    expect(calls()).toHaveLength(failing === "update" ? 1 : 2);
    expect(existsSync(policyFile)).toBe(false);
  });
});
