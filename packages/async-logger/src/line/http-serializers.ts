/** Requests and responses of `node:http` and of the frameworks around it, cut down to what a log line needs. */

type Fields = Readonly<Record<string, unknown>>;

export function isRequest(value: object): boolean {
  const { method, headers, socket } = value as Fields;
  return Boolean(method) && Boolean(headers) && Boolean(socket);
}

export function isResponse(value: object): boolean {
  return typeof (value as Fields).setHeader === "function";
}

/** The standard `req` serializer. What is no request comes back as it is. */
export function serializeRequest(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !isRequest(value)) return value;
  const request = value as Fields;
  const { info } = request;
  // hapi keeps the address in `info`.
  const connection = (info || request.socket) as Fields | undefined;
  const id = typeof request.id === "function" ? (value as { id(): unknown }).id() : request.id || (info as Fields)?.id;
  const out: Record<string, unknown> = { id, method: request.method, url: urlOf(request) };
  if (request.query) out.query = request.query;
  if (request.params) out.params = request.params;
  out.headers = request.headers;
  out.remoteAddress = connection?.remoteAddress;
  out.remotePort = connection?.remotePort;
  return out;
}

function urlOf({ originalUrl, path, url }: Fields): unknown {
  if (originalUrl) return originalUrl; // express
  if (typeof path === "string") return path; // hapi
  return url ? (url as Fields).path || url : undefined;
}

/** The standard `res` serializer. What is no response comes back as it is. */
export function serializeResponse(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !isResponse(value)) return value;
  const response = value as Fields & { getHeaders?: () => unknown };
  return {
    statusCode: response.headersSent ? response.statusCode : null,
    headers: typeof response.getHeaders === "function" ? response.getHeaders() : undefined,
  };
}
