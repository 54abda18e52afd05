/**
 * docs/api: every export of the packages with its doc comment and its declaration, from the built declarations. Writes the pages;
 * with `--check` says whether they are up to date. An export without a doc comment is an error either way.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { root } from "./run/root.mjs";

const folder = join(root, "docs/api");
const undocumented = [];
const parsed = new Map();

const pages = new Map();
for (const name of readdirSync(join(root, "packages")).toSorted()) pages.set(`${name}.md`, page(name));
pages.set("README.md", index([...pages.keys()]));

if (process.argv.includes("--check") && !process.argv.includes("--write")) {
  const old = [...pages].filter(([name, text]) => read(join(folder, name)) !== text).map(([name]) => name);
  process.stdout.write(
    old.length === 0
      ? "docs/api is up to date\n"
      : `${old.join(", ")} in docs/api: not up to date: npm run check:api -- --write\n`,
  );
  process.exitCode = old.length === 0 ? 0 : 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
}
for (const each of undocumented) process.stdout.write(`${each} has no doc comment\n`);
if (undocumented.length > 0) process.exitCode = 1;

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function index(names) {
  const lines = names.map((name) => `- [@servertech/${name.replace(".md", "")}](${name})`);
  return `# API reference

Every export of every package, from the doc comments of its code. These pages are written by \`npm run check:api -- --write\`.

${lines.join("\n")}
`;
}

function page(name) {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  const entries = Object.entries(manifest.exports).filter(([entry]) => entry !== "./package.json");
  const sections = entries.map(([entry, { types }]) => {
    const exported = exportsOf(join(root, "packages", name, types));
    const names = [...exported.keys()].toSorted((a, b) => a.localeCompare(b, "en"));
    const id = manifest.name + entry.slice(1);
    return `## ${id}\n\n${names.map((each) => item(id, each, exported.get(each))).join("\n\n")}`;
  });
  return `# API of ${manifest.name}\n\n${manifest.description}. [README](../../packages/${name}/README.md) · [all packages](README.md)\n\n${sections.join("\n\n")}\n`;
}

/** @returns by name: the declarations, or the package that it comes from. */
function exportsOf(file) {
  const { text, program, comments } = parse(file);
  const found = new Map();
  const local = new Map();
  for (const node of program.body) {
    const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node;
    for (const name of declaredNames(declaration)) {
      // What generated code says of a message is what its .proto says.
      const generated = file.includes("/gen/");
      const entry = { text: text.slice(node.start, node.end), doc: docBefore(text, comments, node.start), generated };
      local.set(name, [...(local.get(name) ?? []), entry]);
      if (node.type === "ExportNamedDeclaration") found.set(name, local.get(name));
    }
  }
  for (const node of program.body) {
    if (node.type === "ExportAllDeclaration") for (const [name, value] of from(file, node)) found.set(name, value);
    if (node.type !== "ExportNamedDeclaration" || node.declaration !== null) continue;
    const source = node.source === null ? local : from(file, node);
    for (const { local: inner, exported } of node.specifiers) {
      found.set(exported.name, typeof source === "string" ? source : source.get(inner.name));
    }
  }
  return found;
}

/** What another file exports; the name of another package. */
function from(file, { source: { value } }) {
  return value.startsWith(".") ? exportsOf(resolve(dirname(file), value.replace(/\.ts$/, ".d.ts"))) : value;
}

function parse(file) {
  if (!parsed.has(file)) {
    const text = readFileSync(file, "utf8");
    const { program, comments, errors } = parseSync(file, text);
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
    parsed.set(file, { text, program, comments });
  }
  return parsed.get(file);
}

function declaredNames(node) {
  if (node?.type === "VariableDeclaration") return node.declarations.map(({ id }) => id.name);
  return node?.id?.name === undefined ? [] : [node.id.name];
}

/** The doc comment that ends right before `start`. */
function docBefore(text, comments, start) {
  const last = comments.findLast(({ end }) => end <= start);
  if (last === undefined || last.type !== "Block" || !last.value.startsWith("*")) return "";
  return text.slice(last.end, start).trim() === "" ? last.value : "";
}

function item(id, name, declared) {
  if (typeof declared === "string") {
    const link = declared.startsWith("@servertech/") ? `[${declared}](${declared.split("/")[1]}.md)` : declared;
    return `### ${name}\n\nFrom ${link}.`;
  }
  if (declared === undefined) throw new Error(`${id}: ${name} is declared nowhere`);
  const docs = declared.map(({ doc }) => prose(doc)).filter((doc) => doc !== "");
  if (docs.length === 0 && !declared[0].generated) undocumented.push(`${id}: ${name}`);
  const code = declared.map(({ text }) => text.replace(/^export /, "").replace(/^\s*#private;\n/m, "")).join("\n");
  return `### ${name}\n\n${[...docs, `\`\`\`typescript\n${code}\n\`\`\``].join("\n\n")}`;
}

/** A doc comment as Markdown: its text, then its tags as a list. */
function prose(comment) {
  const lines = comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*+ ?/, "").trimEnd())
    .join("\n")
    .replaceAll(/\{@link ([^}|]+)\}/g, "`$1`")
    .trim();
  // A tag may stand behind a text on the same line.
  const [text, ...tags] = lines.split(/(?:^|\s)(?=@(?:param|returns|throws|default|see|typeParam|deprecated)\b)/);
  const list = tags.map(
    (tag) =>
      `- ${tag
        .replace(/^@(\w+)/, "**$1**")
        .replaceAll(/\n\s*/g, " ")
        .trim()}`,
  );
  return [text.trim(), list.join("\n")].filter((part) => part !== "").join("\n\n");
}
