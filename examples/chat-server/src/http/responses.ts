import type { ServerResponse } from "node:http";

/** The errors a client of the HTTP API sees, as `{"id","message"}` with the keys in this order. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly id: ApiErrorId;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, id: ApiErrorId, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.id = id;
    this.headers = headers;
  }
}

export type ApiErrorId =
  | "BAD_REQUEST"
  | "USERNAME_EXISTS"
  | "EMAIL_EXISTS"
  | "LOGIN_FAILED"
  | "RATE_LIMITED"
  | "UNAVAILABLE";

export const badRequest = (message: string): ApiError => new ApiError(400, "BAD_REQUEST", message);

/** What every answer carries. The page of ours gets a content policy besides; a foreign client's page cannot live with it. */
export const COMMON_HEADERS = { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" } as const;

export const OWN_PAGE_HEADERS = {
  ...COMMON_HEADERS,
  "Content-Security-Policy":
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'",
} as const;

export function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, "text/plain", text);
}

export function sendJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  send(response, status, "application/json", JSON.stringify(value), headers);
}

export function sendApiError(response: ServerResponse, error: ApiError): void {
  sendJson(response, error.status, { id: error.id, message: error.message }, error.headers);
}

export function sendNothing(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(204, { ...COMMON_HEADERS, ...headers }).end();
}

function send(response: ServerResponse, status: number, type: string, body: string, headers = {}): void {
  const bytes = Buffer.from(body);
  response
    .writeHead(status, { ...COMMON_HEADERS, "Content-Type": type, "Content-Length": bytes.length, ...headers })
    .end(response.req.method === "HEAD" ? undefined : bytes);
}
