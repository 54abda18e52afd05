import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { COMMON_HEADERS, OWN_PAGE_HEADERS, sendText } from "./responses.ts";
import type { Handler, Request } from "./router.ts";

export interface StaticFilesOptions {
  /** The folder served. */
  readonly root: string;
  /** Paths of the web client itself answer `index.html`. */
  readonly ownClient: boolean;
  /** Whether the operator's page is there for this request. */
  readonly showsOps: (request: IncomingMessage) => boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

const INDEX = "/index.html";
/** Paths that the page's own router answers. */
const CLIENT_ROUTES = /^\/(login|chat|ai|settings)(\/.*)?$/;
/** File names that Vite made from the content never change their content. */
const HASHED = /-[\w-]{8,}\.\w+$/;

/** Serves a folder by GET and HEAD. Nothing outside it, no dot files, whatever the path or a link says. */
export function staticFiles({ root, ownClient, showsOps }: StaticFilesOptions): Handler {
  return async (request) => {
    const { raw, response, path } = request;
    if (raw.method !== "GET" && raw.method !== "HEAD") return sendText(response, 405, "Method not allowed");
    if (path.split("/").includes("..") || path.includes("\\")) return sendText(response, 400, "Illegal request-target");
    const isPage = ownClient && (CLIENT_ROUTES.test(path) || (path === "/ops" && showsOps(raw)));
    const name = isPage ? INDEX : fileName(path);
    const found = name.includes("/.") ? undefined : await findFile(root, name, raw.headers["accept-encoding"]);
    if (found === undefined) return sendText(response, 404, "Not found");
    await sendFile(request, name, found, ownClient);
  };
}

function fileName(path: string): string {
  if (path === "/") return INDEX;
  return extname(path) === "" ? `${path}.html` : path;
}

interface FoundFile {
  readonly file: string;
  readonly size: number;
  readonly encoding: "br" | "gzip" | undefined;
}

/** The file inside the root, or its compressed twin if there is one that the client takes. */
async function findFile(root: string, name: string, accept = ""): Promise<FoundFile | undefined> {
  const base = await realpath(root).catch(() => undefined);
  if (base === undefined) return undefined;
  for (const [encoding, suffix] of [
    ["br", ".br"],
    ["gzip", ".gz"],
    [undefined, ""],
  ] as const) {
    if (encoding !== undefined && !new RegExp(`\\b${encoding}\\b`).test(accept)) continue;
    const file = await realpath(join(base, `${name}${suffix}`)).catch(() => undefined);
    if (file === undefined || !file.startsWith(base + sep)) continue;
    const info = await stat(file);
    if (info.isFile()) return { file, size: info.size, encoding };
  }
  return undefined;
}

async function sendFile({ raw, response }: Request, name: string, found: FoundFile, ownClient: boolean): Promise<void> {
  response.writeHead(200, {
    ...(ownClient ? OWN_PAGE_HEADERS : COMMON_HEADERS),
    "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
    "Content-Length": found.size,
    "Cache-Control": HASHED.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
    ...(found.encoding === undefined ? {} : { "Content-Encoding": found.encoding, Vary: "Accept-Encoding" }),
  });
  if (raw.method === "HEAD") response.end();
  else await pipeline(createReadStream(found.file), response);
}
