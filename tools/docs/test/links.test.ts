/** Every link inside the repository's documents leads to a file, and to a heading that is there. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

const homes = ["packages", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(folder, name)),
);
const documents = [".", "docs", "docs/guide", "docs/api", "benchmarks", ...homes].flatMap(documentsIn);

/** Text without code, in which no link is one. */
function prose(path: string): string {
  return readFileSync(join(root, path), "utf8")
    .replaceAll(/^```.*?^```/gms, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose(path).matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function problemOf(from: string, link: string): string | undefined {
  const [target = "", anchor] = link.split("#");
  const path = target === "" ? from : relative(root, resolve(root, dirname(from), target));
  if (!existsSync(join(root, path))) return `${link}: there is no ${path}`;
  if (anchor === undefined || !path.endsWith(".md") || anchorsOf(path).has(anchor)) return undefined;
  return `${link}: ${path} has no heading of that name`;
}

it("finds documents", () => {
  expect(documents.length).toBeGreaterThan(20);
});

it.each(documents)("%s: its links lead somewhere", (document) => {
  const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, a, b]) => a ?? b ?? "",
  );
  const inside = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(inside.map((link) => problemOf(document, link)).filter((problem) => problem !== undefined)).toEqual([]);
});
