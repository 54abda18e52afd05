import type { IncomingMessage } from "node:http";
import { ApiError, badRequest } from "./responses.ts";

const invalid = () => badRequest("Invalid body provided");

/** Largest body of a request, in bytes. Nothing beyond it is buffered. */
const MAX_BODY_BYTES = 10_000;

/**
 * The fields of a JSON body, each a string.
 *
 * @throws ApiError 400 when the content type, the JSON or a field is not as it must be, 413 when it is too large.
 */
export async function readFields<Name extends string>(
  request: IncomingMessage,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  const text = await readBody(request);
  if (type !== "application/json") throw invalid();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid();
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw invalid();
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    if (typeof value !== "string") throw invalid();
    fields[name] = value;
  }
  return fields as Record<Name, string>;
}

const tooLarge = (): ApiError => new ApiError(413, "BAD_REQUEST", "Body too large", { Connection: "close" });

async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not destroy the connection: the answer goes over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw invalid();
  }
}
