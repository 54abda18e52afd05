import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";

/** What is believed about where a request comes from. */
export interface OriginRules {
  /** How many proxies in front are believed. */
  readonly trustProxy: number;
  /** Origins besides our own host. */
  readonly allowedOrigins: readonly string[];
}

/** The client's address: the peer's, or the one that the outermost trusted proxy saw. */
export function clientAddress(request: IncomingMessage, { trustProxy }: OriginRules): string {
  const peer = request.socket.remoteAddress ?? "unknown";
  const seen = forwarded(request, "x-forwarded-for");
  return seen[seen.length - trustProxy] ?? peer;
}

/** Whether the browser speaks https: to us, or to a trusted proxy. */
export function isSecure(request: IncomingMessage, { trustProxy }: OriginRules): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted === true) return true;
  return trustProxy > 0 && forwarded(request, "x-forwarded-proto").at(-1) === "https";
}

/** Whether an `Origin` header may speak to us. An absent one may: command lines and API clients send none. */
export function isAllowedOrigin(request: IncomingMessage, rules: OriginRules): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || rules.allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}

/** Whether a browser sends this request for a page of ours (https://www.w3.org/TR/fetch-metadata/). */
export function isSameSite(request: IncomingMessage, rules: OriginRules): boolean {
  const site = request.headers["sec-fetch-site"];
  const { origin } = request.headers;
  if (origin !== undefined && rules.allowedOrigins.includes(origin)) return true;
  return (site === undefined || site === "same-origin" || site === "none") && isAllowedOrigin(request, rules);
}

function forwarded(request: IncomingMessage, header: string): string[] {
  const value = request.headers[header];
  return (typeof value === "string" ? value : "").split(",").flatMap((part) => part.trim() || []);
}
