/** The doc comment of a declaration, as lines that end in a newline; empty when there is nothing to say. */
export function commentText(
  comment: string | null | undefined,
  options: { indent?: string; deprecated?: boolean } = {},
): string {
  const { indent = "", deprecated = false } = options;
  const lines = (comment ?? "")
    .trim()
    .replaceAll("*/", String.raw`*\/`)
    .split("\n")
    .map((line) => line.trimEnd());
  if (deprecated) lines.push("@deprecated");
  const said = lines[0] === "" ? lines.slice(1) : lines;
  if (said.length === 0) return "";
  if (said.length === 1) return `${indent}/** ${said[0]} */\n`;
  return `${indent}/**\n${said.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}\n`).join("")}${indent} */\n`;
}
