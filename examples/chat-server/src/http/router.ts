import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, sendApiError, sendText } from "./responses.ts";

/** A request as handlers see it. */
export interface Request {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  /** Decoded and normalised; begins with a slash. */
  readonly path: string;
}

export type Handler = (request: Request) => Promise<void> | void;

/** Handlers by path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

const HANDLER_TIMEOUT_MS = 30_000;

export interface RouterParts {
  readonly routes: Routes;
  /** Everything whose first segment is not `api` and that has no route. */
  readonly fallback: Handler;
  /** Told of what a client only sees as status 500. */
  readonly onError: (error: unknown, path: string) => void;
}

/**
 * The answers of anarthal/servertech-chat to what no handler gets: 400 for a target that cannot be parsed, 404 for an
 * unknown API path, 405 for another method on a known one, 500 when a handler throws or takes over 30 s.
 */
export function createRouter({ routes, fallback, onError }: RouterParts) {
  const known = new Map(Object.entries(routes).map(([path, methods]) => [path, new Map(Object.entries(methods))]));
  return (raw: IncomingMessage, response: ServerResponse): void => {
    const path = targetPath(raw.url ?? "");
    if (path === undefined) return sendText(response, 400, "Invalid request target");
    const methods = known.get(path);
    const isApi = path === "/api" || path.startsWith("/api/");
    if (methods === undefined && isApi) return sendText(response, 404, "Not found");
    const handler = methods === undefined ? fallback : methods.get(raw.method ?? "");
    if (handler === undefined) return sendText(response, 405, "Method not allowed");
    void handle(handler, { raw, response, path }, onError);
  };
}

async function handle(handler: Handler, request: Request, onError: RouterParts["onError"]): Promise<void> {
  const { response, path } = request;
  const fail = (error: unknown): void => {
    onError(error, path);
    if (response.headersSent) response.destroy();
    else sendText(response, 500, "An unexpected server error occurred");
  };
  const late = setTimeout(() => fail(new Error(`no answer within ${HANDLER_TIMEOUT_MS} ms`)), HANDLER_TIMEOUT_MS);
  // A client that has gone needs no answer, and no timer.
  response.once("close", () => clearTimeout(late));
  try {
    await handler(request);
  } catch (error) {
    if (response.headersSent || response.destroyed) return;
    if (error instanceof ApiError) sendApiError(response, error);
    else fail(error);
  } finally {
    clearTimeout(late);
  }
}

/** The decoded path of an origin-form target (RFC 9112, 3.2.1) without its query; undefined when it is none. */
export function targetPath(target: string): string | undefined {
  if (!target.startsWith("/")) return undefined;
  if (!/^[\u0021-\u007e]+$/u.test(target)) return undefined;
  const path = target.split(/[?#]/, 1)[0] ?? "";
  try {
    const decoded = decodeURIComponent(path);
    return decoded.includes("\0") ? undefined : decoded.replaceAll(/\/{2,}/g, "/");
  } catch {
    return undefined;
  }
}
