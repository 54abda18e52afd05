/**
 * docs/errors.md: every error code of the packages with its meaning, from the lists above the types of codes (`… ErrorCode`).
 * Writes it; with `--check` says whether it is up to date.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run/root.mjs";

const FILE = join(root, "docs/errors.md");
// A list in a doc comment, then the type it explains.
const LIST = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export type \w*Code\b/g;
// One code, or several that share a meaning.
const ITEM = /^- ((?:`[A-Z][A-Z0-9_]*`(?:, )?)+): ?(.*)$/;

const sections = readdirSync(join(root, "packages"))
  .toSorted()
  .map(section)
  .filter((text) => text !== "");
const table = `# Error codes

Every error of the packages has a \`code\`, a message with the numbers that explain it, \`retryable\` (the same call may be made again
and was not carried out) and, where there is one, a \`cause\`. Tell errors apart by \`code\`. This page is written by
\`npm run check:errors -- --write\` from the sources.

${sections.join("\n")}`;

if (process.argv.includes("--check") && !process.argv.includes("--write")) {
  const same = existsSync(FILE) && readFileSync(FILE, "utf8") === table;
  process.stdout.write(
    same ? "docs/errors.md is up to date\n" : "docs/errors.md is not: npm run check:errors -- --write\n",
  );
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(FILE, table);
}

function section(name) {
  const codes = sources(join(root, "packages", name, "src")).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(LIST)].flatMap(([, comment]) => items(comment)),
  );
  if (codes.length === 0) return "";
  const rows = codes.map(([code, meaning]) => `| ${code} | ${meaning.replaceAll("|", "\\|")} |`);
  return `## @servertech/${name}\n\n| code | when |\n|---|---|\n${rows.join("\n")}\n`;
}

/** The items of a list, each with the lines that go on with it. */
function items(comment) {
  const found = [];
  for (const line of comment.split("\n").map((text) => text.replace(/^\s*\* ?/, "").trimEnd())) {
    const match = ITEM.exec(line);
    if (match !== null) found.push([match[1], match[2]]);
    else if (found.length > 0 && line.trim() !== "" && !line.startsWith("@")) found.at(-1)[1] += ` ${line.trim()}`;
  }
  return found.map(([code, meaning]) => [code, meaning.replaceAll(/\{@link (\w+)\}/g, "`$1`").trim()]);
}

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => join(folder, name));
}
